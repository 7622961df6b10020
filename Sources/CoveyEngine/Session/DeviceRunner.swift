package import CoveyCore
import CoveyProtocol
package import Logging
import Synchronization

/// One device at work: its folders, its connections, and the way between them.
package actor DeviceRunner {
  package struct Setup: Sendable {
    package var key: DeviceKey
    package var keyAgreementKey: Bytes32
    package var name: String
    package var programVersion: String
    package var machineID: String
    package var advertise: [String]
    package var usesDiscovery: Bool
    package var store: any DeviceStore
    package var network: any PeerNetwork
    package var discovery: any Discovery
    package var work: BlockingWork
    package var pace: TransferPace
    package var logger: Logger
    package var now: @Sendable () -> Instant
    package var wallClock: @Sendable () -> Timestamp
    /// Keeps the membership records beside the identity, where a lost record of the folders does not take them along.
    package var saveMembership: @Sendable ([SignedRecord]) throws -> Void
    /// Addresses at which a listener on `host:port` can be reached from elsewhere.
    package var reachable: @Sendable (String) -> [String]
    /// Within this time of a connection the other end has said who it is.
    package var greetingTimeout = Duration.seconds(10)
    /// The language it speaks with peers: who speaks another is refused.
    package var protocolVersion: UInt32 = 1

    package init(
      key: DeviceKey, keyAgreementKey: Bytes32, name: String, programVersion: String, machineID: String, advertise: [String],
      usesDiscovery: Bool, store: any DeviceStore, network: any PeerNetwork, discovery: any Discovery, work: BlockingWork,
      pace: TransferPace, logger: Logger, now: @escaping @Sendable () -> Instant, wallClock: @escaping @Sendable () -> Timestamp,
      saveMembership: @escaping @Sendable ([SignedRecord]) throws -> Void, reachable: @escaping @Sendable (String) -> [String]
    ) {
      self.key = key
      self.keyAgreementKey = keyAgreementKey
      self.name = name
      self.programVersion = programVersion
      self.machineID = machineID
      self.advertise = advertise
      self.usesDiscovery = usesDiscovery
      self.store = store
      self.network = network
      self.discovery = discovery
      self.work = work
      self.pace = pace
      self.logger = logger
      self.now = now
      self.wallClock = wallClock
      self.saveMembership = saveMembership
      self.reachable = reachable
    }
  }

  package nonisolated let setup: Setup
  package nonisolated let team: TeamState
  package nonisolated let table = SessionTable()
  package nonisolated let activity: Activity
  nonisolated let ownName: Mutex<String>
  /// What this device is called; may change while it runs.
  package nonisolated var name: String { ownName.withLock { $0 } }
  nonisolated var own: DeviceID { setup.key.device }

  var runners: [FolderID: (runner: FolderRunner, isPaused: Bool)] = [:]
  private let disks = FolderDisks()
  var offers: [DeviceID: [FolderOffer]] = [:]
  /// Folders for which a peer's machine state was opened on this connection.
  var joined: [DeviceID: Set<FolderID>] = [:]
  var peers: [DeviceID: KnownPeer] = [:]
  /// Names that this device's people gave to others.
  var aliases: [DeviceID: String] = [:]
  /// What each peer was last told of the folders shared here.
  var told: [DeviceID: [FolderOffer]] = [:]
  /// Addresses that devices tell of themselves: only these are passed on.
  var advertised: [DeviceID: [String]] = [:]
  /// Why a device that could be reached is not connected, with the remedy.
  package internal(set) var refusals: [DeviceID: String] = [:]
  var dialling = Dialling()
  nonisolated let pairing = PairingDesk()
  package private(set) var listenAddress = ""
  /// Folders that stopped because their record failed.
  package nonisolated let failures: AsyncStream<FolderID>
  private let failureSink: AsyncStream<FolderID>.Continuation
  var isStopping = false
  private let jobs: AsyncStream<@Sendable () async -> Void>
  private let jobSink: AsyncStream<@Sendable () async -> Void>.Continuation
  private var sessionCount: UInt64 = 0

  package init(setup: Setup, team: TeamState) {
    self.setup = setup
    self.team = team
    activity = Activity(now: setup.now)
    ownName = Mutex(setup.name)
    (jobs, jobSink) = AsyncStream.makeStream()
    // Bounded by the folders: each fails once.
    (failures, failureSink) = AsyncStream.makeStream()
  }

  /// Listens; returns the bound `host:port`. Call before ``run()``.
  package func listen() async throws -> String {
    for peer in try setup.store.peers() {
      peers[peer.device] = peer
      if let alias = try setup.store.value(forKey: Self.aliasKey(peer.device)) { aliases[peer.device] = String(decoding: alias, as: UTF8.self) }
    }
    let (team, pairing) = (team, pairing)
    listenAddress = try await setup.network.listen(
      NetworkHandlers(
        authorize: { team.isActive($0) },
        acceptsPairing: { pairing.isOpen },
        connected: { [weak self] connection in
          guard let self else { return connection.close() }
          start { await self.serve(connection) }
        },
        pairing: { [weak self] channel in
          guard let self else { return channel.close() }
          start { await self.receive(channel) }
        },
        networkChanged: { [weak self] in
          guard let self else { return }
          start { await self.networkChanged() }
        }))
    return listenAddress
  }

  /// Runs folders, connections and dialling until ``stop()``.
  package func run() async {
    if setup.usesDiscovery { await startDiscovery() }
    for device in team.members.keys where device != own { dialling.add(device) }
    start { await self.dialDue() }
    start { await self.keepOffersCurrent() }
    await withDiscardingTaskGroup { group in
      for await job in jobs { group.addTask { await job() } }
      group.cancelAll()
    }
  }

  /// Adds work to the ones that ``run()`` waits for; bounded by what starts it: connections, folders, dials.
  nonisolated func start(_ job: @escaping @Sendable () async -> Void) { jobSink.yield(job) }

  /// Stops folders first, so that what is in flight ends well, then connections.
  package func stop() async {
    isStopping = true
    let all = runners.values.map(\.runner)
    await withDiscardingTaskGroup { group in for runner in all { group.addTask { await runner.stop() } } }
    if setup.usesDiscovery { await setup.discovery.stop() }
    await setup.network.stop()
    for session in table.all { session.close(because: "this device stops") }
    failureSink.finish()
    jobSink.finish()
  }

  // MARK: Folders

  package func runner(_ folder: FolderID) -> FolderRunner? { runners[folder]?.runner }
  package var allRunners: [FolderRunner] { runners.values.map(\.runner).sorted { $0.label < $1.label } }

  /// Takes a folder into work. Its record must be in the store.
  package func add(_ machine: FolderMachine, label: String, place: FolderPlace, isPaused: Bool) async {
    let runner = FolderRunner(machine: machine, label: label, place: place, world: world())
    runners[runner.folder] = (runner, isPaused)
    start { [failureSink] in
      await runner.run()
      if await runner.failure != nil { failureSink.yield(runner.folder) }
    }
    await tellFolders()
    await tellConnected(runner)
  }

  /// Takes a folder out of work; returns once it has stopped.
  package func remove(_ folder: FolderID) async {
    guard let runner = runners.removeValue(forKey: folder)?.runner else { return }
    for device in joined.keys {
      joined[device]?.remove(folder)
      table.removeSender(folder, device)
    }
    await runner.stop()
    await runner.waitUntilStopped()
    await tellFolders()
  }

  package func setPaused(_ folder: FolderID, _ isPaused: Bool) async {
    guard let runner = runners[folder]?.runner else { return }
    runners[folder] = (runner, isPaused)
    await runner.handle(.command(isPaused ? .pause : .resume))
    await tellFolders()
  }

  private func world() -> FolderWorld {
    let (table, activity, setup, disks) = (table, activity, setup, disks)
    return FolderWorld(
      store: setup.store, disks: disks, work: setup.work, pace: setup.pace, machineID: setup.machineID, logger: setup.logger, now: setup.now,
      wallClock: setup.wallClock, session: { table.session($0) }, announce: { table.announce($0) },
      openRounds: { [weak self] folder, device, knowledge in self?.openRounds(folder, device, knowledge) },
      resetSessions: { _ in for session in table.all { session.close(because: "what was agreed is begun anew") } },
      changed: { activity.changed($0) }, progress: { activity.did($1, in: $0) })
  }

  private nonisolated func openRounds(_ folder: FolderID, _ device: DeviceID, _ knowledge: VersionVector) {
    guard let session = table.session(device) else { return }
    let sender = RoundSender(folder: folder, session: session, store: setup.store, work: setup.work, known: knowledge)
    table.enter(sender, for: device)
    start {
      do { try await sender.run() } catch { session.close(because: "what it lacks could not be sent: \(error)") }
    }
  }

  func nextSessionNumber() -> UInt64 {
    sessionCount += 1
    return sessionCount
  }

  /// Ends every connection, so that each is begun anew under what holds now.
  package func resetSessions() { for session in table.all { session.close(because: "everything is begun anew") } }
}
