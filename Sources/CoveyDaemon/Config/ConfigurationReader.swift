import CoveyCore
import CoveyNetwork
import TOMLKit

/// What a config's text is read against: where its relative paths begin, and what no folder may hold.
package struct ConfigurationSurroundings: Hashable, Sendable {
  /// The directory of the config file, absolute.
  package var directory: String
  /// What `~` stands for; nil where there is no such directory.
  package var userDirectory: String?
  /// Directories with keys and state that must never lie in a shared folder.
  package var privateDirectories: [String]

  package init(directory: String, userDirectory: String?, privateDirectories: [String] = []) {
    self.directory = directory
    self.userDirectory = userDirectory
    self.privateDirectories = privateDirectories
  }

  /// An absolute path for what a person wrote; nil when it begins with `~` and that is nowhere, or with another user's `~name`.
  package func absolute(_ path: String) -> String? {
    if path == "~" || path.hasPrefix("~/") { return userDirectory.map { LexicalPath.absolute(String(path.dropFirst(2)), in: $0) } }
    if path.hasPrefix("~") { return nil }
    return LexicalPath.absolute(path, in: directory)
  }
}

extension Configuration {
  /// The first line that opens a table and names none: the parser would end the program over it. Nil where there is no such line.
  private static func brokenHeader(in text: String) -> Int? {
    func isKey(_ scalar: Unicode.Scalar) -> Bool {
      scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "-_\"'".unicodeScalars.contains(scalar))
    }
    func isBlank(_ scalar: Unicode.Scalar) -> Bool { " \t\r".unicodeScalars.contains(scalar) || !scalar.isASCII }
    var number = 1
    for line in text.unicodeScalars.split(omittingEmptySubsequences: false, whereSeparator: { "\n\u{B}\u{C}\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) }) {
      let start = line.drop(while: isBlank)
      if start.first == "[" {
        let second = start.dropFirst()
        let name = (second.first == "[" ? second.dropFirst() : second).drop { $0 == " " || $0 == "\t" }
        guard let first = name.first, isKey(first) else { return number }
      }
      number += 1
    }
    return nil
  }

  /// The largest config that is read.
  package static let byteCountMax = 1 << 20

  /// Reads the text of a `config.toml`.
  /// - Throws: ``ConfigurationError`` with the line of the first thing that is unknown, of another type, or no possible value.
  package init(text: String, surroundings: ConfigurationSurroundings) throws(ConfigurationError) {
    let table: TOMLTable
    do {
      guard text.utf8.count <= Self.byteCountMax, !text.utf8.contains(0) else {
        throw ConfigurationError(line: nil, reason: "the file is no config: it is too long or holds a NUL byte")
      }
      if let line = Self.brokenHeader(in: text) {
        throw ConfigurationError(line: line, reason: "this is no TOML (a line that begins with [ must name a table): correct the line")
      }
      table = try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw ConfigurationError(line: error.source.begin.line, reason: "this is no TOML (\(error.description.escaped)): correct the line")
    } catch let error as ConfigurationError {
      throw error
    } catch {
      throw ConfigurationError(line: nil, reason: "\(error)")
    }
    let outline = ConfigurationOutline(ConfigurationDocument.lines(of: text))
    let reader = ConfigurationReader(outline: outline, surroundings: surroundings)
    self.init()
    for key in table.keys {
      switch key {
      case "device": device = try reader.device(try reader.table(table[key], "device"))
      case "limits": limits = try reader.limits(try reader.table(table[key], "limits"))
      case "folder": folders = try reader.folders(table[key])
      default:
        throw ConfigurationError(
          line: outline.line(of: nil, in: key) ?? outline.line(of: key, in: ""),
          reason: "'\(key.escaped)' is unknown: [device], [[folder]] and [limits] are known")
      }
    }
  }
}

/// Turns parsed tables into settings, one key at a time.
private struct ConfigurationReader {
  let outline: ConfigurationOutline
  let surroundings: ConfigurationSurroundings

  /// One key of one table, with its place.
  private struct Field {
    let key: String
    let value: TOMLValue
    let line: Int?
    func error(_ reason: String) -> ConfigurationError { ConfigurationError(line: line, reason: "\(key): \(reason)") }

    func string() throws(ConfigurationError) -> String {
      guard let text = value.string else { throw error("\(value.type) is no text in quotes: write it in quotes") }
      return text
    }
  }

  func table(_ value: (any TOMLValueConvertible)?, _ name: String) throws(ConfigurationError) -> TOMLTable {
    guard let table = value?.table else {
      throw ConfigurationError(line: outline.line(of: name, in: "") ?? outline.line(of: nil, in: name), reason: "'\(name)' is a table: write [\(name)]")
    }
    return table
  }

  private func each(
    _ table: TOMLTable, _ name: String, at index: Int = 0, known: [String], _ body: (Field) throws(ConfigurationError) -> Void
  ) throws(ConfigurationError) {
    // In the order of the file, so that the first mistake is the one that is told.
    let fields = table.keys.map { key in
      (key, outline.line(of: key, in: name, at: index) ?? outline.line(of: name, in: ""))
    }.sorted { ($0.1 ?? 0) < ($1.1 ?? 0) }
    for (key, line) in fields {
      guard known.contains(key), let value = table[key] else {
        throw ConfigurationError(line: line, reason: "'\(key.escaped)' is unknown in [\(name)]: \(known.joined(separator: ", ")) are known")
      }
      try body(Field(key: key, value: value.tomlValue, line: line))
    }
  }

