/// Where a client's socket arrives: it makes the stay when the first word is there.
final class SimDoor: Endpoint {
    private unowned let gateway: SimGateway
    private var stay: SimStay?

    init(gateway: SimGateway) {
        self.gateway = gateway
    }

    var process: SimProcess { gateway }

    func received(_ wire: Wire, on connection: Connection) {
        if case .open(let hello) = wire {
            let made = gateway.world.newStay(gateway, connection, hello)
            stay = made
            gateway.accept(made)
        } else {
            stay?.received(wire, on: connection)
        }
    }

    func lost(_ connection: Connection) {
        stay?.lost(connection)
    }
}
