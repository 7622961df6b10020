import CoveyCore
import CoveyEngine
import Glibc
import Logging
import ServiceLifecycle

/// Sharing, placing, pausing, and what the config says anew.
extension SyncService {
  package func share(_ request: ShareRequest) async throws -> FolderReport {
    try requireDirectory(request.path)
    let label = request.label ?? NameRule.made(from: String(LexicalPath.components(request.path).last ?? "")) ?? "folder"
    if let objection = NameRule.objection(to: label) { throw ControlError(.usage, "the label '\(label.escaped)': \(objection)") }
    if let known = configuration.folders.first(where: { $0.path == request.path }) {
      throw ControlError(.conflict, "\(request.path.escaped) is shared already, as '\(known.label.escaped)': 'covey folders' lists it")
    }
    try refuseForeignMarker(request.path, unless: nil)
    let settings = FolderSettings(label: label, id: SystemFacts.newFolder(), path: request.path)
    try await place(settings, isMadeHere: true)
    surroundings.log.notice("a folder is shared", metadata: ["folder": "\(label)", "path": "\(request.path)"])
    return try await report(on: label)
  }

  package func accept(_ request: AcceptRequest) async throws -> FolderReport {
    guard let offer = await engine.openOffers().first(where: { $0.offer.label == request.label })?.offer else {
      if folders.values.contains(where: { $0.label == request.label }) {
        throw ControlError(.conflict, "the folder '\(request.label.escaped)' is placed already: 'covey folders' shows where")
      }
      throw ControlError(.notFound, "nobody offers a folder '\(request.label.escaped)': 'covey status' lists what is offered")
    }
    try await accept(offer, label: request.label, path: request.path)
    return try await report(on: request.label)
  }

  /// Places an offered folder; a path that is shared here already is taken over, its contents merged as at first contact.
  func accept(_ offer: FolderOffer, label: String, path: String) async throws {
    let own = folders.first { $0.value.path == path }
    if let other = folders.first(where: { $0.value.label == label && $0.key != own?.key })?.value {
      throw ControlError(
        .conflict,
        "another folder is called '\(label.escaped)' here: accept this one at \(other.path.escaped) to make one of the two, or unshare that one and share it under another label")
    }
    if let own {
      await engine.remove(own.key)
      folders[own.key] = nil
      try store.removeFolder(own.key)
      removeMarker(path)
      configuration = try surroundings.file.update([.removeFolder(label: own.value.label)])
    }
    try makeDirectories(path)
    try refuseForeignMarker(path, unless: offer.folder)
    try await place(FolderSettings(label: label, id: offer.folder, path: path), isMadeHere: false)
    surroundings.log.notice("an offered folder is placed", metadata: ["folder": "\(label)", "path": "\(path)"])
  }

  private func place(_ settings: FolderSettings, isMadeHere: Bool) async throws {
    if configuration.folder(labelled: settings.label) != nil {
      throw ControlError(.conflict, "the label '\(settings.label.escaped)' is taken: choose another with --label")
    }
    for known in configuration.folders {
      if let objection = FolderPlacement.objection(to: settings.path, beside: known) {
        throw ControlError(.conflict, "\(settings.path.escaped) cannot be shared: \(objection)")
      }
    }
    try makeToolDirectory(settings.path)
    do { configuration = try surroundings.file.update([.addFolder(settings)]) } catch { throw ControlError(.conflict, "\(error)") }
    try await open(settings, isMadeHere: isMadeHere)
  }

  /// A directory that belongs to a folder of another home, or of a state that is lost, is not taken over silently.
  private func refuseForeignMarker(_ path: String, unless folder: FolderID?) throws(ControlError) {
    guard let file = fopen(path + "/.covey/folder", "re") else { return }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = fread(&buffer, 1, buffer.count - 1, file)
    let text = String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    if let folder, text.contains(folder.hex) { return }
    throw ControlError(
      .conflict,
      "\(path.escaped) belongs to a shared folder already: unshare it where it is shared, or delete \(path.escaped)/.covey/folder if nobody shares it any more")
  }

  func removeMarker(_ path: String) { unlink(path + "/.covey/folder") }

  /// Where no marker can be put, nothing would ever be shared: such a place is refused instead of waited for.
  private func makeToolDirectory(_ path: String) throws(ControlError) {
    guard mkdir(path + "/.covey", 0o700) == 0 || errno == EEXIST else {
      throw ControlError(
        .denied, "\(path.escaped)/.covey cannot be made (\(systemMessage())): share a directory in which the user that runs Covey can make files")
    }
  }

  private func makeDirectories(_ path: String) throws(ControlError) {
    var made = ""
    for component in LexicalPath.components(path) {
      made += "/" + component
      // Only what is missing is made; others' umask is stricter than ours need be for a shared directory.
      if mkdir(made, 0o755) == 0 { chmod(made, 0o755) } else if errno != EEXIST {
        throw ControlError(.failed, "\(made.escaped) cannot be made (\(systemMessage())): choose another place")
      }
    }
    try requireDirectory(path)
  }

