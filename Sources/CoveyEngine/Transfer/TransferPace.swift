package import CoveyCore
import Synchronization

/// Keeps content under the limits of `[limits]`, in bytes a second; announcements are never held back.
///
/// A bucket a direction: it holds one second's worth, may be overdrawn by one request, and is refilled as time passes.
package final class TransferPace: Sendable {
  private struct Bucket {
    var rate: Int64
    var level: Double = 0
    var filled: Instant = .start
  }

  private let buckets: Mutex<(send: Bucket, receive: Bucket)>
  private let now: @Sendable () -> Instant

  /// 0 means no limit.
  package init(send: Int64, receive: Int64, now: @escaping @Sendable () -> Instant) {
    self.now = now
    buckets = Mutex((Bucket(rate: send), Bucket(rate: receive)))
  }

  package func setLimits(send: Int64, receive: Int64) {
    buckets.withLock { $0.send.rate = send; $0.receive.rate = receive }
  }

  package func send(_ byteCount: Int64) async { await wait { Self.take(byteCount, from: &$0.send, at: $1) } }
  package func receive(_ byteCount: Int64) async { await wait { Self.take(byteCount, from: &$0.receive, at: $1) } }

  private func wait(_ take: @Sendable (inout (send: Bucket, receive: Bucket), Instant) -> Duration) async {
    let moment = now()
    let delay = buckets.withLock { take(&$0, moment) }
    if delay > .zero { try? await Task.sleep(for: delay) }
  }

  private static func take(_ byteCount: Int64, from bucket: inout Bucket, at moment: Instant) -> Duration {
    guard bucket.rate > 0 else { return .zero }
    let rate = Double(bucket.rate)
    let elapsed = Double(moment.duration(since: bucket.filled).components.seconds) + Double(moment.duration(since: bucket.filled).components.attoseconds) / 1e18
    bucket.level = min(rate, bucket.level + elapsed * rate) - Double(byteCount)
    bucket.filled = moment
    return bucket.level >= 0 ? .zero : .seconds(-bucket.level / rate)
  }
}
