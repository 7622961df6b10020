import CoveyCore
package import CoveyEngine

/// The text of `.covey/folder`: one line a field, in this order, so that people can read it and nothing else is accepted.
extension FolderMarker {
  static let textByteCountMax = 1024
  private static let firstLine = "covey folder 1"

  /// What is written into `.covey/folder`.
  package var text: String {
    """
    \(Self.firstLine)
    folder \(folder.hex)
    device \(device.key.hex)
    log \(Self.hex(log.value))
    reserved \(reserved)
    machine \(machine)

    """ + (firstLog.map { "first \(Self.hex($0.value))\n" } ?? "")
  }

  /// Nil unless it is exactly what ``text`` writes.
  package init?(text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard (7...8).contains(lines.count), lines[0] == Self.firstLine, lines.last == "",
      let folder = Self.value(lines[1], "folder").flatMap(Self.bytes(hex:)).flatMap({ FolderID($0) }),
      let device = Self.value(lines[2], "device").flatMap(Self.bytes(hex:)).flatMap({ Bytes32($0) }),
      let log = Self.value(lines[3], "log").flatMap({ UInt64($0, radix: 16) }),
      let reserved = Self.value(lines[4], "reserved").flatMap({ UInt64($0) }),
      let machine = Self.value(lines[5], "machine")
    else { return nil }
    let first = lines.count == 8 ? Self.value(lines[6], "first").flatMap({ UInt64($0, radix: 16) }) : nil
    self.init(
      folder: folder, device: DeviceID(key: device), log: LogID(log), reserved: reserved, machine: String(machine), firstLog: first.map { LogID($0) })
    guard self.text == text else { return nil }
  }

  private static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func value(_ line: Substring, _ key: String) -> Substring? {
    line.hasPrefix("\(key) ") ? line.dropFirst(key.count + 1) : nil
  }

  private static func bytes(hex: Substring) -> [UInt8]? {
    let digits = Array(hex.utf8)
    guard digits.count % 2 == 0 else { return nil }
    var out: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = UInt8(String(decoding: digits[index..<(index + 2)], as: UTF8.self), radix: 16) else { return nil }
      out.append(byte)
    }
    return out
  }
}
