import CoveyCore
import CoveyEngine
import CoveyProtocol
import NIOCore

/// One connection: in order in either direction, until it is cut.
final class Link {
  enum Parcel {
    case offer(isPaused: Bool)
    case message(Message)
    case closed
  }

  /// What one end knows of the connection.
  struct Side {
    var isPeerPaused: Bool?
    var isJoined = false
    var rounds: Rounds?
    var wantsRound: Bool { rounds?.wants == true }
  }

  /// The rounds that one end sends.
  struct Rounds {
    var progress: RoundProgress
    var isWished = true
    /// Read from one snapshot, and not yet sent.
    var prepared: [Message]?
    var wants: Bool { isWished || prepared != nil }
  }

  let number: Int
  /// The numbers of the two devices.
  let ends: [Int]
  /// What is under way to each end.
  var queues: [[Parcel]] = [[], []]
  var sides = [Side(), Side()]
  var isOpen = true
  var isHeld = [false, false]
  var heldSince = Instant.start

  init(number: Int, ends: [Int]) { self.number = number; self.ends = ends }

  func end(of device: SimulatedDevice) -> Int { ends[0] == device.number ? 0 : 1 }

  func forget(_ end: Int) {
    sides[end] = Side()
    queues[end] = []
  }
}

extension Simulation {
  private static let messageByteCountMax = 700

  func canConnect(_ i: Int, _ j: Int) -> Bool {
    // Nobody dials who thinks to be connected; the other end may not have heard yet that its connection is gone.
    guard devices[i].links[j] == nil || devices[j].links[i] == nil else { return false }
    return devices[i].isUp && devices[j].isUp && !severed.contains([i, j])
  }

  func connect(_ i: Int, _ j: Int) {
    for (mine, peer) in [(i, j), (j, i)] { if let old = devices[mine].links[peer] { leave(old, devices[mine]); cut(old) } }
    let link = Link(number: (links.last?.number ?? 0) + 1, ends: [i, j])
    links.removeAll { !$0.isOpen && $0.queues.allSatisfy(\.isEmpty) }
    links.append(link)
    for (mine, peer) in [(i, j), (j, i)] { devices[mine].links[peer] = link }
    for mine in [i, j] {
      post(.offer(isPaused: devices[mine].isPaused), from: devices[mine], on: link)
    }
  }

  private func tellConnected(_ device: SimulatedDevice) {
    func peers(where isPaused: Bool) -> Set<DeviceID> {
      let links = device.links.filter { $0.value.sides[$0.value.end(of: device)].isPeerPaused == isPaused }
      return Set(links.keys.map { devices[$0].key.device })
    }
    let paused = peers(where: true)
    handle(.connected(peers(where: false).union(paused), paused: paused), by: device)
  }

  /// Cuts a connection: of what is under way only the first part arrives.
  func cut(_ link: Link) {
    guard link.isOpen else { return }
    link.isOpen = false
    for end in 0...1 {
      link.isHeld[end] = false
      link.queues[end] = Array(link.queues[end].prefix(Int.random(in: 0...link.queues[end].count, using: &chance))) + [.closed]
    }
  }

  /// A bit turns over under way: the connection's own check notices and ends it with this message. Whatever a decoder would make of the
  /// bytes, it must come to an end.
  func flip(_ link: Link, to end: Int, _ happening: Happening) {
    guard let place = link.queues[end].firstIndex(where: { if case .message = $0 { true } else { false } }),
      case .message(let message) = link.queues[end][place], var bytes = try? MessageCoder.encode(message)
    else { return }
    let bit = Int.random(in: 0..<(bytes.readableBytes * 8), using: &chance)
    if let byte = bytes.getInteger(at: bytes.readerIndex + bit / 8, as: UInt8.self) {
      bytes.setInteger(byte ^ (1 << UInt8(bit % 8)), at: bytes.readerIndex + bit / 8)
    }
    var decoder = FrameDecoder(limit: WireLimits.frameByteCountMax)
    decoder.append(&bytes)
    while let frame = try? decoder.next() { _ = try? MessageCoder.decode(frame) }
    link.queues[end].removeSubrange(place...)
    cut(link)
  }

  private func post(_ parcel: Link.Parcel, from device: SimulatedDevice, on link: Link) {
    guard link.isOpen else { return }
    if breach == .lossyConnection, !isCalm, case .message(.batches) = parcel, Int.random(in: 0..<8, using: &chance) == 0 { return }
    link.queues[1 - link.end(of: device)].append(parcel)
  }

  func deliver(_ link: Link, to end: Int) {
    let device = devices[link.ends[end]]
    let parcel = link.queues[end].removeFirst()
    let peer = devices[link.ends[1 - end]]
    // Only the connection that counts may speak for its device.
    guard device.links[peer.number] === link else { return }
    switch parcel {
    case .offer(let isPaused):
      link.sides[end].isPeerPaused = isPaused
      joinShared(link, device)
      tellConnected(device)
    case .closed: leave(link, device)
    case .message(let message):
      do { try take(message, from: peer, on: link, by: device) } catch {
        note(.record, "\(device.name) refuses what \(peer.name) sent: \(error)")
      }
    }
  }