  func device(_ table: TOMLTable) throws(ConfigurationError) -> DeviceSettings {
    var out = DeviceSettings()
    try each(table, "device", known: ["name", "listen", "advertise", "discovery"]) { (field) throws(ConfigurationError) in
      switch field.key {
      case "name":
        out.name = try field.string()
        if let reason = NameRule.objection(to: out.name) { throw field.error(reason) }
      case "listen":
        let text = try field.string()
        guard let listen = try? HostPort(text) else { throw field.error("no HOST:PORT: write it as \"0.0.0.0:22500\"") }
        out.listen = listen
      case "advertise": out.advertise = try advertisement(field)
      default:
        guard let discovery = field.value.bool else { throw field.error("neither true nor false: write one of them, without quotes") }
        out.discovery = discovery
      }
    }
    return out
  }

  private func advertisement(_ field: Field) throws(ConfigurationError) -> Advertisement {
    guard let array = field.value.array else { throw field.error("a list is expected: write [\"HOST:PORT\"]") }
    var addresses: [HostPort] = []
    let texts = array.map { $0.string }
    if texts == ["none"] { return .none }
    guard texts.count <= 16 else { throw field.error("more than 16 addresses: name the best ones") }
    for text in texts {
      guard let text, let address = try? HostPort(text), address.port > 0 else {
        throw field.error("'\((text ?? "").escaped)' is no HOST:PORT: write it as \"192.0.2.7:22500\", or [\"none\"] alone")
      }
      addresses.append(address)
    }
    return addresses.isEmpty ? .found : .only(addresses)
  }

  func limits(_ table: TOMLTable) throws(ConfigurationError) -> LimitSettings {
    var out = LimitSettings()
    try each(table, "limits", known: ["send", "receive"]) { (field) throws(ConfigurationError) in
      let count: Int64?
      if let number = field.value.int { count = Int64(number) } else { count = Quantity.byteCount(try field.string()) }
      guard let count, count >= 0 else { throw field.error("no size: write it as \"10MB\" (a second), \"0\" for no limit") }
      if field.key == "send" { out.send = count } else { out.receive = count }
    }
    return out
  }

  func folders(_ value: (any TOMLValueConvertible)?) throws(ConfigurationError) -> [FolderSettings] {
    guard let array = value?.array else {
      throw ConfigurationError(
        line: outline.line(of: "folder", in: "") ?? outline.line(of: nil, in: "folder"), reason: "folders are a list of tables: write [[folder]]")
    }
    var out: [FolderSettings] = []
    for (index, element) in array.enumerated() {
      guard let table = element.table else {
        throw ConfigurationError(line: outline.line(of: "folder", in: ""), reason: "a folder is a table: write [[folder]]")
      }
      let folder = try self.folder(table, index)
      for (other, known) in out.enumerated() { try check(folder, index, against: known, other) }
      out.append(folder)
    }
    return out
  }

  private func folder(_ table: TOMLTable, _ index: Int) throws(ConfigurationError) -> FolderSettings {
    var out = FolderSettings(label: "", id: nil, path: "")
    try each(table, "folder", at: index, known: ["label", "id", "path", "rescan", "history", "durability"]) { (field) throws(ConfigurationError) in
      switch field.key {
      case "label":
        out.label = try field.string()
        if let reason = NameRule.objection(to: out.label) { throw field.error(reason) }
      case "id":
        guard let id = FolderID(hex: try field.string()) else { throw field.error("no folder id: it has 32 hexadecimal digits") }
        out.id = id
      case "path": out.path = try path(field)
      case "rescan": out.rescan = try duration(field)
      case "history": out.history = try duration(field)
      default:
        guard let durability = Durability(rawValue: try field.string()) else { throw field.error("unknown: write \"full\" or \"fast\"") }
        out.durability = durability
      }
    }
    for (key, value) in [("label", out.label), ("path", out.path)] where value.isEmpty {
      throw ConfigurationError(line: outline.line(of: nil, in: "folder", at: index), reason: "this folder has no \(key): add \(key) = \"...\"")
    }
    return out
  }

  private func path(_ field: Field) throws(ConfigurationError) -> String {
    let text = try field.string()
    guard !text.isEmpty, text.utf8.count <= 4095 else { throw field.error("empty or too long: name a directory") }
    guard let path = surroundings.absolute(text) else { throw field.error("'\(text.escaped)' leads nowhere: write the whole path") }
    if let reason = FolderPlacement.objection(to: path, privateDirectories: surroundings.privateDirectories) { throw field.error(reason) }
    return path
  }

  private func duration(_ field: Field) throws(ConfigurationError) -> Duration {
    guard let duration = Quantity.duration(try field.string()) else { throw field.error("no duration: write it as \"90s\", \"1h\" or \"30d\"") }
    guard duration >= .seconds(1) else { throw field.error("shorter than a second: write at least \"1s\"") }
    return duration
  }

  private func check(_ folder: FolderSettings, _ index: Int, against known: FolderSettings, _ other: Int) throws(ConfigurationError) {
    func fail(_ key: String, _ reason: String) -> ConfigurationError {
      ConfigurationError(line: outline.line(of: key, in: "folder", at: index), reason: "\(key): \(reason)")
    }
    if folder.label == known.label { throw fail("label", "another folder has '\(folder.label.escaped)' already: choose another") }
    if folder.id != nil, folder.id == known.id { throw fail("id", "the folder '\(known.label.escaped)' has it already: remove one of the two") }
    if let reason = FolderPlacement.objection(to: folder.path, beside: known) { throw fail("path", reason) }
  }
}
