/// Who may connect, and as whom: settings of the gateway and of the node's direct port.
public enum IdentitySettings {
    static let all: [any DeclaredSetting] = []
}
