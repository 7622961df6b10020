import CoveyCore
import Testing

struct EscapingTests {
  @Test(arguments: [
    ("plain", "plain"), ("", ""), ("a\nb\tc\u{0}", "a\\x0Ab\\x09c\\x00"), ("\u{1B}[31m", "\\x1B[31m"), ("\u{7F}", "\\x7F"),
    ("\u{9B}", "\\xC2\\x9B"), ("\u{A0}é", "\u{A0}é"), ("a\u{202E}txt.exe", "a\\xE2\\x80\\xAEtxt.exe"), ("\u{2066}\u{2069}", "\\xE2\\x81\\xA6\\xE2\\x81\\xA9"),
    ("\u{200E}\u{200F}\u{61C}", "\\xE2\\x80\\x8E\\xE2\\x80\\x8F\\xD8\\x9C"), ("\u{2028}", "\\xE2\\x80\\xA8"),
    // A joiner belongs to emoji, a backslash is a letter like any other.
    ("👩\u{200D}🔧", "👩\u{200D}🔧"), ("a\\b", "a\\b"), ("日本語", "日本語"),
  ])
  func whatATerminalWouldObeyIsShown(_ text: String, _ shown: String) {
    #expect(text.escaped == shown)
  }

  @Test(arguments: [
    ([0x61, 0xFF, 0x62], "a\\xFFb"), ([0xC3], "\\xC3"), ([0xE2, 0x82], "\\xE2\\x82"), ([0xC0, 0x80], "\\xC0\\x80"), ([0xED, 0xA0, 0x80], "\\xED\\xA0\\x80"),
    ([0xF0, 0x9F, 0x98, 0x41], "\\xF0\\x9F\\x98A"),
  ] as [([UInt8], String)])
  func whatIsNoUTF8IsShownByteByByte(_ bytes: [UInt8], _ shown: String) {
    #expect(bytes.escaped == shown)
  }

  @Test func everyByteAloneIsSafe() {
    for byte in UInt8.min...UInt8.max {
      let isPrintable = (0x20...0x7E).contains(byte)
      #expect([byte].escaped == (isPrintable ? String(UnicodeScalar(byte)) : "\\x" + [byte].hex.uppercased()))
    }
  }
}
