/// How our own processes know each other: link secrets, tokens for writes, networks that nodes may stand in.
public enum TrustSettings {
    static let gateway: [any DeclaredSetting] = []
    static let node: [any DeclaredSetting] = []
    static let registry: [any DeclaredSetting] = []
}
