import CoveyProtocol
import Testing

@Suite struct PairingCodeTests {
  @Test func `A code is read as it is shown, in either case and with any separators`() throws {
    var dice = PairingDice(seed: 4)
    for _ in 0..<200 {
      let code = PairingCode.make(using: &dice)
      let text = code.text
      #expect(text.count == 12 && text.split(separator: "-").map(\.count) == [2, 4, 4])
      #expect(try PairingCode(text) == code)
      #expect(try PairingCode(text.lowercased().replacing("-", with: " ")) == code)
      #expect(try PairingCode(text.replacing("0", with: "o").replacing("1", with: "l")) == code)
      #expect(try PairingCode(text.replacing("0", with: "O").replacing("1", with: "I").replacing("-", with: "")) == code)
      #expect(code.slot < 1024 && code.secret.count == 7)
      #expect(Array(text.replacing("-", with: "").utf8)[2..<9].elementsEqual(code.secret))
    }
  }

  @Test func `A mistyped symbol is nearly always caught`() throws {
    var dice = PairingDice(seed: 5)
    var (caught, total) = (0, 0)
    for _ in 0..<100 {
      let symbols = Array(PairingCode.make(using: &dice).text.replacing("-", with: ""))
      for place in 0..<10 {
        var wrong = symbols
        wrong[place] = symbols[place] == "7" ? "8" : "7"
        total += 1
        do { _ = try PairingCode(String(wrong)) } catch { caught += error == .mistyped ? 1 : 0 }
      }
    }
    #expect(caught > total * 9 / 10)
  }

  @Test func `What is no code is told apart`() {
    #expect(throws: PairingCodeError.wrongLength) { try PairingCode("") }
    #expect(throws: PairingCodeError.wrongLength) { try PairingCode("7K-QF3M-9D2") }
    #expect(throws: PairingCodeError.wrongLength) { try PairingCode(String(repeating: "7", count: 11)) }
    #expect(throws: PairingCodeError.wrongSymbol("U")) { try PairingCode("7K-QF3M-9D2U") }
    #expect(throws: PairingCodeError.wrongSymbol("ß")) { try PairingCode("7K-QF3M-9D2ß") }
    #expect(throws: PairingCodeError.wrongSymbol("é")) { try PairingCode("é") }
  }

  @Test func `The slot says nothing of the secret and all codes differ`() {
    var dice = PairingDice(seed: 6)
    let codes = (0..<2000).map { _ in PairingCode.make(using: &dice) }
    #expect(Set(codes).count == 2000)
    #expect(Set(codes.map(\.slot)).count > 700)
  }
}
