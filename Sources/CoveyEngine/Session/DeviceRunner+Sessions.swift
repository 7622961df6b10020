package import CoveyCore
import CoveyProtocol
import Logging
import Synchronization

/// From connection to folder and back.
extension DeviceRunner {
  static let addressCountMax = 16

  func serve(_ connection: any PeerConnection) async {
    if isStopping || peers[connection.device]?.isPaused == true { return connection.close() }
    let session = PeerSession(connection: connection, number: nextSessionNumber(), opened: setup.now())
    let server = SessionServer(device: self, session: session, table: table, team: team, logger: setup.logger, greetingTimeout: setup.greetingTimeout)
    await server.run(hello: hello())
  }

  private func hello() -> Hello {
    let addresses = setup.advertise == ["none"] ? [] : setup.advertise.isEmpty ? setup.reachable(listenAddress) : setup.advertise
    return Hello(
      protocolVersion: setup.protocolVersion, deviceName: name, programVersion: setup.programVersion, addresses: WireLimits.addresses(addresses))
  }

  /// Makes the connection the one that counts, or closes it in favour of another; then false.
  func enter(_ session: PeerSession, hello: Hello) async -> Bool {
    let given = table.enter(session, own: own, at: setup.now())
    if given === session {
      session.close(because: "another connection with it is kept")
      return false
    }
    if let given {
      given.close(because: "another connection with it is kept")
      await leaveFolders(session.device)
    }
    refusals[session.device] = nil
    note(hello, of: session.device)
    return true
  }

  /// A device was reached that cannot be talked with; until it can, status says so.
  func refused(_ device: DeviceID, because reason: String) {
    refusals[device] = reason
    activity.changedDevices()
  }

  /// What a peer says of itself: at the beginning of a connection, and whenever that changes.
  private func note(_ hello: Hello, of device: DeviceID) {
    var peer = peers[device] ?? KnownPeer(device: device, name: "", addresses: [], lastSeen: nil, isPaused: false)
    if !hello.deviceName.isEmpty { peer.name = hello.deviceName }
    peer.addresses = Array((hello.addresses + peer.addresses).uniqued().prefix(Self.addressCountMax))
    peer.lastSeen = setup.wallClock().seconds
    remember(peer)
    advertised[device] = hello.addresses
  }

  func hearAnew(_ hello: Hello, from session: PeerSession) {
    guard table.isCurrent(session) else { return }
    note(hello, of: session.device)
    activity.changedDevices()
  }

  /// Takes another name: for the versions authored from now on, and for peers at once.
  package func takeName(_ name: String) async {
    ownName.withLock { $0 = name }
    for (runner, _) in runners.values { await runner.handle(.command(.takeName(name))) }
    for session in table.all { try? await session.send(.hello(hello())) }
    activity.changedDevices()
  }

  func remember(_ peer: KnownPeer) {
    guard peers[peer.device] != peer else { return }
    peers[peer.device] = peer
    do { try setup.store.setPeer(peer) } catch { setup.logger.warning("what is known of a peer could not be kept: \(error)") }
  }

  /// Membership is in step: folders may be spoken of.
  func opened(_ session: PeerSession) async throws {
    guard table.isCurrent(session) else { return }
    dialling.succeeded(session.device)
    setup.logger.info(
      "connected", metadata: ["peer": "\(name(of: session.device))", "id": "\(session.device.shortForm)", "address": "\(session.connection.remoteAddress)"])
    let all = await ownOffers()
    told[session.device] = all
    try await session.send(.folders(all))
    try await session.send(.addresses(knownAddresses(except: session.device)))
    activity.changedDevices()
  }

  func left(_ session: PeerSession, because reason: String) async {
    guard table.leave(session) else { return endedEarly(session) }
    offers[session.device] = nil
    told[session.device] = nil
    await leaveFolders(session.device)
    if var peer = peers[session.device] {
      peer.lastSeen = setup.wallClock().seconds
      remember(peer)
    }
    await tellConnected()
    setup.logger.info("connection lost", metadata: ["peer": "\(name(of: session.device))", "id": "\(session.device.shortForm)", "reason": "\(reason)"])
    activity.changedDevices()
    dialling.lost(session.device, at: setup.now())
    start { await self.dialDue() }
  }

