import CoveyCore
import CoveyProtocol
import Logging

/// When each device is dialled next. Nothing is polled: a dial is due after a back-off, or because something hinted at an address.
struct Dialling {
  static let delayMin = Duration.seconds(1)
  static let delayMax = Duration.seconds(60)
  /// Who was here until lately is likely to be back soon.
  static let delayMaxOfLost = Duration.seconds(10)
  static let latelyMax = Duration.seconds(600)

  struct Line {
    var failures = 0
    /// When its last connection was lost.
    var lost: Instant?
    var due: Instant?
    var isBusy = false
  }

  private(set) var lines: [DeviceID: Line] = [:]
  /// When the one wake-up that is set will come.
  var waiting: Instant?

  mutating func add(_ device: DeviceID) { if lines[device] == nil { lines[device] = Line(due: .start) } }
  mutating func remove(_ device: DeviceID) { lines[device] = nil }

  mutating func hurry(_ device: DeviceID, at now: Instant) {
    add(device)
    lines[device]?.failures = 0
    lines[device]?.due = now
  }

  mutating func begin(_ device: DeviceID) { lines[device]?.isBusy = true; lines[device]?.due = nil }

  mutating func succeeded(_ device: DeviceID) { lines[device]?.failures = 0; lines[device]?.due = nil }

  /// A connection was lost: the other end may be back at once.
  mutating func lost(_ device: DeviceID, at now: Instant) {
    lines[device]?.lost = now
    if lines[device]?.due == nil { lines[device]?.due = now.advanced(by: .milliseconds(200)) }
  }

  /// - Parameter jitter: 0 to 1.
  mutating func ended(_ device: DeviceID, isConnected: Bool, at now: Instant, jitter: Double) {
    lines[device]?.isBusy = false
    guard !isConnected else { return }
    let failures = (lines[device]?.failures ?? 0) + 1
    lines[device]?.failures = failures
    let wasHereLately = lines[device]?.lost.map { now.duration(since: $0) < Self.latelyMax } ?? false
    let delay = min(wasHereLately ? Self.delayMaxOfLost : Self.delayMax, Self.delayMin * (1 << min(failures - 1, 6)))
    let due = now.advanced(by: delay * (0.75 + jitter / 2))
    // A hint that came while it was dialled counts.
    if lines[device]?.due == nil { lines[device]?.due = due }
  }

  func due(at now: Instant) -> [DeviceID] { lines.filter { !$0.value.isBusy && ($0.value.due.map { $0 <= now } ?? false) }.keys.sorted() }
  func isWaiting(for next: Instant) -> Bool { waiting.map { $0 <= next } ?? false }
  var next: Instant? { lines.values.filter { !$0.isBusy }.compactMap(\.due).min() }
}

extension DeviceRunner {
  /// Dials whoever is due, and comes back when somebody is.
  func dialDue() async {
    guard !isStopping else { return }
    for device in dialling.due(at: setup.now()) {
      guard table.session(device) == nil, team.isActive(device), peers[device]?.isPaused != true else {
        dialling.succeeded(device)
        continue
      }
      dialling.begin(device)
      start { await self.dial(device) }
    }
    guard let next = dialling.next, !dialling.isWaiting(for: next) else { return }
    dialling.waiting = next
    let delay = next.duration(since: setup.now())
    start {
      try? await Task.sleep(for: delay)
      if !Task.isCancelled { await self.wokenToDial() }
    }
  }

  private func wokenToDial() async {
    dialling.waiting = nil
    await dialDue()
  }

  private func dial(_ device: DeviceID) async {
    var isConnected = false
    for address in peers[device]?.addresses ?? [] {
      if isStopping || table.session(device) != nil { isConnected = true; break }
      do {
        let connection = try await setup.network.connect(to: address, expecting: device)
        isConnected = true
        noteReached(device, at: address)
        start { await self.serve(connection) }
        break
      } catch {
        setup.logger.debug("a device could not be reached: \(error)", metadata: ["peer": "\(device.shortForm)", "address": "\(address)"])
      }
    }
    dialling.ended(device, isConnected: isConnected, at: setup.now(), jitter: Double.random(in: 0...1))
    await dialDue()
  }

  /// Whoever was out of reach may be within it now, and others may look for this device where it was.
  func networkChanged() async {
    guard !isStopping else { return }
    setup.logger.info("the network changed")
    if setup.usesDiscovery, let port { await setup.discovery.announce(port: port) }
    for device in team.members.keys where device != own && table.session(device) == nil { dialling.hurry(device, at: setup.now()) }
    await dialDue()
  }

  /// Where this device listens.
  private var port: UInt16? { listenAddress.split(separator: ":").last.flatMap { UInt16($0) } }

  /// The address that worked comes first from now on.
  private func noteReached(_ device: DeviceID, at address: String) {
    guard var peer = peers[device] else { return }
    peer.addresses = Array(([address] + peer.addresses).uniqued().prefix(Self.addressCountMax))
    remember(peer)
  }

  // MARK: The local network

  func startDiscovery() async {
    let pairing = pairing
    let port = port ?? 0
    do {
      try await setup.discovery.start(
        DiscoveryHandlers(
          heard: { [weak self] announcement, host in
            guard let self else { return }
            start { await self.heard(announcement, host: host) }
          },
          openSlot: { pairing.isOpen(slot: $0) ? port : nil }))
      await setup.discovery.announce(port: port)
    } catch {
      setup.logger.warning("nothing is announced on the local network: \(error)")
    }
  }

  private func heard(_ announcement: DeviceAnnouncement, host: String) async {
    guard let device = team.members.keys.first(where: { $0 != own && announcement.matches($0) }) else { return }
    let address = host.contains(":") ? "[\(host)]:\(announcement.port)" : "\(host):\(announcement.port)"
    guard table.session(device) == nil else { return }
    learn(addresses: [address], of: device, areFresh: true)
  }
}
