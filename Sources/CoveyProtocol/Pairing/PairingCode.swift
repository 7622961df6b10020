import Crypto

/// The one-time code that one person reads out and another types in: `7K-QF3M-9D2X`.
///
/// Ten symbols of Crockford's base 32: two name a public slot, seven are the secret (35 bits), the last one is a check that catches
/// 31 of 32 mistyped codes before anything is sent. The slot says nothing about the secret.
package struct PairingCode: Hashable, Sendable {
  /// The symbols in upper case.
  private let symbols: [UInt8]

  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
  private static let slotCount = 2
  private static let secretCount = 7
  private static let symbolCount = slotCount + secretCount + 1

  /// A code nobody can guess, if nobody can guess the generator.
  package static func make(using generator: inout some RandomNumberGenerator) -> PairingCode {
    let free = (0..<(slotCount + secretCount)).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
    return PairingCode(symbols: free + [check(free)])
  }

  /// Takes what a person typed: in either case, `O` for 0, `I` and `L` for 1, with or without hyphens and spaces.
  package init(_ text: some StringProtocol) throws(PairingCodeError) {
    var symbols: [UInt8] = []
    for character in text where !Self.isSeparator(character) {
      guard let ascii = character.uppercased().utf8.first, let symbol = Self.symbol(ascii), character.utf8.count == 1 else {
        throw .wrongSymbol(character)
      }
      guard symbols.count < Self.symbolCount else { throw .wrongLength }
      symbols.append(symbol)
    }
    guard symbols.count == Self.symbolCount else { throw .wrongLength }
    guard symbols.last == Self.check(symbols.dropLast()) else { throw .mistyped }
    self.symbols = symbols
  }

  private init(symbols: [UInt8]) { self.symbols = symbols }

  /// The code as it is shown.
  package var text: String {
    [symbols[0..<2], symbols[2..<6], symbols[6..<10]].map { String(decoding: $0, as: UTF8.self) }.joined(separator: "-")
  }

  /// Where to look for the device that made the code: 10 bits, public.
  package var slot: UInt16 {
    symbols.prefix(Self.slotCount).reduce(0) { $0 << 5 | UInt16(Self.alphabet.firstIndex(of: $1) ?? 0) }
  }

  /// What both sides prove to each other that they know: seven symbols in ASCII.
  package var secret: [UInt8] { Array(symbols[Self.slotCount..<(Self.slotCount + Self.secretCount)]) }

  private static func isSeparator(_ character: Character) -> Bool {
    character.isWhitespace || ["-", "\u{2010}", "\u{2011}", "\u{2013}"].contains(character)
  }

  private static func symbol(_ ascii: UInt8) -> UInt8? {
    switch ascii {
    case UInt8(ascii: "O"): UInt8(ascii: "0")
    case UInt8(ascii: "I"), UInt8(ascii: "L"): UInt8(ascii: "1")
    default: alphabet.contains(ascii) ? ascii : nil
    }
  }

  private static func check(_ symbols: some Collection<UInt8>) -> UInt8 {
    let digest = SHA256.hash(data: Array("covey-code-v1".utf8) + symbols)
    return digest.withUnsafeBytes { alphabet[Int($0[0] >> 3)] }
  }
}

/// Why something typed is no code. Costs no attempt.
package enum PairingCodeError: Error, Hashable, Sendable {
  case wrongLength
  case wrongSymbol(Character)
  case mistyped
}

extension PairingCodeError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .wrongLength: "this is no code: type its ten letters and digits, like 7K-QF3M-9D2X"
    case .wrongSymbol: "the code contains a character that no code has: look at it again"
    case .mistyped: "the code is mistyped: look at it again"
    }
  }
}
