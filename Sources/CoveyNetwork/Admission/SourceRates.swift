package import CoveyCore

/// A token bucket for each source: so many a second, as many at once.
package struct SourceRates: Sendable {
  private struct Bucket {
    var tokens: Double
    var filled: Instant
  }

  private let perSecond: Double
  private let sourceCountMax: Int
  private var buckets: [Source: Bucket] = [:]

  package init(perSecond: Double, sourceCountMax: Int) {
    self.perSecond = perSecond
    self.sourceCountMax = sourceCountMax
  }

  /// Takes a token of `source`; false when it has none left, or when too many sources are busy to remember one more.
  package mutating func take(_ source: Source, at now: Instant) -> Bool {
    if buckets[source] == nil && buckets.count >= sourceCountMax {
      // A second without an attempt fills a bucket, and a full bucket needs no memory.
      buckets = buckets.filter { now.duration(since: $0.value.filled) < .seconds(1) }
      guard buckets.count < sourceCountMax else { return false }
    }
    var bucket = buckets[source] ?? Bucket(tokens: perSecond, filled: now)
    let elapsed = Double(now.duration(since: bucket.filled) / .nanoseconds(1)) / 1e9
    bucket.tokens = min(perSecond, bucket.tokens + elapsed * perSecond)
    bucket.filled = now
    let granted = bucket.tokens >= 1
    if granted { bucket.tokens -= 1 }
    buckets[source] = bucket
    return granted
  }
}
