import CoveyCore
import CoveyEngine
import Synchronization
import Testing

/// The rates that people see are of what happened, over the last seconds.
@Suite struct RateMeterTests {
  private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: UInt64((1_000 + seconds) * 1e9)) }

  @Test func `a steady stream has its rate, from the first second on`() {
    var meter = RateMeter()
    for tick in 0..<100 {
      let now = at(Double(tick) / 10)
      meter.add(50, at: now)
      if tick >= 10 { #expect((400.0...600).contains(meter.perSecond(at: now)), "at \(tick)") }
    }
  }

  @Test func `what is over is forgotten within seconds`() {
    var meter = RateMeter()
    meter.add(1_000, at: at(0.2))
    #expect(meter.perSecond(at: at(0.3)) == 2_000, "not taken over less than half a second")
    #expect(meter.perSecond(at: at(2.2)) == 500)
    #expect(meter.perSecond(at: at(5.9)) > 0)
    #expect(meter.perSecond(at: at(6.1)) == 0)
    #expect(meter.perSecond(at: at(1e6)) == 0)
    // What begins anew is measured from then on.
    meter.add(300, at: at(1e6))
    #expect(meter.perSecond(at: at(1e6 + 1)) == 300)
  }

  @Test func `nothing has no rate`() { #expect(RateMeter().perSecond(at: at(0)) == 0) }
}

@Suite struct ActivityTests {
  private let folder = FolderID(high: 1, low: 2)
  private final class Clock: Sendable {
    let now = Mutex(Instant(nanoseconds: 5_000_000_000))
    func pass(_ duration: Duration) { now.withLock { $0 = $0.advanced(by: duration) } }
  }

  @Test func `what arrived counts against what is lacking until that changes`() {
    let clock = Clock()
    let activity = Activity(now: { clock.now.withLock { $0 } })
    #expect(activity.progress(of: folder, lackingByteCount: 100) == FolderProgress())
    activity.did(.received(10), in: folder)
    _ = activity.progress(of: folder, lackingByteCount: 100)
    activity.did(.received(30), in: folder)
    clock.pass(.seconds(1))
    let half = activity.progress(of: folder, lackingByteCount: 100)
    #expect(half.arrivedByteCount == 30 && half.receivedBytesPerSecond == 40)
    #expect(activity.progress(of: folder, lackingByteCount: 60).arrivedByteCount == 0, "it was placed")
    #expect(activity.progress(of: FolderID(high: 9, low: 9), lackingByteCount: 0) == FolderProgress())
  }

  @Test func `a scan tells what it has still to read, and begins from nothing`() {
    let clock = Clock()
    let activity = Activity(now: { clock.now.withLock { $0 } })
    for work in [.scanBegan, .scanned(fileCount: 7), .mustRead(1_000), .read(400), .mustRead(-100)] as [FolderWork] { activity.did(work, in: folder) }
    let progress = activity.progress(of: folder, lackingByteCount: 0)
    #expect(progress.scannedFileCount == 7 && progress.bytesToRead == 500 && progress.readBytesPerSecond == 800)
    activity.did(.scanBegan, in: folder)
    #expect(activity.progress(of: folder, lackingByteCount: 0).scannedFileCount == 0)
  }

  @Test func `work that goes on wakes those who look on, at most twice a second`() async {
    let clock = Clock()
    let activity = Activity(now: { clock.now.withLock { $0 } })
    let changes = activity.changes()
    var looks = changes.makeAsyncIterator()
    await looks.next()
    for _ in 0..<100 { activity.did(.sent(1), in: folder) }
    await looks.next()
    clock.pass(.milliseconds(400))
    for _ in 0..<100 { activity.did(.sent(1), in: folder) }
    clock.pass(.milliseconds(200))
    let before = activity.progress(of: folder, lackingByteCount: 0).sentBytesPerSecond
    #expect(before > 0)
    // Nothing woke it in between: the next wake is the one after this.
    activity.did(.sent(800), in: folder)
    await looks.next()
    #expect(activity.progress(of: folder, lackingByteCount: 0).sentBytesPerSecond > before)
  }
}
