/// Rows in aligned columns, two spaces apart.
struct Table {
  enum Alignment { case left, right }

  private let alignments: [Alignment]
  private var rows: [[Cell]] = []

  /// A text, and how it is shown once it is padded.
  struct Cell: ExpressibleByStringInterpolation {
    var text: String
    var colour: Colour?
    init(_ text: String, _ colour: Colour? = nil) { self.text = text; self.colour = colour }
    init(stringLiteral value: String) { self.init(value) }
  }

  init(_ alignments: [Alignment]) { self.alignments = alignments }

  init(header: [String], _ alignments: [Alignment]) {
    self.alignments = alignments
    rows.append(header.map { Cell($0, .faint) })
  }

  mutating func add(_ row: [Cell]) { rows.append(row) }

  var text: String {
    let widths = alignments.indices.map { column in rows.map { Self.width(of: $0[column].text) }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - Self.width(of: cell.text))
        let shown = cell.colour.map { $0(cell.text) } ?? cell.text
        switch alignments[column] {
        case .right: line += padding + shown
        case .left: line += column == row.count - 1 ? shown : shown + padding
        }
        if column < row.count - 1 { line += "  " }
      }
      return line + "\n"
    }.joined()
  }

  /// Cells of a terminal that a text fills: East Asian wide letters and emoji two, combining marks none.
  static func width(of text: String) -> Int {
    text.unicodeScalars.reduce(0) { width, scalar in
      switch scalar.properties.generalCategory {
      case .nonspacingMark, .enclosingMark, .format: return width
      default: break
      }
      switch scalar.value {
      case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
        0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
        return width + 2
      default: return width + 1
      }
    }
  }
}
