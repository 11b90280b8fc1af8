import ClusterModel
import Foundation
import RingwayClient

/// What a person sees in `ringway chat`: messages on standard output, all else on standard error.
struct ChatScreen: Sendable {
    private let out = Ink(for: STDOUT_FILENO)
    private let note = Ink(for: STDERR_FILENO)

    func welcome(user: String, node: String, epoch: UInt64, before: String?, after ending: ClientEnding?) {
        let place = note(.green, Printable.text(node))
        let cause = ending.map { " (\(Self.short($0)))" } ?? ""
        switch before {
        case nil: Output.note("\(Printable.text(user)) is on \(place), epoch \(epoch); /help says what to type")
        case node: Output.note("back on \(place)\(cause), epoch \(epoch)")
        default: Output.note("moved to \(place)\(cause), epoch \(epoch)")
        }
    }

    func message(from: String, group: String?, _ data: String) {
        let source = group.map { "\(from) in \($0)" } ?? from
        Output.say("\(out(.cyan, Printable.text(source) + ":")) \(Printable.text(data))")
    }

    func result(peer: String, status: String, reason: String?) {
        let text =
            "\(Printable.text(peer)): \(Printable.text(status))\(reason.map { " (\(Printable.text($0)))" } ?? "")"
        Output.note(note(status == "delivered" || status == "accepted" ? .dim : .yellow, text))
    }

    func pause(_ ending: ClientEnding, _ delay: Duration) {
        Output.note(
            note(
                .yellow,
                "\(Self.long(ending)); back in \(delay.formatted(.units(width: .narrow, maximumUnitCount: 1, fractionalPart: .show(length: 1))))"
            ))
    }

    func over(_ ending: ClientEnding) { Output.note(note(.red, Self.long(ending))) }

    func problem(_ text: String) { Output.note(note(.yellow, Printable.text(text))) }

    func plain(_ text: String) { Output.note(text) }

    private static func short(_ ending: ClientEnding) -> String {
        switch ending {
        case .closed(let code, _): "\(code.rawValue)"
        case .refused(let refused): "HTTP \(refused.status)"
        case .left, .failed, .lost: "lost"
        }
    }

    private static func long(_ ending: ClientEnding) -> String {
        switch ending {
        case .closed(let code, let reason):
            "closed with \(code)\(reason.isEmpty ? "" : " (\(Printable.text(reason)))")"
        case .refused(let refused): "refused with HTTP \(refused.status): \(Printable.text(refused.message))"
        case .failed(let text): "no connection: \(text)"
        case .lost(let text): "connection lost: \(text)"
        case .left: "left"
        }
    }
}

/// Text of others for a terminal: control characters could move the cursor or worse, so they are shown, not sent.
enum Printable {
    static func text(_ text: String) -> String {
        var safe = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                safe += scalar.value == 0x200d ? String(scalar) : scalar.escaped(asASCII: true)
            default: safe.unicodeScalars.append(scalar)
            }
        }
        return safe
    }
}