  /// A device that answered and was gone before it counted as connected is dialled again, after a pause that grows.
  private func endedEarly(_ session: PeerSession) {
    guard session.connection.isOutgoing, table.session(session.device) == nil else { return }
    dialling.ended(session.device, isConnected: false, at: setup.now(), jitter: Double.random(in: 0...1))
    start { await self.dialDue() }
  }

  private func leaveFolders(_ device: DeviceID) async {
    for folder in joined.removeValue(forKey: device) ?? [] {
      table.removeSender(folder, device)
      await runners[folder]?.runner.handle(.peerLeft(device))
    }
  }

  private func tellConnected() async {
    for (_, entry) in runners { await tellConnected(entry.runner) }
  }

  func tellConnected(_ runner: FolderRunner) async {
    let devices = introduced
    await runner.handle(.connected(devices, paused: devices.subtracting(introduced(to: runner.folder))))
  }

  /// Who paused the folder may be the one who has it, though nothing is heard of that.
  package func introduced(to folder: FolderID) -> Set<DeviceID> {
    introduced.filter { device in offers[device]?.contains { $0.folder == folder && $0.isPaused } == false }
  }

  // MARK: Folders that are shared

  private func ownOffers() async -> [FolderOffer] {
    var all: [FolderOffer] = []
    for (folder, entry) in runners.sorted(by: { $0.key < $1.key }) {
      let held = (try? await entry.runner.status())?.held
      all.append(
        FolderOffer(
          folder: folder, label: entry.runner.label, fileCount: held?.fileCount ?? 0, byteCount: held?.byteCount ?? 0, isPaused: entry.isPaused))
    }
    return all
  }

  /// Tells every peer what this device shares now, and joins what both share.
  func tellFolders() async {
    let all = await ownOffers()
    for session in table.all {
      told[session.device] = all
      try? await session.send(.folders(all))
      await joinShared(with: session.device)
    }
    activity.changedDevices()
  }

  /// How often those who have not placed a folder hear how much is in it, while it changes.
  static let offerInterval = Duration.seconds(2)

  /// Keeps true what was told of folders to peers that have not placed them.
  func keepOffersCurrent() async {
    for await _ in activity.changes() {
      if isStopping { return }
      await tellChangedOffers()
      try? await Task.sleep(for: Self.offerInterval)
    }
  }

  private func tellChangedOffers() async {
    let waiting = table.all.filter { session in
      guard let theirs = offers[session.device].map({ Set($0.map(\.folder)) }) else { return false }
      return !runners.keys.allSatisfy(theirs.contains)
    }
    guard !waiting.isEmpty else { return }
    let all = await ownOffers()
    for session in waiting where told[session.device].map({ $0 != all }) ?? false {
      told[session.device] = all
      try? await session.send(.folders(all))
    }
  }

  func offered(_ offers: [FolderOffer], by session: PeerSession) async {
    guard table.isCurrent(session) else { return }
    self.offers[session.device] = offers
    await joinShared(with: session.device)
    await tellConnected()
    activity.changedDevices()
  }

  private func joinShared(with device: DeviceID) async {
    guard let theirs = offers[device] else { return }
    let shared = Set(theirs.filter { !$0.isPaused }.map(\.folder)).intersection(runners.filter { !$0.value.isPaused }.keys)
    let before = joined[device] ?? []
    joined[device] = shared
    for folder in before.subtracting(shared) {
      table.removeSender(folder, device)
      await runners[folder]?.runner.handle(.peerLeft(device))
    }
    for folder in shared.subtracting(before) { await runners[folder]?.runner.handle(.peerJoined(device)) }
  }

  /// Folders that peers share and this device does not.
  package func openOffers() -> [(offer: FolderOffer, from: DeviceID)] {
    var seen: Set<FolderID> = Set(runners.keys)
    var all: [(FolderOffer, DeviceID)] = []
    for (device, offers) in offers.sorted(by: { $0.key < $1.key }) {
      for offer in offers where seen.insert(offer.folder).inserted { all.append((offer, device)) }
    }
    return all
  }

  /// How many of this device's folders each connected peer shares, paused ones included.
  package var sharedCounts: [DeviceID: Int] { offers.mapValues { offers in offers.filter { runners[$0.folder] != nil }.count } }

