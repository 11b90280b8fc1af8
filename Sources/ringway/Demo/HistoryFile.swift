import CLinux
import Foundation

/// Writes a history as it happens. Of one thread.
final class HistoryFile {
    private static let flushedAt = 256 << 10

    private let descriptor: Int32
    private let began: Int64
    private var bytes: [UInt8] = []
    /// What went wrong with the file first.
    private(set) var problem: String?

    /// - Parameters:
    ///   - descriptor: open for writing; the caller closes it.
    ///   - began: nanoseconds of the monotonic clock that are time 0.
    init(_ descriptor: Int32, began: Int64) {
        self.descriptor = descriptor
        self.began = began
        bytes.reserveCapacity(Self.flushedAt + 4096)
    }

    /// Microseconds since the demo began.
    var now: Int64 { (clinux_monotonic_nanoseconds() - began) / 1000 }

    /// Notes what happens now, or happened just now.
    func record(_ kind: HistoryEvent.Kind, at time: Int64? = nil) {
        HistoryEvent(time: time ?? now, kind: kind).append(to: &bytes)
        if bytes.count >= Self.flushedAt { flush() }
    }

    /// Hands everything to the system.
    func flush() {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                problem = problem ?? String(cString: strerror(errno))
                break
            }
        }
        bytes.removeAll(keepingCapacity: true)
    }
}

/// Reads a history line by line.
enum HistoryReading {
    private static let pieceBytes = 1 << 20

    /// Calls `body` with each event; nil for a line that is none.
    static func read(_ path: String, _ body: (HistoryEvent?) -> Void) throws(Failure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceBytes, alignment: 1)
        defer { buffer.deallocate() }
        var kept = 0
        while true {
            let free = UnsafeMutableRawBufferPointer(rebasing: buffer[kept...])
            guard !free.isEmpty else { throw Failure("\(path): a line of more than \(pieceBytes) bytes") }
            let count = Foundation.read(descriptor, free.baseAddress, free.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
            if count == 0 { break }
            let filled = kept + count
            let end = lines(UnsafeRawBufferPointer(rebasing: buffer[..<filled]), body)
            kept = filled - end
            // The unfinished line moves to the front.
            if kept > 0, let base = buffer.baseAddress { memmove(base, base + end, kept) }
        }
        if kept > 0 { body(HistoryEvent(line: UnsafeRawBufferPointer(rebasing: buffer[..<kept]))) }
    }

    /// Hands out the whole lines and returns where the last one ends.
    private static func lines(_ bytes: UnsafeRawBufferPointer, _ body: (HistoryEvent?) -> Void) -> Int {
        var start = 0
        while let feed = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            body(HistoryEvent(line: UnsafeRawBufferPointer(rebasing: bytes[start..<feed])))
            start = feed + 1
        }
        return start
    }
}
