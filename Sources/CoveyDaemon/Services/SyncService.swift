package import CoveyCore
import CoveyDisk
import CoveyEngine
import CoveyNetwork
import CoveyProtocol
import CoveyStorage
import Crypto
import Glibc
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// The daemon's work: one device with its folders, and what its people ask of it.
package actor SyncService: DaemonService {
  package nonisolated let device: DeviceID
  nonisolated let surroundings: Daemon.Surroundings
  nonisolated let store: any DeviceStore
  private nonisolated let closeStore: @Sendable () -> Void
  nonisolated let engine: DeviceRunner
  nonisolated let network: TLSNetwork
  nonisolated let key: DeviceKey
  nonisolated let teamFile: TeamFile
  nonisolated let log: Logger
  nonisolated let started = ContinuousClock.now
  var configuration: Configuration
  /// Settings of the folders that are at work, by id.
  var folders: [FolderID: FolderSettings] = [:]
  private var address: String?
  private var waitingForAddress: [CheckedContinuation<String, any Error>] = []
  private var hasEnded = false

  /// Opens identity, team and record; nothing runs yet.
  package static func make(_ surroundings: Daemon.Surroundings) throws -> SyncService {
    let log = surroundings.log
    let secret = surroundings.key
    guard let key = DeviceKey(seed: Array(secret.rawRepresentation)), let agreement = Self.agreementKey(secret) else {
      throw HomeError("the key in \(surroundings.home.identity.escaped) cannot be used: put back a copy of it")
    }
    let name = surroundings.configuration.device.name.isEmpty ? DeviceSetup.machineName : surroundings.configuration.device.name
    let teamFile = TeamFile(identityDirectory: surroundings.home.identity)
    let isUsed = try teamFile.load() != nil
    let team = TeamState(graph: try Self.openTeam(teamFile, key: key, agreement: agreement, name: name))
    let store = try openStore(surroundings.home.stateDirectory, isUsed: isUsed, log: log)
    let network = try TLSNetwork(
      identity: try DeviceIdentity(key: secret), listeningAt: surroundings.configuration.device.listen.description,
      portBefore: try store.value(forKey: portKey).flatMap { UInt16(String(decoding: $0, as: UTF8.self)) }, logger: log)
    let limits = surroundings.configuration.limits
    let engine = DeviceRunner(
      setup: DeviceRunner.Setup(
        key: key, keyAgreementKey: agreement, name: name, programVersion: ProgramVersion.text, machineID: SystemFacts.machineID(),
        advertise: Self.addresses(surroundings.configuration.device.advertise), usesDiscovery: surroundings.configuration.device.discovery,
        store: store, network: network, discovery: LocalDiscovery(device: key.device, logger: log), work: BlockingWork(label: "covey.work"),
        pace: TransferPace(send: limits.send, receive: limits.receive, now: SystemFacts.now), logger: log, now: SystemFacts.now,
        wallClock: SystemFacts.wallClock, saveMembership: { try teamFile.save($0) }, reachable: Self.reachable),
      team: team)
    return SyncService(surroundings: surroundings, key: key, teamFile: teamFile, store: store, network: network, engine: engine)
  }

  private init(
    surroundings: Daemon.Surroundings, key: DeviceKey, teamFile: TeamFile, store: SQLiteStore, network: TLSNetwork, engine: DeviceRunner
  ) {
    self.surroundings = surroundings
    self.key = key
    self.teamFile = teamFile
    self.store = store
    closeStore = {
      do { try store.close() } catch { surroundings.log.warning("the record could not be closed: \(error)") }
    }
    self.network = network
    self.engine = engine
    log = surroundings.log
    configuration = surroundings.configuration
    device = key.device
  }

  /// The key for sealed folders follows from the device's own, so that there is one secret to keep.
  private static func agreementKey(_ secret: Curve25519.Signing.PrivateKey) -> Bytes32? {
    let derived = HKDF<SHA256>.deriveKey(
      inputKeyMaterial: SymmetricKey(data: secret.rawRepresentation), info: Array("covey/agreement/v1".utf8), outputByteCount: 32)
    return KeyAgreementKey(seed: derived.withUnsafeBytes { Array($0) })?.publicKey
  }

  private static func openTeam(_ file: TeamFile, key: DeviceKey, agreement: Bytes32, name: String) throws -> MembershipGraph {
    if let records = try file.load() { return try MembershipGraph(stored: records) }
    var generator = SystemRandomNumberGenerator()
    let genesis = try MembershipGraph.genesis(
      name: name, keyAgreementKey: agreement, recovery: nil, by: key, at: SystemFacts.wallClock(), using: &generator)
    try file.save([genesis])
    return try MembershipGraph(genesis: genesis)
  }

  /// A record that cannot be read is set aside, never thrown away: the folders are met as at first contact, so nothing is lost.
  /// - Parameter isUsed: a device lives in this home already: what cannot be told for its record was its record.
  private static func openStore(_ directory: String, isUsed: Bool, log: Logger) throws -> SQLiteStore {
    do {
      return try SQLiteStore(directory: directory, clock: SystemFacts.wallClock)
    } catch let error as StoreError where error.code == .damaged || error.code == .foreign && isUsed {
      let path = directory + "/" + SQLiteStore.fileName
      let aside = path + ".damaged-\(SystemFacts.wallClock().seconds)"
      guard rename(path, aside) == 0 else { throw error }
      for suffix in ["-wal", "-shm"] { rename(path + suffix, aside + suffix) }
      log.error("the record was damaged and set aside; it is built anew from the disk and the peers", metadata: ["set aside": "\(aside.escaped)"])
      return try SQLiteStore(directory: directory, clock: SystemFacts.wallClock)
    }
  }

  private static func addresses(_ advertise: Advertisement) -> [String] {
    switch advertise {
    case .found: []
    case .none: ["none"]
    case .only(let addresses): addresses.map(\.description)
    }
  }

  /// Where a listener can be reached: its own address, or where it listens on all of them every one of this machine.
  private static func reachable(_ bound: String) -> [String] {
    guard let colon = bound.lastIndex(of: ":") else { return [] }
    let (host, port) = (bound[..<colon], bound[bound.index(after: colon)...])
    guard host == "0.0.0.0" || host == "[::]" else { return [bound] }
    let hosts = LocalInterface.all().compactMap(\.address.ipAddress).filter { !$0.hasPrefix("127.") && $0 != "::1" && !$0.hasPrefix("fe80") }
    return (hosts.isEmpty ? ["127.0.0.1"] : hosts).map { $0.contains(":") ? "[\($0)]:\(port)" : "\($0):\(port)" }
  }

  // MARK: Running

  package nonisolated func run() async throws {
    do {
      try await begin()
    } catch {
      await failed(error)
      throw error
    }
    let engine = engine
    await withGracefulShutdownHandler {
      await withDiscardingTaskGroup { group in
        group.addTask { await self.reopenFailed() }
        group.addTask { await self.keepJournal() }
        await engine.run()
        group.cancelAll()
      }
    } onGracefulShutdown: {
      // The handler must return at once; the run above ends when the device has stopped.
      Task { await engine.stop() }
    }
    closeStore()
  }

  private func begin() async throws {
    let bound = try await engine.listen()
    if let port = bound.split(separator: ":").last { try store.setValue(Array(port.utf8), forKey: Self.portKey) }
    for settings in configuration.folders { try await open(settings, isMadeHere: settings.id == nil) }
    address = bound
    for waiting in waitingForAddress { waiting.resume(returning: bound) }
    waitingForAddress = []
  }

  private func failed(_ error: any Error) {
    hasEnded = true
    for waiting in waitingForAddress { waiting.resume(throwing: error) }
    waitingForAddress = []
  }

  package func listening() async throws -> String {
    if let address { return address }
    if hasEnded { throw CancellationError() }
    return try await withCheckedThrowingContinuation { waitingForAddress.append($0) }
  }

  package func shareIfNew(_ path: String) async throws {
    guard !configuration.folders.contains(where: { $0.path == path }) else { return }
    _ = try await share(ShareRequest(path: path))
  }

  // MARK: Folders at work

  /// Takes a folder of the config into work. `isMadeHere`: it begins on this device, so there is nothing to be learnt first.
  func open(_ settings: FolderSettings, isMadeHere: Bool) async throws {
    var settings = settings
    let id = settings.id ?? SystemFacts.newFolder()
    if settings.id == nil {
      configuration = try surroundings.file.update([.setFolderID(id, label: settings.label)])
      settings.id = id
    }
    if try !store.folders().contains(id) {
      try store.addFolder(id, state: FolderState(log: SystemFacts.newLog(), isFresh: !isMadeHere))
    }
    folders[id] = settings
    let (path, durability) = (settings.path, settings.durability == .full ? CoveyDisk.Durability.full : .fast)
    let isPaused = try store.value(forKey: Self.pausedKey(id)) != nil
    var setup = FolderMachine.Setup(
      folder: id, device: key.device, deviceName: engine.name, team: engine.team.team, store: store, signer: key,
      newLog: SystemFacts.newLog, wallClock: SystemFacts.wallClock, flushes: settings.durability == .full, rescanInterval: settings.rescan)
    setup.historyAge = settings.history
    let machine = FolderMachine(
      setup: setup, isPaused: isPaused, members: Set(engine.team.members.keys), membershipHeads: engine.team.headsToName(by: key.device))
    await engine.add(
      machine, label: settings.label,
      place: FolderPlace(path: path) { (try LinuxFolderDisk(path: path, durability: durability), LinuxFolderWatch(root: path)) },
      isPaused: isPaused)
  }

  /// The port that was listened on last: where any will do, peers find this device again at the one they know.
  private static let portKey = "listen-port"

  static func pausedKey(_ folder: FolderID) -> String { "paused:\(folder.hex)" }

  func folder(labelled label: String) throws(ControlError) -> FolderID {
    guard let id = folders.first(where: { $0.value.label == label })?.key else {
      throw ControlError(.notFound, "there is no folder '\(label.escaped)': 'covey folders' lists them")
    }
    return id
  }

  func name(of device: DeviceID) async -> String { await engine.name(of: device) }

  /// The device that a person means by a name or an id.
  func device(named text: String) async throws(ControlError) -> DeviceID {
    let members = engine.team.members.keys.sorted()
    if let id = try? DeviceID(text: text), members.contains(id) { return id }
    var named: [DeviceID] = []
    for member in members where await name(of: member) == text { named.append(member) }
    if named.count == 1 { return named[0] }
    if named.count > 1 {
      throw ControlError(.conflict, "\(named.count) devices are called '\(text.escaped)': give the id of the one that is meant, as 'covey devices' lists it")
    }
    throw ControlError(.notFound, "there is no device '\(text.escaped)': 'covey devices' lists them")
  }
}
