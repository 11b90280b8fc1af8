import Foundation

/// What a `ringway dev` shows: the children's log lines behind their names, and its own words.
struct DevScreen {
    private let width: Int
    private let isQuiet: Bool
    private let ink = Ink(for: STDERR_FILENO)

    init(names: [String], isQuiet: Bool) {
        width = names.map(\.count).max() ?? 0
        self.isQuiet = isQuiet
    }

    /// A child's log line.
    func log(_ line: String, of child: Child) {
        if !isQuiet { Output.note(prefix(child.name, Self.colour(child.role)) + line) }
    }

    /// A line of our own.
    func say(_ line: String) { Output.note(prefix("ringway", .bold) + line) }

    /// A line of our own about something bad.
    func warn(_ line: String) { Output.note(prefix("ringway", .red) + ink(.red, line)) }

    private func prefix(_ name: String, _ colour: Ink.Colour) -> String {
        let space = String(repeating: " ", count: max(0, width - name.count))
        return ink(colour, "\(name)\(space) │ ")
    }

    private static func colour(_ role: Child.Role) -> Ink.Colour {
        switch role {
        case .redis: .magenta
        case .registry: .yellow
        case .gateway: .cyan
        case .node: .green
        }
    }
}
