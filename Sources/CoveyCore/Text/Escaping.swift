extension Sequence<UInt8> {
  /// These bytes as text that is safe on a terminal and in a log: control characters (C0, C1, DEL), line and paragraph separators,
  /// bidirectional controls and everything that is not valid UTF-8 come as `\xNN`, byte by byte; the rest stays as it is.
  package var escaped: String {
    let bytes = Array(self)
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    bytes.withUnsafeBufferPointer { buffer in
      var index = 0
      while index < buffer.count {
        let length = Swift.min(Self.scalarByteCount(lead: buffer[index]), buffer.count - index)
        let scalar = UnsafeBufferPointer(rebasing: buffer[index..<(index + length)])
        if scalar.isValidUTF8, !Self.isHidden(scalar) {
          out.append(contentsOf: scalar)
          index += length
        } else if scalar.isValidUTF8 {
          scalar.forEach { Self.appendEscape($0, to: &out) }
          index += length
        } else {
          Self.appendEscape(buffer[index], to: &out)
          index += 1
        }
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  private static func scalarByteCount(lead: UInt8) -> Int {
    switch lead {
    case 0xC2...0xDF: 2
    case 0xE0...0xEF: 3
    case 0xF0...0xF4: 4
    default: 1
    }
  }

  /// Whether a terminal would obey the character instead of showing it.
  private static func isHidden(_ scalar: UnsafeBufferPointer<UInt8>) -> Bool {
    switch (scalar[0], scalar.count) {
    case (0x00...0x1F, _), (0x7F, _): return true
    case (0xC2, 2): return scalar[1] < 0xA0
    // U+061C, the Arabic letter mark.
    case (0xD8, 2): return scalar[1] == 0x9C
    // U+200E, U+200F; U+2028 to U+202E; U+2066 to U+2069.
    case (0xE2, 3):
      return scalar[1] == 0x80 && (0x8E...0x8F).contains(scalar[2]) || scalar[1] == 0x80 && (0xA8...0xAE).contains(scalar[2])
        || scalar[1] == 0x81 && (0xA6...0xA9).contains(scalar[2])
    default: return false
    }
  }

  private static func appendEscape(_ byte: UInt8, to out: inout [UInt8]) {
    let digits = Array("0123456789ABCDEF".utf8)
    out.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
  }
}

extension StringProtocol {
  /// This text as it may be shown on a terminal; see the same property of a sequence of bytes.
  package var escaped: String { utf8.escaped }
}
