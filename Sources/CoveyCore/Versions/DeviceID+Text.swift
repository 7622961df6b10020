import Crypto

/// How a device id is written for people: base32 (RFC 4648) of the key, 52 symbols, and four check symbols, in eight groups of seven.
extension DeviceID {
  package static let textSymbolCount = 56
  private static let keySymbolCount = 52
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

  /// 56 symbols and seven hyphens.
  package var text: String {
    let symbols = Self.symbols(of: key)
    let groups = stride(from: 0, to: symbols.count, by: 7).map { String(decoding: symbols[$0..<($0 + 7)], as: UTF8.self) }
    return groups.joined(separator: "-")
  }

  /// The first eight symbols, for display only: two keys that share them can be made on purpose, so nothing is found by them.
  package var shortForm: String { String(decoding: Self.symbols(of: key).prefix(8), as: UTF8.self) }

  /// Takes what a person typed: in either case, with or without hyphens and spaces, and with the digits 0, 1 and 8, which are no
  /// symbols, for the letters O, I and B.
  /// - Throws: ``DeviceIDTextError`` when it is no device id; one wrong symbol goes unnoticed once in a million.
  package init(text: String) throws(DeviceIDTextError) {
    var values: [UInt8] = []
    for character in text where character != "-" && !character.isWhitespace {
      guard values.count < Self.textSymbolCount else { throw .tooLong }
      guard let value = Self.value(of: character) else { throw .unknownSymbol(character) }
      values.append(value)
    }
    guard values.count == Self.textSymbolCount else { throw .tooShort(symbolCount: values.count) }
    guard let key = Bytes32(Self.bytes(of: values.prefix(Self.keySymbolCount))) else { throw .wrongCheck }
    guard Self.symbols(of: key).elementsEqual(values.map { Self.alphabet[Int($0)] }) else { throw .wrongCheck }
    self.init(key: key)
  }

  private static func symbols(of key: Bytes32) -> [UInt8] {
    var hasher = SHA256()
    hasher.update(data: Array("covey/device-id/v1\0".utf8))
    key.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    // 256 bits fill 51 symbols and a bit; the last symbol of the key ends in four zero bits, the check begins a new one.
    return encode(key.bytes) + encode(Array(hasher.finalize())).prefix(textSymbolCount - keySymbolCount)
  }

  private static func encode(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var rest: UInt32 = 0
    var bitCount = 0
    for byte in bytes {
      rest = (rest << 8 | UInt32(byte)) & 0xFFFF
      bitCount += 8
      while bitCount >= 5 {
        bitCount -= 5
        out.append(alphabet[Int(rest >> UInt32(bitCount)) & 31])
      }
    }
    if bitCount > 0 { out.append(alphabet[Int(rest << UInt32(5 - bitCount)) & 31]) }
    return out
  }

  private static func bytes(of values: some Sequence<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    var rest: UInt32 = 0
    var bitCount = 0
    for value in values {
      rest = (rest << 5 | UInt32(value)) & 0xFFFF
      bitCount += 5
      if bitCount >= 8 {
        bitCount -= 8
        out.append(UInt8(truncatingIfNeeded: rest >> UInt32(bitCount)))
      }
    }
    return out
  }

  private static func value(of character: Character) -> UInt8? {
    guard let ascii = character.asciiValue else { return nil }
    switch ascii {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): return ascii - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): return ascii - UInt8(ascii: "a")
    case UInt8(ascii: "2")...UInt8(ascii: "7"): return ascii - UInt8(ascii: "2") + 26
    case UInt8(ascii: "0"): return 14
    case UInt8(ascii: "1"): return 8
    case UInt8(ascii: "8"): return 1
    default: return nil
    }
  }
}

/// Why text is no device id.
package enum DeviceIDTextError: Error, Hashable, Sendable {
  case unknownSymbol(Character)
  case tooShort(symbolCount: Int)
  case tooLong
  /// The symbols do not belong together.
  case wrongCheck
}

extension DeviceIDTextError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unknownSymbol(let symbol): "a device id has only letters and the digits 2 to 7, not '\(symbol)'"
    case .tooShort(let count): "a device id has \(DeviceID.textSymbolCount) letters and digits, this has \(count): copy it whole"
    case .tooLong: "a device id has \(DeviceID.textSymbolCount) letters and digits, this has more: copy one only"
    case .wrongCheck: "the device id is mistyped: compare it letter by letter or copy it again"
    }
  }
}
