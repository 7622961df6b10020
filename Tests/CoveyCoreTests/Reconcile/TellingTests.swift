import CoveyCore
import Testing

@Suite struct TellingTests {
  private let log = LogID(1)

  @Test(arguments: [[1, 2, 3, 7, 8, 12], [12, 8, 7, 3, 2, 1], [8, 1, 3, 2, 12, 7, 8, 1], [0, 63, 64, 127, 129]] as [[UInt64]])
  func `what was told is known, in whatever order it came, and nothing else`(numbers: [UInt64]) {
    var telling = Telling(base: VersionVector())
    for number in numbers { telling.add(Dot(log: log, sequence: number)) }
    for number in 0...130 as ClosedRange<UInt64> {
      #expect(telling.contains(Dot(log: log, sequence: number)) == numbers.contains(number))
      #expect(!telling.contains(Dot(log: LogID(2), sequence: number)))
    }
  }

  @Test func `past a bound everything counts as told`() {
    var telling = Telling(base: VersionVector())
    for block in 0..<UInt64(Telling.blockCountMax) { telling.add(Dot(log: log, sequence: block * 64)) }
    #expect(!telling.contains(Dot(log: log, sequence: 1)))
    telling.add(Dot(log: log, sequence: UInt64(Telling.blockCountMax) * 64))
    #expect(telling.contains(Dot(log: log, sequence: 1)))
    #expect(telling.rebased(on: VersionVector()).contains(Dot(log: log, sequence: 1)))
  }
}
