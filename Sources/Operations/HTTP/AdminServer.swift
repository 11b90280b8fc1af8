import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// A program's HTTP port for people and machines that look after it: `/livez`, `/readyz`, `/metrics`, and its own routes.
public struct AdminServer: Service {
    /// Largest request body in bytes; more is answered with 413.
    public static let maxBodyBytes = 1 << 20
    /// A connection on which nothing happens for this long is closed.
    static let idleTimeout = TimeAmount.seconds(75)

    private let host: String
    private let port: Int
    private let table: RouteTable
    private let guardian: AdminGuard
    private let logger: Logger
    private let address = Arrival<String>()

    /// A server that will listen on `host`:`port` once it runs.
    /// - Parameters:
    ///   - port: 0 takes a free one; ``boundAddress()`` says which.
    ///   - access: the tokens it takes. Without any, a port that is not on loopback answers `/livez` and nothing else.
    ///   - readiness: why the program is not ready, one reason each; empty means ready.
    ///   - metrics: what `/metrics` shows now.
    public init(
        host: String, port: Int, access: AdminAccess = .open, logger: Logger,
        readiness: @escaping @Sendable () async -> [String] = { [] },
        metrics: @escaping @Sendable () async -> [MetricFamily] = { [] },
        routes: [AdminRoute] = []
    ) {
        self.host = host
        self.port = port
        self.logger = logger
        guardian = AdminGuard(host: host, access: access)
        table = RouteTable(HealthRoutes.routes(readiness: readiness, metrics: metrics) + routes)
    }

    /// Where it listens, `127.0.0.1:7300`; waits until it does.
    public func boundAddress() async throws -> String {
        try await address.value()
    }

    /// Serves until the program shuts down; throws if it cannot listen.
    public func run() async throws {
        var quiet = logger
        quiet.logLevel = max(quiet.logLevel, .warning)
        let application = Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in await respond(to: request) },
            server: .http1(configuration: .init(idleTimeout: Self.idleTimeout)),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { channel in address.arrive(Self.text(of: channel.localAddress)) },
            logger: quiet)
        do {
            try await application.run()
        } catch let error as IOError {
            throw CannotListen(host: host, port: port, reason: error.description)
        }
    }

    private func respond(to request: Request) async -> Response {
        let method = request.method.rawValue
        let origin = request.headers.first { $0.name.canonicalName == "origin" }?.value
        if let refusal = guardian.refusal(method: method, host: request.head.authority, origin: origin) {
            return Self.response(refusal, method)
        }
        return Self.response(await answer(request, method), method)
    }

    private func answer(_ request: Request, _ method: String) async -> AdminAnswer {
        let target = request.head.path ?? "/"
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let match = table.match(method: method == "HEAD" ? "GET" : method, path: parts[0])
        // Before anything of the request is looked at, and before its body is waited for.
        let authorization = request.headers[values: .authorization]
        if let refusal = guardian.refusal(
            method: method, path: parts[0], service: match.service, authorization: authorization)
        {
            return refusal
        }
        switch match {
        case .none: return .error(404, "not_found", "there is nothing at this path")
        case .malformed: return .error(400, "bad_request", "the path has a malformed percent escape")
        case .otherMethods(let methods):
            let allowed = methods.joined(separator: ", ")
            return .error(405, "method_not_allowed", "use \(allowed)", headers: ["Allow": allowed])
        case .route(let route, let parameters):
            guard let query = PercentDecoding.query(parts.count > 1 ? parts[1] : "") else {
                return .error(400, "bad_request", "the query has a malformed percent escape")
            }
            let body: ByteBuffer
            do {
                body = try await request.body.collect(upTo: Self.maxBodyBytes)
            } catch {
                return .error(413, "too_large", "the body is larger than \(Self.maxBodyBytes) bytes, or broke off")
            }
            return await route.handler(
                AdminRequest(parameters: parameters, query: query, body: Array(body.readableBytesView)))
        }
    }

    private static func response(_ answer: AdminAnswer, _ method: String) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = answer.mediaType
        headers[.cacheControl] = "no-store"
        for (name, value) in answer.headers {
            if let field = HTTPFields.Element.Name(name) { headers[field] = value }
        }
        let body = method == "HEAD" ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
        return Response(status: HTTPResponse.Status(code: answer.status), headers: headers, body: body)
    }

    private static func text(of address: SocketAddress?) -> String {
        guard let address, let host = address.ipAddress, let port = address.port else { return "unknown" }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// The port could not be taken.
public struct CannotListen: Error, CustomStringConvertible {
    let host: String
    let port: Int
    let reason: String

    /// `cannot listen on 127.0.0.1:7300: …`.
    public var description: String { "cannot listen on \(host):\(port): \(reason)" }
}
