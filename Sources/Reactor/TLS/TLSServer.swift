import CTLS

/// What a TLS listener shows and demands. Any number of listeners on any loops may share one.
public final class TLSServer: Sendable {
    /// Where it comes from.
    public struct Files: Hashable, Sendable {
        /// Certificates with their keys. The name that a client asks for picks one; the first serves everyone else.
        public var pairs: [TLSPair]
        /// Whose certificates clients must show (PEM); nil: clients are not asked.
        public var trust: String?
        /// The name a client's certificate must be for, with `trust`; nil: any.
        public var peerName: String?

        /// Files; only the pairs are needed.
        public init(pairs: [TLSPair], trust: String? = nil, peerName: String? = nil) {
            self.pairs = pairs
            self.trust = trust
            self.peerName = peerName
        }
    }

    /// Where it comes from; a reload reads the same files.
    public let files: Files
    let context: CHandle

    /// Reads the files.
    public init(_ files: Files) throws(TLSFilesError) {
        self.files = files
        context = CHandle(
            try TLSFiles.attempt { error, size in
                TLSFiles.withServer(files) { ctls_server_context($0, error, size) }
            })
    }

    /// Reads the files again for connections made from now on. Those that are open stay, and tickets given out stay good.
    ///
    /// - Throws: `TLSFilesError`; nothing has changed then.
    public func reload() throws(TLSFilesError) {
        let _: Bool = try TLSFiles.attempt { error, size in
            TLSFiles.withServer(files) { ctls_server_reload(context.pointer, $0, error, size) == 0 ? true : nil }
        }
    }

    /// When the first of its certificates runs out, in Unix seconds.
    public var expiry: Int64 { ctls_context_expiry(context.pointer) }

    deinit { ctls_context_free(context.pointer) }
}
