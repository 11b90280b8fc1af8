import WebSocketWire

/// The client for browsers, which pages load from the data port: `import { connect } from "http://GATEWAY/ringway.js"`.
enum WebModule {
    /// Its path's only component.
    static let name = "ringway.js"

    /// A page asks each time whether it is still this one: a gateway of another version has another one.
    static let answer = PlainAnswer(
        status: 200, headers: [HTTPField("Cache-Control", "no-cache"), HTTPField("X-Content-Type-Options", "nosniff")],
        contentType: "text/javascript; charset=utf-8", body: PackageResources.ringway_js)
}