  /// Devices that are connected and have said what they share.
  package var introduced: Set<DeviceID> { Set(offers.keys).intersection(table.devices) }

  /// Connects to a device that was paired with just now.
  package func meet(_ device: DeviceID, at address: String) {
    learn(addresses: [address], of: device, areFresh: true)
  }

  func contentServer(_ folder: FolderID) async -> ContentServer? {
    guard let runner = runners[folder]?.runner else { return nil }
    return await runner.contentServer()
  }

  // MARK: Membership

  func learn(_ records: [SignedRecord], from session: PeerSession) async {
    let new = team.insert(records)
    guard !new.isEmpty else { return }
    await membershipChanged(new, except: session.device)
  }

  /// Keeps and passes on what is new of the team.
  func membershipChanged(_ new: [SignedRecord], except: DeviceID?) async {
    do { try setup.saveMembership(team.records) } catch { setup.logger.error("the membership records could not be kept: \(error)") }
    for session in table.all where session.device != except {
      for message in Message.split(new) { try? await session.send(message) }
    }
    let (members, heads) = (Set(team.members.keys), team.headsToName(by: own))
    for (runner, _) in runners.values { await runner.handle(.membersChanged(members, heads: heads)) }
    for session in table.all where !team.isActive(session.device) { session.close(because: "it is no member of the team any more") }
    for device in members where device != own { dialling.add(device) }
    start { await self.dialDue() }
    activity.changedDevices()
  }

  // MARK: Addresses

  private func knownAddresses(except device: DeviceID) -> [PeerAddress] {
    advertised.filter { $0.key != device && team.isActive($0.key) && !$0.value.isEmpty }.sorted { $0.key < $1.key }.prefix(256)
      .map { PeerAddress(device: $0.key, addresses: $0.value) }
  }

  func hear(_ addresses: [PeerAddress]) {
    for address in addresses where address.device != own && team.isActive(address.device) {
      if table.session(address.device) == nil { advertised[address.device] = Array(address.addresses.prefix(Self.addressCountMax)) }
      learn(addresses: address.addresses, of: address.device, areFresh: false)
    }
  }

  /// Notes where a device may be reached; fresh ones are tried at once.
  func learn(addresses: [String], of device: DeviceID, areFresh: Bool) {
    var peer = peers[device] ?? KnownPeer(device: device, name: team.members[device]?.name ?? "", addresses: [], lastSeen: nil, isPaused: false)
    let known = peer.addresses
    peer.addresses = Array((areFresh ? addresses + known : known + addresses).uniqued().prefix(Self.addressCountMax))
    remember(peer)
    if areFresh || known.isEmpty, table.session(device) == nil {
      dialling.hurry(device, at: setup.now())
      start { await self.dialDue() }
    }
  }

  package func setPeerPaused(_ device: DeviceID, _ isPaused: Bool) {
    var peer = peers[device] ?? KnownPeer(device: device, name: team.members[device]?.name ?? "", addresses: [], lastSeen: nil, isPaused: false)
    peer.isPaused = isPaused
    remember(peer)
    if isPaused { table.session(device)?.close(because: "it was paused here") } else { dialling.hurry(device, at: setup.now()); start { await self.dialDue() } }
  }

  static func aliasKey(_ device: DeviceID) -> String { "alias:\(device.key.hex)" }

  /// Gives another device a name that this device alone uses.
  package func rename(_ device: DeviceID, to name: String) throws {
    if peers[device] == nil { remember(KnownPeer(device: device, name: "", addresses: [], lastSeen: nil, isPaused: false)) }
    try setup.store.setValue(Array(name.utf8), forKey: Self.aliasKey(device))
    aliases[device] = name
    activity.changedDevices()
  }

  /// What a device is called here: what its people say, unless this device's people chose otherwise.
  package func name(of device: DeviceID) -> String {
    if device == own { return name }
    if let alias = aliases[device] { return alias }
    if let told = peers[device]?.name, !told.isEmpty { return told }
    return team.members[device]?.name ?? device.shortForm
  }

  package var knownPeers: [DeviceID: KnownPeer] { peers }
}

extension Array where Element: Hashable {
  /// Each element once, at its first place.
  func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
