package import CoveyCore

/// How much of something happened a second, over the last few seconds.
package struct RateMeter: Hashable, Sendable {
  /// How many seconds it looks back, the present one not counted.
  static let secondCount = 5

  /// Amounts of single seconds, each in the place that its number gives.
  private var amounts = [Int64](repeating: 0, count: secondCount + 1)
  private var newest: UInt64 = 0
  /// When what is going on began: a rate is not taken over time in which nothing had begun.
  private var begun: Instant = .start

  package init() {}

  package mutating func add(_ amount: Int64, at now: Instant) {
    let second = Self.second(of: now)
    if second == newest, begun != .start { amounts[Self.place(of: second)] += amount; return }
    if perSecond(at: now) == 0 { begun = now }
    for place in passed(until: second) { amounts[place] = 0 }
    newest = max(newest, second)
    amounts[Self.place(of: newest)] += amount
  }

  package func perSecond(at now: Instant) -> Double {
    let second = Self.second(of: now)
    let gone = Set(passed(until: second))
    let sum = amounts.indices.reduce(Int64(0)) { gone.contains($1) ? $0 : $0 + amounts[$1] }
    guard sum > 0 else { return 0 }
    let (seconds, attoseconds) = now.duration(since: begun).components
    let intoThisOne = Double(now.nanoseconds % 1_000_000_000) / 1e9
    return Double(sum) / max(0.5, min(Double(seconds) + Double(attoseconds) / 1e18, Double(Self.secondCount) + intoThisOne))
  }

  /// Places whose amounts are of seconds too long ago.
  private func passed(until second: UInt64) -> [Int] {
    guard second > newest else { return [] }
    return (newest + 1...min(second, newest + UInt64(amounts.count))).map(Self.place)
  }

  private static func second(of moment: Instant) -> UInt64 { moment.nanoseconds / 1_000_000_000 }
  private static func place(of second: UInt64) -> Int { Int(second % UInt64(secondCount + 1)) }
}
