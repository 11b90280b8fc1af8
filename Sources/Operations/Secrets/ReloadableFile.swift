import Foundation
import NIOConcurrencyHelpers

/// What a file says, read at the start and again whenever asked; a file that cannot be read any more changes nothing.
public final class ReloadableFile<Content: Sendable>: Sendable {
    /// Where it is.
    public let path: String
    private let content: NIOLockedValueBox<Content>
    private let parse: @Sendable (String) throws -> Content

    /// Reads the file; `parse` makes its content of its text, or says what is wrong with it.
    public init(_ path: String, parse: @escaping @Sendable (String) throws -> Content) throws(UnusableFile) {
        self.path = path
        self.parse = parse
        content = NIOLockedValueBox(try Self.read(path, parse))
    }

    /// What it said last.
    public var current: Content { content.withLockedValue { $0 } }

    /// Reads it again. Throws and keeps the old content if that is not possible.
    public func reload() throws(UnusableFile) {
        let fresh = try Self.read(path, parse)
        content.withLockedValue { $0 = fresh }
    }

    /// Whether users besides the owner and the group may read it, which a secret's file should not allow.
    var isReadableByAll: Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_mode & 0o007 != 0
    }

    private static func read(_ path: String, _ parse: (String) throws -> Content) throws(UnusableFile) -> Content {
        do {
            return try parse(try FileText.read(path, atMost: 64 << 10))
        } catch {
            throw UnusableFile(path: path, reason: "\(error)")
        }
    }
}

/// Why a file is not what it should be. Says the line and never what stands there: it may be nearly a secret.
public struct UnusableFile: Error, CustomStringConvertible {
    /// Where it is.
    public let path: String
    /// What is wrong.
    public let reason: String

    /// `/etc/ringway/link-secret: line 2 has 12 characters, at least 32 are needed`
    public var description: String { "\(path): \(reason)" }
}

/// Reading small text files.
enum FileText {
    struct Unreadable: Error, CustomStringConvertible { let description: String }

    /// The whole text; a bound, since a path can name a device that never ends.
    static func read(_ path: String, atMost limit: Int) throws -> String {
        let handle: FileHandle
        do {
            handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        } catch {
            throw Unreadable(description: "it cannot be opened")
        }
        defer { try? handle.close() }
        guard let bytes = try? handle.read(upToCount: limit + 1) ?? Data() else {
            throw Unreadable(description: "it cannot be read")
        }
        guard bytes.count <= limit else { throw Unreadable(description: "it is larger than \(SizeText.text(limit))") }
        guard let text = String(data: bytes, encoding: .utf8) else { throw Unreadable(description: "it is not UTF-8") }
        return text
    }
}
