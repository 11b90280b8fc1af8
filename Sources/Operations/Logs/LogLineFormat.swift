import Foundation
import Logging

/// How a log line is spelled.
public enum LogLineFormat: Sendable, Equatable {
    /// One JSON object per line: `time`, `level`, `role`, `message`, then the metadata.
    case json
    /// For people: time, level, role, message, `name=value` …
    case text

    struct Event {
        let time: timespec
        let level: Logger.Level
        let label: String
        let message: String
        let metadata: [(name: String, value: String)]
    }

    /// Longest message or metadata value, in characters; longer ones end in `…`.
    static let longest = 2000

    /// The format that `--log-format` asks for; `auto` is text exactly if `descriptor` is a terminal.
    init(setting: String, descriptor: Int32) {
        switch setting {
        case "json": self = .json
        case "text": self = .text
        default: self = isatty(descriptor) == 1 ? .text : .json
        }
    }

    func line(_ event: Event) -> [UInt8] {
        switch self {
        case .json: Self.jsonLine(event)
        case .text: Self.textLine(event)
        }
    }

    static func droppedLine(_ count: UInt64) -> [UInt8] {
        Array(
            "{\"level\":\"warning\",\"message\":\"log lines were dropped, their reader is too slow\",\"dropped\":\(count)}\n"
                .utf8)
    }

    static func wallClock() -> timespec {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return now
    }

    private static func jsonLine(_ event: Event) -> [UInt8] {
        var json = JSONText()
        json.append("{\"time\":")
        json.appendString(timestamp(event.time, date: true))
        json.append(",\"level\":")
        json.appendString(event.level.rawValue)
        json.append(",\"role\":")
        json.appendString(event.label)
        json.append(",\"message\":")
        json.appendString(cut(event.message))
        for (name, value) in event.metadata {
            json.append(",")
            // A member twice in one object would make the line unreadable to strict readers.
            json.appendString(reserved.contains(name) ? name + "_" : name)
            json.append(":")
            json.appendString(cut(value))
        }
        json.append("}\n")
        return json.bytes
    }

    private static let reserved: Set<String> = ["time", "level", "role", "message"]

    private static func textLine(_ event: Event) -> [UInt8] {
        let level = event.level.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
        var line = "\(timestamp(event.time, date: false)) \(level) \(Quoting.escaped(event.label)): "
        line += Quoting.escaped(cut(event.message))
        for (name, value) in event.metadata {
            let plain = value.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 != 0x7F } && !value.isEmpty
            let shown = Quoting.escaped(cut(value))
            line += " \(Quoting.escaped(name))=" + (plain ? shown : "\"\(shown)\"")
        }
        return Array((line + "\n").utf8)
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count > longest ? String(text.prefix(longest)) + "…" : text
    }

    /// UTC with milliseconds: `2026-03-01T12:00:00.123Z`, or only the time of day.
    static func timestamp(_ time: timespec, date: Bool) -> String {
        var seconds = time.tv_sec
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let milliseconds = String(1000 + time.tv_nsec / 1_000_000).dropFirst()
        let clock = "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(milliseconds)"
        guard date else { return clock }
        return "\(1900 + parts.tm_year)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T\(clock)Z"
    }
}