  private func leave(_ link: Link, _ device: SimulatedDevice) {
    let end = link.end(of: device)
    let peer = devices[link.ends[1 - end]]
    let wasJoined = link.sides[end].isJoined
    link.forget(end)
    device.links[peer.number] = nil
    if wasJoined { handle(.peerLeft(peer.key.device), by: device) }
    tellConnected(device)
    for fetch in device.fetches.values.sorted(by: { $0.job.id < $1.job.id }) where fetch.asked?.link === link { ask(fetch, on: device) }
  }

  func joinShared(_ link: Link, _ device: SimulatedDevice) {
    let end = link.end(of: device)
    guard let isPeerPaused = link.sides[end].isPeerPaused else { return }
    let isShared = !isPeerPaused && !device.isPaused
    guard isShared != link.sides[end].isJoined else { return }
    link.sides[end].isJoined = isShared
    let peer = devices[link.ends[1 - end]].key.device
    if isShared { return handle(.peerJoined(peer), by: device) }
    link.sides[end].rounds = nil
    handle(.peerLeft(peer), by: device)
  }

  /// Tells every peer whether this device takes part now, and joins what both share.
  func tellFolders(_ device: SimulatedDevice) {
    for link in device.links.values.sorted(by: { $0.number < $1.number }) {
      post(.offer(isPaused: device.isPaused), from: device, on: link)
      joinShared(link, device)
    }
  }

  private func take(_ message: Message, from peer: SimulatedDevice, on link: Link, by device: SimulatedDevice) throws {
    switch message {
    case .folderHandshake(let handshake): handle(.handshake(handshake, from: peer.key.device), by: device)
    case .batches(_, let slices):
      handle(.batches(try slices.map(verified), from: peer.key.device), by: device)
    case .roundEnd(_, let end):
      link.sides[link.end(of: device)].rounds?.progress.peerKnows(end.knowledge.vector)
      handle(.roundEnd(end, from: peer.key.device), by: device)
    case .folderStatus(_, let status): handle(.peerStatus(status, from: peer.key.device), by: device)
    case .contentRequest(let request): device.work.append(.answer(request, link, to: peer.number))
    case .content(let part): arrive(part.request, Int(part.item), part.bytes, on: device)
    case .contentUnavailable(let request, let item): arrive(request, Int(item), nil, on: device)
    default: break
    }
  }

  /// Several devices receive the same, and proving it takes a good part of a run.
  private func verified(_ slice: BatchSlice) throws -> VerifiedBatch {
    if let known = proved[slice] { return known }
    let batch = try VerifiedBatch(slice: slice, team: Self.team, folder: Self.folder)
    proved[slice] = batch
    return batch
  }

  // MARK: What a device says

  func say(_ effect: FolderEffect, by device: SimulatedDevice) {
    guard device.machine?.stillHolds(effect) ?? false else { return }
    switch effect {
    case .send(let message, let id):
      trace?("\(device.name) says \(String("\(message)".prefix(200)))")
      if let peer = self.device(id), let link = device.links[peer.number] { post(.message(message), from: device, on: link) }
    case .announce: for link in device.links.values { link.sides[link.end(of: device)].rounds?.isWished = true }
    case .openRounds(let id, let knowledge):
      guard let peer = self.device(id), let link = device.links[peer.number], link.isOpen else { return }
      link.sides[link.end(of: device)].rounds = Link.Rounds(progress: RoundProgress(known: knowledge))
    default: break
    }
  }

  /// Reads a round from one snapshot, or sends what was read.
  func sendRound(_ link: Link, from end: Int) {
    let device = devices[link.ends[end]]
    guard var rounds = link.sides[end].rounds else { return }
    if let messages = rounds.prepared {
      rounds.prepared = nil
      link.sides[end].rounds = rounds
      for message in messages { post(.message(message), from: device, on: link) }
      return
    }
    rounds.isWished = false
    do {
      let snapshot = try device.store.snapshot(Self.folder)
      var messages: [Message] = []
      var after: Dot?
      repeat {
        let page = try snapshot.slices(beyond: rounds.progress.known, after: after, byteCountMax: Self.messageByteCountMax)
        if !page.slices.isEmpty { messages += Message.split(page.slices, in: Self.folder) }
        after = page.next
      } while after != nil
      let end = RoundEnd(snapshot.state)
      if rounds.progress.says(end, withVersions: !messages.isEmpty) { messages.append(.roundEnd(Self.folder, end)) }
      rounds.prepared = messages.isEmpty ? nil : breach == .earlyEnd ? messages.reversed() : messages
    } catch {
      note(.record, "\(device.name) cannot send a round: \(error)")
    }
    link.sides[end].rounds = rounds
  }

  func answer(_ request: ContentRequest, of device: SimulatedDevice, on link: Link, to peer: Int) {
    for (number, item) in request.items.enumerated() {
      let found = find(item, on: device)
      if let path = found.suspicious { handle(.command(.look([path])), by: device) }
      let answer: Message =
        if let bytes = found.bytes { .content(ContentPart(request: request.id, item: UInt32(number), bytes: bytes)) }
        else { .contentUnavailable(request: request.id, item: UInt32(number)) }
      post(.message(answer), from: device, on: link)
    }
  }
}
