import ClusterModel
import Reactor
import RingwayClient
import WebSocketWire

/// Takes a conformance suite's cases one after the other: each is a WebSocket on which every message is sent back.
///
/// ```
/// /getCaseCount ─▶ /runCase?case=1 ─▶ /runCase?case=2 … ─▶ /updateReports ─▶ done
/// ```
/// How a case ends is for the suite to judge, so any end leads to the next one; only a server that cannot be asked is a failure.
final class CaseEcho: WebSocketClientDelegate {
    enum Outcome: Sendable {
        case done(cases: Int)
        case failed(String)
    }

    private enum Step {
        case counting
        case running(Int)
        case reporting
    }

    /// The suite sends messages of 16 MiB, and a message in as many frames as it has bytes.
    static let limits = MessageLimits(maxMessageBytes: 64 << 20, maxFrames: 1_000_000)
    private static let queueBound = 128 << 20

    private let host: String
    private let port: Int
    private let address: SocketAddress
    private let agent: String
    private let finished: (Outcome) -> Void
    private var step = Step.counting
    private var cases = 0

    init(
        host: String, port: Int, address: SocketAddress, agent: String, finished: @escaping (Outcome) -> Void
    ) {
        self.host = host
        self.port = port
        self.address = address
        self.agent = PercentEncoding.text(agent)
        self.finished = finished
    }

    /// Opens the step's WebSocket.
    func start(_ client: WebSocketClient) {
        let target =
            switch step {
            case .counting: "/getCaseCount"
            case .running(let number): "/runCase?case=\(number)&agent=\(agent)"
            case .reporting: "/updateReports?agent=\(agent)"
            }
        do {
            _ = try client.open(WebSocketURL(host: host, port: port, target: target), at: address)
        } catch {
            finished(.failed("\(target): \(error)"))
        }
    }

    // MARK: What the client says

    func opened(_ socket: SocketID, subprotocol: String?, client: WebSocketClient) {
        client.loop.setQueueBound(Self.queueBound, on: socket)
    }

    func received(
        _ payload: UnsafeMutableRawBufferPointer, _ opcode: DataOpcode, from socket: SocketID, client: WebSocketClient
    ) {
        guard case .counting = step else {
            client.send(opcode, UnsafeRawBufferPointer(payload), to: socket)
            return
        }
        cases = Int(String(decoding: payload, as: UTF8.self)) ?? 0
    }

    func ended(_ socket: SocketID, _ ending: ClientEnding, client: WebSocketClient) {
        switch ending {
        case .refused, .failed: return finished(.failed("the suite's server: \(ending)"))
        case .closed, .left, .lost: break
        }
        switch step {
        case .counting:
            guard cases > 0 else { return finished(.failed("the suite's server names no number of cases")) }
            step = .running(1)
        case .running(let number): step = number < cases ? .running(number + 1) : .reporting
        case .reporting: return finished(.done(cases: cases))
        }
        start(client)
    }
}
