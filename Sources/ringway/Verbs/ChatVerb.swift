import ArgumentParser
import Foundation
import Reactor
import RingwayClient
import WebSocketWire

/// A chat in the terminal.
struct ChatVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Talk to other users over a gateway.",
        discussion: """
            Opens ws://GATEWAY/SERVICE?user=USER and comes back by itself when the ring changes. Type `bob: hello`, or \
            `/to bob` and then plain lines; /where, /quit, /help.
            """)

    @Argument(help: "Who you are.")
    var user: String

    @Option(help: ArgumentHelp("Whom plain lines go to.", valueName: "peer"))
    var to: String?

    @OptionGroup var place: ServiceOption
    @OptionGroup var gateway: GatewayOption
    @OptionGroup var secure: SecureOption

    func validate() throws {
        for name in [user, to].compactMap({ $0 }) { try Names.checkUser(name) }
    }

    func run() throws {
        let gateways = try gateway.addresses()
        let target = "/\(PercentEncoding.text(place.service))?user=\(PercentEncoding.text(user))"
        let doors = try Waiting.run {
            var doors: [(url: WebSocketURL, address: SocketAddress)] = []
            for gateway in gateways {
                let url = WebSocketURL(
                    host: gateway.host, port: gateway.port, target: target, isSecure: secure.isSecure)
                for address in try await Resolver.resolve(host: gateway.host, port: gateway.port) {
                    doors.append((url, address))
                }
            }
            return doors
        }
        let screen = ChatScreen()
        let group = LoopGroup(count: 1, name: "chat")
        let user = user
        let tls = try secure.client()
        let chat = try Waiting.run {
            try await group.loops[0].run { loop in
                let session = ChatSession(user: user, doors: doors, screen: screen) { Foundation.exit($0) }
                let client = WebSocketClient(on: loop, delegate: session, keepAlive: .init(), tls: tls)
                session.start(client)
                return LoopBound((session, client), to: loop)
            }
        }
        try readLines(chat, screen, gateways)
    }

    private func readLines(
        _ chat: LoopBound<(ChatSession, WebSocketClient)>, _ screen: ChatScreen, _ gateways: [ServerAddress]
    ) throws {
        var peer = to
        while let line = readLine() {
            switch ChatInput(line, peer: peer) {
            case .nothing: continue
            case .say(let text, let to):
                chat.loop.post { loop in
                    let (session, client) = chat.value(on: loop)
                    session.say(text, to: to, client)
                }
            case .turn(let to):
                peer = to
                screen.plain("plain lines go to \(Printable.text(to))")
            case .whereIs(let asked): tellWhere(asked ?? user, screen, gateways)
            case .help: screen.plain(ChatInput.instructions)
            case .mistake(let text): screen.problem(text)
            case .quit: return leave(chat)
            }
        }
        leave(chat)
    }

    private func tellWhere(_ user: String, _ screen: ChatScreen, _ gateways: [ServerAddress]) {
        do {
            let service = place.service
            let found = try Waiting.run { try await WhereAnswer.ask(user, service, gateways).answer }
            screen.plain(found.sentence)
        } catch {
            screen.problem("\(error)")
        }
    }

    /// The loop ends the program when the server has said goodbye too.
    private func leave(_ chat: LoopBound<(ChatSession, WebSocketClient)>) {
        chat.loop.post { loop in
            let (session, client) = chat.value(on: loop)
            session.leave(client)
        }
        while true { pause() }
    }
}
