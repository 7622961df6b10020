import CoveyCore
import CoveyNetwork

/// The text of a config, changed line by line, so that comments, order and spacing stay as their author left them.
package struct ConfigurationDocument: Hashable, Sendable {
  private var lines: [String]

  package init(text: String) { lines = Self.lines(of: text) }

  /// What a new config begins with.
  package static let empty = ConfigurationDocument(text: "# All settings with their meaning and defaults stand in the sample, covey.toml.\n[device]\n")

  package var text: String { lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n" }

  static func lines(of text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.hasSuffix("\r") ? String($0.dropLast()) : String($0) }
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  /// Carries out one edit.
  package mutating func apply(_ edit: ConfigurationEdit) {
    switch edit {
    case .setName(let name): set("name", to: Self.quoted(name), in: "device")
    case .setListen(let listen): set("listen", to: Self.quoted(listen.description), in: "device")
    case .setAdvertise(.found): set("advertise", to: "[]", in: "device")
    case .setAdvertise(.none): set("advertise", to: "[\"none\"]", in: "device")
    case .setAdvertise(.only(let all)):
      set("advertise", to: "[" + all.map { Self.quoted($0.description) }.joined(separator: ", ") + "]", in: "device")
    case .setDiscovery(let discovery): set("discovery", to: discovery ? "true" : "false", in: "device")
    case .addFolder(let folder): add(folder)
    case .removeFolder(let label): removeFolder(label)
    case .setFolderID(let id, let label):
      if let index = index(ofFolder: label) { set("id", to: Self.quoted(id.hex), in: "folder", at: index) }
    case .setFolderPath(let path, let label):
      if let index = index(ofFolder: label) { set("path", to: Self.quoted(path), in: "folder", at: index) }
    }
  }

  private mutating func set(_ key: String, to value: String, in name: String, at index: Int = 0) {
    let outline = ConfigurationOutline(lines)
    guard let section = outline.section(name, at: index) else {
      if lines.last?.isEmpty == false { lines.append("") }
      lines += ["[\(name)]", "\(key) = \(value)"]
      return
    }
    guard let found = section.keys.first(where: { $0.name == key }) else {
      lines.insert("\(key) = \(value)", at: section.end)
      return
    }
    let old = lines[found.lines.lowerBound]
    let comment = found.lines.count == 1 ? String(old[ConfigurationOutline.valueEnd(of: old)...]) : ""
    let indent = old.prefix { $0 == " " || $0 == "\t" }
    lines.replaceSubrange(found.lines, with: ["\(indent)\(key) = \(value)\(comment)"])
  }

  private mutating func add(_ folder: FolderSettings) {
    var block = ["[[folder]]", "label = \(Self.quoted(folder.label))"]
    if let id = folder.id { block.append("id = \(Self.quoted(id.hex))") }
    block.append("path = \(Self.quoted(folder.path))")
    if folder.rescan != FolderSettings.rescanDefault { block.append("rescan = \(Self.quoted(Quantity.text(of: folder.rescan)))") }
    if folder.history != FolderSettings.historyDefault { block.append("history = \(Self.quoted(Quantity.text(of: folder.history)))") }
    if folder.durability != .full { block.append("durability = \(Self.quoted(folder.durability.rawValue))") }
    let last = ConfigurationOutline(lines).sections.last { $0.name == "folder" && $0.isElement }
    if let last {
      lines.insert(contentsOf: [""] + block, at: last.end)
    } else {
      if lines.last?.isEmpty == false { lines.append("") }
      lines += block
    }
  }

  private mutating func removeFolder(_ label: String) {
    guard let index = index(ofFolder: label), let section = ConfigurationOutline(lines).section("folder", at: index),
      let header = section.header
    else { return }
    lines.removeSubrange(header..<section.end)
    // The empty line that stood before the table goes with it, unless it now parts two others.
    let isLast = header == lines.count || lines[header].isEmpty
    if header > 0, lines[header - 1].isEmpty, isLast { lines.remove(at: header - 1) }
  }

  private func index(ofFolder label: String) -> Int? {
    let folders = ConfigurationOutline(lines).sections.filter { $0.name == "folder" && $0.isElement }
    let wanted = Self.quoted(label)
    return folders.firstIndex { section in
      section.keys.contains { key in
        key.name == "label" && Self.value(of: lines[key.lines.lowerBound]).map { $0 == wanted || $0 == "'\(label)'" } == true
      }
    }
  }

  private static func value(of line: String) -> Substring? {
    guard let equals = line.firstIndex(of: "=") else { return nil }
    return line[line.index(after: equals)..<ConfigurationOutline.valueEnd(of: line)].drop { $0 == " " || $0 == "\t" }
  }

  /// A TOML basic string.
  static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\t": out += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
