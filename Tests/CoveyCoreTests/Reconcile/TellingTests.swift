import CoveyCore
import Testing

@Suite struct TellingTests {
  private let log = LogID(1)

  @Test(arguments: [[1, 2, 3, 7, 8, 12], [12, 8, 7, 3, 2, 1], [8, 1, 3, 2, 12, 7, 8, 1]] as [[UInt64]])
  func `what was told is known, in whatever order it came, and nothing else`(numbers: [UInt64]) {
    var telling = Telling(base: VersionVector())
    for number in numbers { telling.add(Dot(log: log, sequence: number)) }
    for number in 0...15 as ClosedRange<UInt64> {
      #expect(telling.contains(Dot(log: log, sequence: number)) == numbers.contains(number))
      #expect(!telling.contains(Dot(log: LogID(2), sequence: number)))
    }
  }
}
