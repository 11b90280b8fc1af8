import Foundation
import Testing

@testable import Operations

@Suite struct LogLinesTests {
    private func line(_ format: LogLineFormat, _ message: String, _ metadata: [(name: String, value: String)]) -> String
    {
        let time = timespec(tv_sec: 1_772_366_400, tv_nsec: 7_000_000)
        let event = LogLineFormat.Event(
            time: time, level: .warning, label: "registry", message: message, metadata: metadata)
        return String(decoding: format.line(event), as: UTF8.self)
    }

    @Test func `a JSON line has time, level, role, message and the metadata`() {
        #expect(
            line(.json, "node is down", [("node", "n-1"), ("lease", "3s")])
                == #"{"time":"2026-03-01T12:00:00.007Z","level":"warning","role":"registry","message":"node is down","#
                + #""node":"n-1","lease":"3s"}"# + "\n")
    }

    @Test func `a text line reads like a sentence`() {
        #expect(
            line(.text, "node is down", [("node", "n-1"), ("why", "no word for 3s"), ("empty", "")])
                == "12:00:00.007 warning  registry: node is down node=n-1 why=\"no word for 3s\" empty=\"\"\n")
    }

    @Test(arguments: [LogLineFormat.json, .text])
    func `nothing from outside can end a line or drive a terminal`(_ format: LogLineFormat) throws {
        let text = line(format, "a\nb\u{1B}[31m", [("user\n", "x\r\n\"y\"\u{7F}")])
        #expect(text.hasSuffix("\n"))
        #expect(text.dropLast().utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        if format == .json {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            #expect(object["message"] as? String == "a\nb\u{1B}[31m")
            #expect(object["user\n"] as? String == "x\r\n\"y\"\u{7F}")
        }
    }

    @Test func `metadata cannot replace a member of the line`() throws {
        let text = line(.json, "real", [("message", "forged"), ("level", "forged")])
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["message"] as? String == "real")
        #expect(object["message_"] as? String == "forged")
        #expect(text.components(separatedBy: "\"message\":").count == 2)
    }

    @Test func `a value of any length becomes a line of bounded length`() {
        let long = String(repeating: "x", count: 1_000_000)
        #expect(line(.json, long, [("a", long)]).utf8.count < 5000)
    }
}

@Suite struct LogSinkTests {
    /// A pipe whose ends are closed with it.
    private final class Pipe: Sendable {
        let reading: Int32
        let writing: Int32

        init() {
            // As programs do: a sink may still write when a test has closed the reading end.
            signal(SIGPIPE, SIG_IGN)
            var ends: [Int32] = [0, 0]
            precondition(pipe(&ends) == 0, "no pipe")
            reading = ends[0]
            writing = ends[1]
        }

        deinit { close(reading) }

        func read(atLeast count: Int) -> [UInt8] {
            var all: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 65536)
            while all.count < count {
                let got = Foundation.read(reading, &chunk, chunk.count)
                guard got > 0 else { break }
                all += chunk[..<got]
            }
            return all
        }
    }

    @Test func `lines come out whole and in order`() {
        let pipe = Pipe()
        let sink = LogSink(descriptor: pipe.writing)
        for index in 0..<1000 { sink.append(Array("line \(index)\n".utf8)) }
        let expected = (0..<1000).map { "line \($0)\n" }.joined()
        #expect(String(decoding: pipe.read(atLeast: expected.utf8.count), as: UTF8.self) == expected)
        #expect(sink.droppedLines == 0)
    }

    @Test func `a reader that does not read costs lines, which are counted, and never time`() {
        let pipe = Pipe()
        let sink = LogSink(descriptor: pipe.writing, capacity: 4096)
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 99) + [0x0A]
        let start = ContinuousClock.now
        let sent = 20_000  // 2 MB: far more than a pipe (64 KiB) and the buffer take
        for _ in 0..<sent { sink.append(line) }
        #expect(ContinuousClock.now - start < .seconds(20))
        // Counted at once: whoever looks at the metric while nobody reads must see it.
        #expect(sink.droppedLines > 0)
        // Read until the line that confesses the loss.
        var text: [UInt8] = []
        while !text.contains(UInt8(ascii: "{")) { text += pipe.read(atLeast: 1) }
        let whole = String(decoding: text, as: UTF8.self)
        #expect(whole.contains("\"dropped\":"))
        #expect(sink.droppedLines > 0)
        let kept = whole.split(separator: "\n").filter { $0.hasPrefix("x") }
        #expect(kept.allSatisfy { $0.count == 99 })
    }

    @Test func `flush waits until everything queued is out`() {
        let pipe = Pipe()
        let sink = LogSink(descriptor: pipe.writing)
        sink.append(Array("last words\n".utf8))
        sink.flush(within: .seconds(20))
        #expect(fcntl(pipe.reading, F_SETFL, O_NONBLOCK) == 0)
        #expect(pipe.read(atLeast: 11).count == 11)
    }
}
