import NIOCore
import NIOHTTP1

/// Puts the parts of one answer together; whatever happens on the connection ends in the promise exactly once.
final class AnswerCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let url: HTTPURL
    private let promise: EventLoopPromise<HTTPAnswer>
    private var head: HTTPResponseHead?
    private var body: [UInt8] = []

    init(url: HTTPURL, promise: EventLoopPromise<HTTPAnswer>) {
        self.url = url
        self.promise = promise
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(let part):
            guard body.count + part.readableBytes <= HTTPCall.maxAnswerBytes else {
                promise.fail(HTTPCallError.tooLarge(url))
                return
            }
            body.append(contentsOf: part.readableBytesView)
        case .end:
            guard let head else { return }
            promise.succeed(
                HTTPAnswer(
                    status: Int(head.status.code), headers: head.headers.map { ($0.name, $0.value) }, body: body))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(HTTPCallError.broken(url, reason: "the connection was closed"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(HTTPCallError.broken(url, reason: "\(error)"))
        context.close(promise: nil)
    }
}
