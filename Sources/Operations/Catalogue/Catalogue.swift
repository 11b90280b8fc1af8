/// Every program and every setting's name in one place.
///
/// One environment, or one settings file, may serve several programs on a machine. A name meant for another of them is
/// therefore not a mistake, while a name that no program knows is.
public enum Catalogue {
    /// Every declared setting of every program; the same name may stand here more than once.
    static let everyName: [any DeclaredSetting] =
        CommonSettings.all + RegistrySettings.all + GatewaySettings.all + NodeSettings.all + CommandSettings.all
}

extension Program {
    /// Watches which nodes are up and writes the rings.
    public static let registry = Program(
        name: "ringway-registry", role: "registry",
        summary: "watches which nodes are up and writes each service's ring to Redis",
        settings: RegistrySettings.all, rules: RegistrySettings.rules)

    /// Takes clients and carries each to its owner.
    public static let gateway = Program(
        name: "ringway-gateway", role: "gateway",
        summary: "takes clients' WebSockets and carries each to the node that owns its user",
        settings: GatewaySettings.all, rules: GatewaySettings.rules)

    /// Holds sessions.
    public static let node = Program(
        name: "ringway-node", role: "node",
        summary: "holds the sessions of the users it owns and delivers messages between them",
        settings: NodeSettings.all, rules: NodeSettings.rules)
}
