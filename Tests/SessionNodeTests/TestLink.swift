import Glibc
import Reactor
import SessionLink

/// A gateway's end of a link, on a plain blocking socket: no code of ours but the frames.
final class TestLink {
    struct Frame {
        let kind: LinkKind
        let leg: LegID
        let hasMore: Bool
        let payload: [UInt8]

        var text: String { String(decoding: payload, as: UTF8.self) }

        func read<Payload: LinkPayload, Answer>(_: Payload.Type, _ body: (Payload) -> Answer) throws -> Answer {
            guard kind == Payload.kind else { throw Unexpected(kind: kind) }
            return try payload.withUnsafeBytes { bytes in
                var fields = LinkFieldReader(bytes, kind: kind)
                return body(try Payload(&fields))
            }
        }
    }

    struct Unexpected: Error { let kind: LinkKind }
    struct Timeout: Error {}
    struct Ended: Error {}

    private let descriptor: Int32
    private var unread: [UInt8] = []
    private var legs = LegTable<String>()
    /// Frames that came while another was waited for.
    private var kept: [Frame] = []

    /// How long a read waits: more than anything here takes, on any machine.
    fileprivate static let patience = 20

    /// Connects, and gives every read twenty seconds.
    init(_ address: SocketAddress) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var form = sockaddr_in()
        form.sin_family = sa_family_t(AF_INET)
        form.sin_port = UInt16(address.port).bigEndian
        form.sin_addr.s_addr = inet_addr(address.host)
        let connected = withUnsafePointer(to: &form) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Ended() }
        setReadTime(seconds: Self.patience)
    }

    /// The other end: a socket that was accepted.
    init(accepted descriptor: Int32) {
        self.descriptor = descriptor
        setReadTime(seconds: Self.patience)
    }

    deinit { close(descriptor) }

    private func setReadTime(seconds: Int, microseconds: Int = 0) {
        var time = timeval(tv_sec: seconds, tv_usec: microseconds)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    func write(_ bytes: [UInt8]) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + offset }, bytes.count - offset, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            offset += count
        }
    }

    /// The next frame, in the order they came. Throws `Ended` at the end of the stream, `Timeout` after twenty seconds.
    func next() throws -> Frame {
        if !kept.isEmpty { return kept.removeFirst() }
        return try fresh()
    }

    private func fresh() throws -> Frame {
        while true {
            var offset = 0
            let frame = try unread.withUnsafeBytes { bytes in
                try LinkFrame.next(bytes, offset: &offset).map {
                    Frame(kind: $0.kind, leg: $0.leg, hasMore: $0.header.hasMore, payload: Array($0.payload))
                }
            }
            if let frame {
                unread.removeFirst(offset)
                return frame
            }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count == 0 { throw Ended() }
            if count < 0 {
                if errno == EAGAIN { throw Timeout() }
                if errno == EINTR { continue }
                throw Ended()
            }
            unread += buffer[..<count]
        }
    }

    /// The next frame of a leg; others are kept for later.
    func next(of leg: LegID) throws -> Frame {
        if let index = kept.firstIndex(where: { $0.leg == leg }) { return kept.remove(at: index) }
        while true {
            let frame = try fresh()
            if frame.leg == leg { return frame }
            kept.append(frame)
        }
    }

    /// Sends a message of any size as far as credit goes, and then as it comes; other frames are kept for later.
    func large(_ kind: LinkKind, _ payload: [UInt8], on leg: LegID, credit: inout SendCredit) throws {
        var sent = 0
        repeat {
            while !credit.maySend {
                let index = kept.firstIndex { $0.leg == leg && $0.kind == .credit }
                let frame = try index.map { kept.remove(at: $0) } ?? fresh()
                if frame.leg == leg, frame.kind == .credit {
                    _ = credit.received(try frame.read(LinkCredit.self) { $0.bytes })
                } else {
                    kept.append(frame)
                }
            }
            let end = min(sent + LinkChunk.size, payload.count)
            chunk(kind, Array(payload[sent..<end]), hasMore: end < payload.count, on: leg)
            credit.sent(payloadCount: end - sent)
            sent = end
        } while sent < payload.count
    }

    /// Everything that comes until nothing comes for a moment.
    func untilQuiet(milliseconds: Int = 100) throws -> [Frame] {
        setReadTime(seconds: 0, microseconds: milliseconds * 1000)
        defer { setReadTime(seconds: Self.patience) }
        var frames: [Frame] = []
        while true {
            do { frames.append(try next()) } catch is Timeout { return frames }
        }
    }

    // MARK: What a gateway says

    @discardableResult
    func hello(
        to node: String, loop: Int = 0, role: LinkHello.Role = .gateway, service: String = "chat",
        version: UInt16 = LinkHello.currentVersion, epoch: UInt64 = 1
    ) throws -> LinkHelloAnswer {
        write(
            LinkHello(
                version: version, role: role, service: service, sender: "gateway-t", target: node,
                targetLoop: UInt16(loop), epoch: epoch
            ).frame())
        return try next().read(LinkHelloAnswer.self) { $0 }
    }

    func attach(_ user: String, epoch: UInt64, session: SessionID = .random()) throws -> LegID {
        guard let leg = legs.open(user) else { throw Ended() }
        write(
            LinkAttach.frame(
                leg: leg, epoch: epoch, session: session, user: Array(user.utf8), peer: "127.0.0.1:1", subprotocol: "",
                target: "/chat"))
        return leg
    }

    /// Attaches and reads the answer and the welcome.
    func open(_ user: String, epoch: UInt64, session: SessionID = .random()) throws -> LegID {
        let leg = try attach(user, epoch: epoch, session: session)
        guard try next(of: leg).kind == .attached, try next(of: leg).text.hasPrefix(#"{"type":"welcome""#) else {
            throw Ended()
        }
        return leg
    }

    func say(_ text: String, on leg: LegID) { message(.text, Array(text.utf8), on: leg) }

    /// A whole message at once, in as many frames as it takes; minds no credit.
    func message(_ kind: LinkKind, _ payload: [UInt8], on leg: LegID) {
        var frames = [UInt8](repeating: 0, count: LinkChunk.frameCount(messageCount: payload.count))
        frames.withUnsafeMutableBytes { frames in
            payload.withUnsafeBytes { _ = LinkChunk.writeAll(kind, leg: leg, $0, into: frames) }
        }
        write(frames)
    }

    /// One frame, as right or wrong as the test wants it.
    func chunk(_ kind: LinkKind, _ payload: [UInt8], hasMore: Bool, on leg: LegID) {
        var frame = [UInt8](repeating: 0, count: LinkFrame.count(payloadCount: payload.count))
        frame.withUnsafeMutableBytes { frame in
            payload.withUnsafeBytes {
                _ = LinkFrame.writeMessage(kind, leg: leg, $0, hasMore: hasMore, into: frame)
            }
        }
        write(frame)
    }

    func send(_ id: String, to user: String, _ data: String, on leg: LegID) {
        say(#"{"type":"send","id":"\#(id)","to":"\#(user)","data":\#(data)}"#, on: leg)
    }
}

/// A port that a test listens on, to play the node that nobody else would: one that hears and does not answer.
final class TestPort {
    private let descriptor: Int32
    let address: String

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        descriptor = listener
        var form = sockaddr_in()
        form.sin_family = sa_family_t(AF_INET)
        form.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &form) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 8) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw TestLink.Ended() }
        address = "127.0.0.1:\(UInt16(bigEndian: form.sin_port))"
        var time = timeval(tv_sec: TestLink.patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// The next link; its hello is read and answered as the node would.
    func accept(as node: String) throws -> TestLink {
        let accepted = Glibc.accept(descriptor, nil, nil)
        guard accepted >= 0 else { throw TestLink.Timeout() }
        let link = TestLink(accepted: accepted)
        guard try link.next().kind == .hello else { throw TestLink.Ended() }
        link.write(LinkHelloAnswer.accepted(node: node, incarnation: 1, loops: 1, epoch: 1).frame())
        return link
    }
}
