import CTLS

/// Whom TLS connections that we open trust, and what they show. Any number of loops may share one.
public final class TLSClient: Sendable {
    /// Where it comes from.
    public struct Files: Hashable, Sendable {
        /// Whose certificates are trusted (PEM); nil: whom the system trusts.
        public var trust: String?
        /// Its own certificate, for servers that ask; nil: none.
        public var pair: TLSPair?
        /// The name that every server's certificate must be for; nil: the host that was connected to.
        public var peerName: String?

        /// Files; none is needed.
        public init(trust: String? = nil, pair: TLSPair? = nil, peerName: String? = nil) {
            self.trust = trust
            self.pair = pair
            self.peerName = peerName
        }
    }

    /// Where it comes from; a reload reads the same files.
    public let files: Files
    let context: CHandle

    /// Reads the files.
    public init(_ files: Files = Files()) throws(TLSFilesError) {
        self.files = files
        context = CHandle(
            try TLSFiles.attempt { error, size in
                TLSFiles.withClient(files) { ctls_client_context($0, error, size) }
            })
    }

    /// Reads the files again for connections made from now on.
    ///
    /// - Throws: `TLSFilesError`; nothing has changed then.
    public func reload() throws(TLSFilesError) {
        let _: Bool = try TLSFiles.attempt { error, size in
            TLSFiles.withClient(files) { ctls_client_reload(context.pointer, $0, error, size) == 0 ? true : nil }
        }
    }

    /// When its own certificate runs out, in Unix seconds; 0 if it has none.
    public var expiry: Int64 { ctls_context_expiry(context.pointer) }

    /// What a connection to this host must find there: a certificate for it, or for `Files.peerName` if that is set.
    ///
    /// - Parameter host: the name or numeric address that the user asked for, not what it was resolved to.
    public func expecting(_ host: String) -> TLSTarget { TLSTarget(client: self, name: files.peerName ?? host) }

    deinit { ctls_context_free(context.pointer) }
}

/// A TLS client with the name that the server's certificate must be for.
public struct TLSTarget: Sendable {
    let client: TLSClient
    let name: String
}
