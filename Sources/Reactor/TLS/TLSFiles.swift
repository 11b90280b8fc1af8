import CTLS

/// A certificate chain (leaf first) and its private key: two PEM files.
public struct TLSPair: Hashable, Sendable {
    /// Path of the chain.
    public let chain: String
    /// Path of the key, without a password.
    public let key: String

    /// A pair of files.
    public init(chain: String, key: String) {
        self.chain = chain
        self.key = key
    }
}

/// Files that make no TLS settings, and why, in one sentence with the file's name.
public struct TLSFilesError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The sentence.
    public let description: String
}

/// Swift's values as the C structures of `CTLSContext.h`, for the length of a call.
enum TLSFiles {
    static func withServer<Answer>(
        _ files: TLSServer.Files, _ body: (UnsafePointer<ctls_server_files>) -> Answer
    ) -> Answer {
        withPairs(files.pairs[...], []) { pairs in
            withText(files.trust) { trust in
                withText(files.peerName) { name in
                    pairs.withUnsafeBufferPointer { pairs in
                        var files = ctls_server_files(
                            pairs: pairs.baseAddress, pair_count: pairs.count, trust_file: trust, peer_name: name)
                        return body(&files)
                    }
                }
            }
        }
    }

    static func withClient<Answer>(
        _ files: TLSClient.Files, _ body: (UnsafePointer<ctls_client_files>) -> Answer
    ) -> Answer {
        withPairs(files.pair.map { [$0] } ?? [], []) { pairs in
            withText(files.trust) { trust in
                pairs.withUnsafeBufferPointer { pairs in
                    var files = ctls_client_files(trust_file: trust, pair: pairs.isEmpty ? nil : pairs.baseAddress)
                    return body(&files)
                }
            }
        }
    }

    /// Calls `body` with room for an error; what it leaves there is thrown if it gives nothing.
    static func attempt<Answer>(
        _ body: (UnsafeMutablePointer<CChar>, Int) -> Answer?
    ) throws(TLSFilesError) -> Answer {
        let room = 512
        var text = ""
        let answer = withUnsafeTemporaryAllocation(of: CChar.self, capacity: room) { error in
            guard let base = error.baseAddress else { return Answer?.none }
            base.initialize(repeating: 0, count: room)
            let answer = body(base, room)
            text = String(cString: base)
            return answer
        }
        guard let answer else { throw TLSFilesError(description: text) }
        return answer
    }

    private static func withText<Answer>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Answer) -> Answer {
        guard let text else { return body(nil) }
        return text.withCString { body($0) }
    }

    private static func withPairs<Answer>(
        _ pairs: ArraySlice<TLSPair>, _ made: [ctls_pair], _ body: ([ctls_pair]) -> Answer
    ) -> Answer {
        guard let first = pairs.first else { return body(made) }
        return first.chain.withCString { chain in
            first.key.withCString { key in
                withPairs(pairs.dropFirst(), made + [ctls_pair(chain_file: chain, key_file: key)], body)
            }
        }
    }
}