  private func requireDirectory(_ path: String) throws(ControlError) {
    let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      switch errno {
      case ENOTDIR: throw ControlError(.conflict, "\(path.escaped) is no directory: name the directory it lies in")
      case ENOENT: throw ControlError(.notFound, "\(path.escaped) does not exist: make the directory first")
      default: throw ControlError(.denied, "\(path.escaped) cannot be opened (\(systemMessage())): check its permissions")
      }
    }
    defer { Glibc.close(descriptor) }
    // An owner may write where the mode says no: what is placed there gives the mode back.
    var info = stat()
    guard access(path, W_OK | X_OK) == 0 || (fstat(descriptor, &info) == 0 && info.st_uid == geteuid()) else {
      throw ControlError(.denied, "\(path.escaped) cannot be written (\(systemMessage())): give the user that runs Covey write permission")
    }
  }

  package func unshare(_ request: UnshareRequest) async throws -> EmptyReport {
    let id = try folder(labelled: request.label)
    let path = folders[id]?.path
    configuration = try surroundings.file.update([.removeFolder(label: request.label)])
    await engine.remove(id)
    folders[id] = nil
    try store.removeFolder(id)
    try store.setValue(nil, forKey: Self.pausedKey(id))
    for key in FolderMachine.valueKeys(of: id) { try store.setValue(nil, forKey: key) }
    if let path { removeMarker(path) }
    surroundings.log.notice("a folder is not shared here any more", metadata: ["folder": "\(request.label)"])
    return EmptyReport()
  }

  package func pause(_ request: PauseRequest) async throws -> PauseReport { try await setPaused(request.target, true) }
  package func resume(_ request: PauseRequest) async throws -> PauseReport { try await setPaused(request.target, false) }

  private func setPaused(_ target: String?, _ isPaused: Bool) async throws -> PauseReport {
    var report = PauseReport(paused: isPaused, folders: [], devices: [])
    if let target, !folders.values.contains(where: { $0.label == target }) {
      let device: DeviceID
      do throws(ControlError) { device = try await self.device(named: target) } catch {
        guard error.code == .notFound else { throw error }
        throw ControlError(.notFound, "there is no folder and no device '\(target.escaped)': 'covey status' lists them")
      }
      guard device != key.device else { throw ControlError(.usage, "'\(target.escaped)' is this device: 'covey pause' without a name pauses all folders") }
      await engine.setPeerPaused(device, isPaused)
      let name = await name(of: device)
      surroundings.log.notice(isPaused ? "a device is paused" : "a device is resumed", metadata: ["peer": "\(name)"])
      report.devices = [name]
      return report
    }
    for (id, settings) in folders.sorted(by: { $0.value.label < $1.value.label }) where target == nil || settings.label == target {
      try store.setValue(isPaused ? [1] : nil, forKey: Self.pausedKey(id))
      await engine.setPaused(id, isPaused)
      surroundings.log.notice(isPaused ? "a folder is paused" : "a folder is resumed", metadata: ["folder": "\(settings.label)"])
      report.folders.append(settings.label)
    }
    return report
  }

  package func scan(_ request: ScanRequest) async throws -> ScanReport {
    var report = ScanReport(folders: [])
    for runner in await engine.allRunners where request.label == nil || runner.label == request.label {
      let begun = ContinuousClock.now
      let before = try store.read(runner.folder) { $0.state.sequence }
      try await runner.scan()
      let (status, after) = (try await runner.status(), try store.read(runner.folder) { $0.state.sequence })
      let (seconds, attoseconds) = (ContinuousClock.now - begun).components
      report.folders.append(
        .init(
          label: runner.label, files: status.held.fileCount, bytes: status.held.byteCount, changes: Int64(clamping: after) - Int64(clamping: before),
          seconds: Double(seconds) + Double(attoseconds) / 1e18, problems: status.problems.map(ProblemReport.init)))
    }
    if let label = request.label, report.folders.isEmpty {
      throw ControlError(.notFound, "there is no folder '\(label.escaped)': 'covey folders' lists them")
    }
    return report
  }

  /// How long a folder rests whose record failed; most often the disk is full.
  static let reopenInterval = Duration.seconds(5)

  /// Opens folders again whose record failed, until it goes well: what they stand on is read anew, as after a crash.
  func reopenFailed() async {
    for await id in engine.failures {
      repeat {
        do { try await Task.sleep(for: Self.reopenInterval) } catch { return }
        guard let settings = folders[id], await engine.runner(id)?.failure != nil else { break }
        await engine.remove(id)
        do { try await open(settings, isMadeHere: false) } catch {
          log.warning("a folder cannot be opened again yet", metadata: ["folder": "\(settings.label)", "error": "\(error)"])
          continue
        }
        log.notice("a folder whose record had failed is open again", metadata: ["folder": "\(settings.label)"])
      } while await engine.runner(id) == nil
    }
  }

  package func reload(_ request: EmptyRequest) async throws -> ReloadReport {
    guard let read = try surroundings.file.load(), read != configuration else { return ReloadReport(changes: []) }
    var changes: [String] = []
    let old = configuration
    configuration = read
    for gone in old.folders where !read.folders.contains(where: { $0.id == gone.id && $0.path == gone.path && $0.label == gone.label }) {
      guard let id = gone.id else { continue }
      await engine.remove(id)
      folders[id] = nil
      changes.append("the folder '\(gone.label)' is no longer synced from \(gone.path)")
    }
    for new in read.folders {
      if let id = new.id, folders[id] == new { continue }
      if let id = new.id, folders[id] != nil { await engine.remove(id) }
      try await open(new, isMadeHere: new.id == nil)
      changes.append("the folder '\(new.label)' is synced at \(new.path)")
    }
    if old.limits != read.limits {
      engine.setup.pace.setLimits(send: read.limits.send, receive: read.limits.receive)
      changes.append("the limits are new")
    }
    if old.device.name != read.device.name, !read.device.name.isEmpty {
      await engine.takeName(read.device.name)
      changes.append("this device is called '\(read.device.name)'")
    }
    if (old.device.listen, old.device.advertise, old.device.discovery) != (read.device.listen, read.device.advertise, read.device.discovery) {
      changes.append("listen, advertise and discovery count from the next start")
    }
    return ReloadReport(changes: changes)
  }
}
