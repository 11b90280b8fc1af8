/// Certificates and keys: for clients, and for links.
public enum TLSSettings {
    static let gateway: [any DeclaredSetting] = []
    static let node: [any DeclaredSetting] = []
}
