import CoveyCore

/// Contents that cannot be had now: who is not asked for them, and when again.
extension FolderMachine.Planning {
  /// How often a content was refused in a row. Whoever refused may just have met a moment of trouble with its disk.
  struct Refusal: Hashable {
    static let delayMax = Duration.seconds(3_600)
    var count = 0
    var since: Instant
    var retry: Instant
  }

  mutating func refused(_ root: Root, by peers: [DeviceID], at now: Instant) {
    guard !peers.isEmpty else { return }
    unavailable[root, default: []].formUnion(peers)
    let (count, since) = ((refusals[root]?.count ?? 0) + 1, refusals[root]?.since ?? now)
    let retry = now.advanced(by: min(Refusal.delayMax, .seconds(1 << min(count, 12))))
    refusals[root] = Refusal(count: count, since: since, retry: retry)
    refusalsDue = min(refusalsDue ?? retry, retry)
  }

  /// Lets peers be asked again for what they refused long enough ago; what is not refused once more by the next time is forgotten.
  mutating func askAgain(own: DeviceID, at now: Instant) {
    guard let due = refusalsDue, due <= now else { return }
    for (root, refusal) in refusals where refusal.retry <= now {
      let peers = unavailable[root]?.subtracting([own]) ?? []
      if peers.isEmpty { refusals[root] = nil; continue }
      unavailable[root]?.subtract(peers)
      if unavailable[root]?.isEmpty == true { unavailable[root] = nil }
      refusals[root]?.retry = now.advanced(by: min(Refusal.delayMax, .seconds(1 << min(refusal.count + 1, 12))))
    }
    refusalsDue = refusals.values.map(\.retry).min()
    begin()
  }

  mutating func forgetUnavailable(of device: DeviceID) {
    guard !unavailable.isEmpty else { return }
    for root in unavailable.keys { unavailable[root]?.remove(device) }
    unavailable = unavailable.filter { !$0.value.isEmpty }
  }
}

extension FolderMachine {
  /// How long losers' bytes are awaited; not as long on every device, so that one of them begins.
  var patienceEnds: Instant? {
    planning.isPatienceOver ? nil : planning.losersAwaitedSince?.advanced(by: .milliseconds(5_000 + Int64(setup.device.key.words.0 % 5_000)))
  }
}
