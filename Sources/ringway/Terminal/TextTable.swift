/// Rows of cells in aligned columns, two spaces apart.
struct TextTable {
    /// Which side a column's cells stick to.
    enum Side {
        case left
        case right
    }

    private let sides: [Side]
    private var rows: [[String]] = []
    private let ink: Ink

    /// A table whose first row is `titles`.
    init(_ titles: [String], sides: [Side] = [], ink: Ink) {
        self.sides = sides
        self.ink = ink
        rows.append(titles)
    }

    /// Adds a row; missing cells are empty.
    mutating func add(_ cells: [String]) { rows.append(cells) }

    /// The lines, without spaces at their ends.
    var lines: [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.enumerated().map { number, row in
            let cells = widths.indices.map { column in
                let cell = row.indices.contains(column) ? row[column] : ""
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return side(column) == .left ? cell + space : space + cell
            }
            let line = Self.trimmed(cells.joined(separator: "  "))
            return number == 0 ? ink(.dim, line) : line
        }
    }

    private func side(_ column: Int) -> Side { sides.indices.contains(column) ? sides[column] : .left }

    private static func trimmed(_ line: String) -> String {
        var line = line[...]
        while line.last == " " { line.removeLast() }
        return String(line)
    }
}
