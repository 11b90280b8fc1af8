import NIOCore
import NIOHTTP1
import NIOPosix

/// A small HTTP/1.1 client for control calls: one connection per call, closed afterwards.
///
/// Enough for a heartbeat a second or a person's command; for more, a connection should be kept.
public enum HTTPCall {
    /// Largest answer in bytes that is taken.
    public static let maxAnswerBytes = 4 << 20

    /// Sends one request and returns the whole answer, whatever its status.
    /// - Parameters:
    ///   - body: sent as `application/json` if not empty.
    ///   - deadline: for everything from resolving the name to the answer's last byte.
    public static func send(
        _ method: String, _ url: HTTPURL, body: [UInt8] = [], headers: [(name: String, value: String)] = [],
        deadline: Duration = .seconds(5)
    ) async throws(HTTPCallError) -> HTTPAnswer {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: HTTPAnswer.self)
        let limit = TimeAmount(deadline)
        let timer = loop.scheduleTask(in: limit) { promise.fail(HTTPCallError.timedOut(url, deadline)) }
        let head = requestHead(method, url, bodyCount: body.count, headers)

        ClientBootstrap(group: loop)
            .connectTimeout(limit)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(AnswerCollector(url: url, promise: promise))
                }
            }
            .connect(host: url.host, port: url.port)
            .whenComplete { result in
                switch result {
                case .failure(let error): promise.fail(HTTPCallError.unreachable(url, reason: "\(error)"))
                case .success(let channel):
                    channel.write(HTTPClientRequestPart.head(head), promise: nil)
                    if !body.isEmpty {
                        channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
                    }
                    channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
                    promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
                }
            }

        defer { timer.cancel() }
        do {
            return try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                promise.fail(HTTPCallError.cancelled(url))
            }
        } catch let error as HTTPCallError {
            throw error
        } catch {
            throw .broken(url, reason: "\(error)")
        }
    }

    private static func requestHead(
        _ method: String, _ url: HTTPURL, bodyCount: Int, _ headers: [(name: String, value: String)]
    ) -> HTTPRequestHead {
        var fields = HTTPHeaders([("Host", url.authority), ("Connection", "close")])
        // A POST without a body says so: some servers wait for one otherwise.
        if bodyCount > 0 || method != "GET" { fields.add(name: "Content-Length", value: String(bodyCount)) }
        if bodyCount > 0 { fields.add(name: "Content-Type", value: "application/json") }
        for (name, value) in headers { fields.replaceOrAdd(name: name, value: value) }
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: method), uri: url.target, headers: fields)
    }
}

/// A server's whole answer.
public struct HTTPAnswer: Sendable {
    /// The status.
    public let status: Int
    /// The header fields in the order they came.
    public let headers: [(name: String, value: String)]
    /// The body.
    public let body: [UInt8]

    /// An answer; tests make them too.
    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The body as text, with anything that is not UTF-8 replaced.
    public var text: String { String(decoding: body, as: UTF8.self) }
}

/// Why a call brought no answer.
public enum HTTPCallError: Error, CustomStringConvertible {
    /// The text is not a URL this client can call.
    case malformedURL(String, expected: String)
    /// Nobody took the connection, or the name has no address; the request was not sent.
    case unreachable(HTTPURL, reason: String)
    /// No whole answer in time; the server may or may not have acted.
    case timedOut(HTTPURL, Duration)
    /// The answer was larger than ``HTTPCall/maxAnswerBytes``.
    case tooLarge(HTTPURL)
    /// The connection ended early, or what came was not HTTP; the server may or may not have acted.
    case broken(HTTPURL, reason: String)
    /// The task that waited was cancelled.
    case cancelled(HTTPURL)

    /// A sentence for people.
    public var description: String {
        switch self {
        case .malformedURL(let text, let expected): "\(Quoting.quoted(text)) is not a URL to call: expected \(expected)"
        case .unreachable(let url, let reason): "\(url.authority) cannot be reached: \(reason)"
        case .timedOut(let url, let limit): "\(url.authority) did not answer within \(DurationText.text(limit))"
        case .tooLarge(let url): "\(url.authority) answered with more than \(SizeText.text(HTTPCall.maxAnswerBytes))"
        case .broken(let url, let reason): "the answer of \(url.authority) broke off: \(reason)"
        case .cancelled(let url): "the call to \(url.authority) was given up"
        }
    }
}
