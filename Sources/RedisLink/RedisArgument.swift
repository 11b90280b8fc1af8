import CHiredis

/// One argument of a command: bytes. A literal may stand for its UTF-8.
public struct RedisArgument: Sendable, Hashable, ExpressibleByStringInterpolation {
    /// What is sent.
    public let bytes: [UInt8]

    /// The text's UTF-8.
    public init(stringLiteral text: String) { bytes = Array(text.utf8) }

    /// The text's UTF-8.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// The bytes as they are.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The number in decimal.
    public init(_ number: some BinaryInteger) { bytes = Array(String(number).utf8) }
}

/// A command as it goes over the wire.
enum RedisCommand {
    static let ping = (try? encode(["PING"])) ?? []

    /// - Throws: `RedisError.malformed` for no argument, more than 2^20 of them, or more than 512 MiB.
    static func encode(_ arguments: [RedisArgument]) throws(RedisError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(arguments.reduce(0) { $0 + $1.bytes.count })
        for argument in arguments { bytes += argument.bytes }
        var command: UnsafeMutablePointer<UInt8>?
        let length = chiredis_command_format(bytes, arguments.map(\.bytes.count), arguments.count, &command)
        defer { chiredis_command_free(command) }
        guard length > 0 else { throw .malformed }
        return Array(UnsafeBufferPointer(start: command, count: Int(length)))
    }
}
