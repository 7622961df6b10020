import CoveyCore
import Testing

@Suite struct DeviceIDTextTests {
  private let device = DeviceID(key: Bytes32(words: (0x0123_4567_89AB_CDEF, 42, .max, 7)))

  @Test func theTextHasEightGroupsOfSeven() {
    let groups = device.text.split(separator: "-")
    #expect(groups.count == 8)
    #expect(groups.allSatisfy { $0.count == 7 })
    #expect(device.text.filter { $0 != "-" }.hasPrefix(device.shortForm))
    #expect(device.shortForm.count == 8)
  }

  @Test func theSymbolsAreThoseOfBase32() {
    let counting = DeviceID(key: Bytes32(0..<32) ?? .zero)
    #expect(counting.text.filter { $0 != "-" }.prefix(52) == "AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPQ")
  }

  @Test func everyIdComesBack() throws {
    for index in 0..<2000 {
      let word = UInt64(index) &* 0x9E37_79B9_7F4A_7C15
      let device = DeviceID(key: Bytes32(words: (word, ~word, word &* 3, word ^ 0x55)))
      #expect(try DeviceID(text: device.text) == device)
    }
    for key in [Bytes32.zero, Bytes32(words: (.max, .max, .max, .max))] {
      #expect(try DeviceID(text: DeviceID(key: key).text) == DeviceID(key: key))
    }
  }

  @Test func caseSpacesAndLookAlikesAreForgiven() throws {
    #expect(try DeviceID(text: device.text.lowercased()) == device)
    #expect(try DeviceID(text: "  " + device.text.replacing("-", with: " ") + "\n") == device)
    let typed = device.text.replacing("O", with: "0").replacing("I", with: "1").replacing("B", with: "8")
    #expect(try DeviceID(text: typed) == device)
  }

  @Test func everySingleWrongSymbolIsNoticed() {
    let symbols = Array(device.text)
    for index in symbols.indices where symbols[index] != "-" {
      for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" where other != symbols[index] {
        var typed = symbols
        typed[index] = other
        #expect(throws: DeviceIDTextError.wrongCheck) { try DeviceID(text: String(typed)) }
      }
    }
  }

  @Test func swappedNeighboursAreNoticed() {
    let symbols = Array(device.text.filter { $0 != "-" })
    for index in symbols.indices.dropLast() where symbols[index] != symbols[index + 1] {
      var typed = symbols
      typed.swapAt(index, index + 1)
      #expect(throws: DeviceIDTextError.wrongCheck) { try DeviceID(text: String(typed)) }
    }
  }

  @Test func missingAndSuperfluousSymbolsAreNoticed() {
    let symbols = device.text.filter { $0 != "-" }
    #expect(throws: DeviceIDTextError.tooShort(symbolCount: 55)) { try DeviceID(text: String(symbols.dropLast())) }
    #expect(throws: DeviceIDTextError.tooShort(symbolCount: 0)) { try DeviceID(text: "") }
    #expect(throws: DeviceIDTextError.tooLong) { try DeviceID(text: symbols + "A") }
    #expect(throws: DeviceIDTextError.tooShort(symbolCount: 8)) { try DeviceID(text: device.shortForm) }
  }

  @Test(arguments: ["9", "_", "\u{E4}", "\u{1F600}", "\0"]) func otherSymbolsAreNamed(symbol: Character) {
    #expect(throws: DeviceIDTextError.unknownSymbol(symbol)) { try DeviceID(text: String(symbol) + device.text) }
  }
}
