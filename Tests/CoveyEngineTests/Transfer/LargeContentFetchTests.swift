import CoveyCore
import CoveyEngine
import CoveyTesting
import Synchronization
import Testing

@Suite struct LargeContentFetchTests {
  private let old = TransferScene.content(1 << 20, seed: 1)

  private func edited(_ positions: Int...) -> [UInt8] {
    var bytes = old
    for position in positions { bytes[position] ^= 0xFF }
    return bytes
  }

  @Test func `content that is nowhere here comes whole, a range once`() async throws {
    let (scene, peer) = (TransferScene(), try ServingPeer(1, holding: old))
    try scene.expectStaged(old, await scene.fetch(peer.hashed, from: [peer]))
    #expect(peer.contentByteCount == old.count)
    #expect(peer.requested.reduce(0) { $0 + $1.byteCount } == Int64(old.count))
  }

  @Test func `what does not fit on the disk leaves its room to others`() async throws {
    let (scene, peer) = (TransferScene(), try ServingPeer(1, holding: old))
    scene.disk.setFree(Int64(old.count) - 1)
    guard case .failed(let error) = try await scene.fetch(peer.hashed, from: [peer]) else { Issue.record("it is no failure"); return }
    #expect(error.code == .noSpace)
    #expect(try scene.disk.stagedNames() == [])
    scene.disk.setFree(Int64(old.count))
    try scene.expectStaged(old, await scene.fetch(peer.hashed, from: [peer]))
  }

  @Test func `a changed byte costs a patch and not its chunk`() async throws {
    let scene = TransferScene()
    try TransferScene.put(old, on: scene.disk, scene.store)
    let new = edited(300_000, 800_000)
    let peer = try ServingPeer(1, holding: new)
    try scene.expectStaged(new, await scene.fetch(peer.hashed, from: [peer], similar: [TransferScene.path]))
    #expect(peer.requested.count == 2 && peer.requested.allSatisfy { $0.base != nil })
    #expect(peer.contentByteCount < 2 * 530)
  }

  @Test(arguments: Tampering.allCases)
  func `a patch that does not make the chunk is asked for again as it is`(_ tampering: Tampering) async throws {
    let scene = TransferScene()
    try TransferScene.put(old, on: scene.disk, scene.store)
    let new = edited(300_000)
    let peer = try ServingPeer(1, holding: new) { tampering.of($0) }
    try scene.expectStaged(new, await scene.fetch(peer.hashed, from: [peer], similar: [TransferScene.path]))
    #expect(peer.requested.map { $0.base != nil } == [true, false])
  }

  enum Tampering: CaseIterable {
    case otherBytes, damaged, empty

    func of(_ message: Message) -> Message {
      guard case .content(var part) = message, part.form == .patch else { return message }
      switch self {
      case .otherBytes: part.bytes[part.bytes.count / 2] ^= 1
      case .damaged: part.bytes = [0x80]
      case .empty: part.bytes = []
      }
      return .content(part)
    }
  }

  @Test func `a patch that nobody asked for is no answer`() async throws {
    let scene = TransferScene()
    let liar = try ServingPeer(1, holding: old) { message in
      guard case .content(var part) = message else { return message }
      part.form = .patch
      return .content(part)
    }
    let honest = try ServingPeer(2, holding: old)
    // What the liar was asked for is never answered, and ends with its session.
    let outcome = try await withThrowingTaskGroup(of: FetchOutcome.self) { group in
      group.addTask { try await scene.fetch(honest.hashed, from: [liar, honest]) }
      while liar.requested.isEmpty { await Task.yield() }
      liar.session.close()
      return try #require(await group.next())
    }
    try scene.expectStaged(old, outcome)
  }

  /// It may be back before the fetch ends; noted as one that does not have the content, it would not be asked any more.
  @Test func `a peer that goes away in the middle has refused nothing`() async throws {
    let scene = TransferScene()
    let silent = try ServingPeer(1, holding: old) { message in if case .content = message { nil } else { message } }
    let outcome = try await withThrowingTaskGroup(of: FetchOutcome.self) { group in
      group.addTask { try await scene.fetch(silent.hashed, from: [silent]) }
      while silent.requested.isEmpty { await Task.yield() }
      silent.session.close()
      return try #require(await group.next())
    }
    #expect(outcome == .unavailable([]))
  }

  @Test func `a peer that sends wrong bytes is passed over for the next`() async throws {
    let scene = TransferScene()
    let liar = try ServingPeer(1, holding: old) { message in
      guard case .content(var part) = message else { return message }
      part.bytes[0] ^= 1
      return .content(part)
    }
    let honest = try ServingPeer(2, holding: old)
    try scene.expectStaged(old, await scene.fetch(honest.hashed, from: [liar, honest]))
    guard case .unavailable(let devices) = try await TransferScene().fetch(liar.hashed, from: [liar]) else { Issue.record("taken"); return }
    #expect(devices == [liar.device])
  }

  @Test func `what staging holds is kept, and only the rest is asked for`() async throws {
    let (scene, peer) = (TransferScene(), try ServingPeer(1, holding: old))
    let name = try #require(TransferScene.staged)
    try scene.disk.openStaged(name, byteCount: Int64(old.count))
    try scene.disk.writeStaged(name, offset: 0, bytes: Array(old[..<700_000]))
    try scene.expectStaged(old, await scene.fetch(peer.hashed, from: [peer]))
    #expect(peer.contentByteCount < old.count - 700_000 + (64 << 10))
  }

  @Test func `content that stands here under another name moves no bytes`() async throws {
    let (scene, peer) = (TransferScene(), try ServingPeer(1, holding: old))
    let other = try RelativePath("other")
    try TransferScene.put(old, at: other, on: scene.disk, scene.store)
    try scene.expectStaged(old, await scene.fetch(peer.hashed, from: [peer], here: [other]))
    #expect(peer.requested.isEmpty)
  }

  @Test func `what is not here any more is asked for`() async throws {
    let (scene, peer) = (TransferScene(), try ServingPeer(1, holding: old))
    let other = try RelativePath("other")
    try TransferScene.put(old, at: other, on: scene.disk, scene.store)
    scene.disk.write(other, edited(10, 500_000))
    try scene.expectStaged(old, await scene.fetch(peer.hashed, from: [peer], here: [other]))
    #expect(peer.requested.reduce(0) { $0 + $1.byteCount } == 2 * 16 << 10)
  }

  @Test(arguments: [1 << 20, 1_000])
  func `what stands in another folder is taken from there only if it is still what its record says`(byteCount: Int) async throws {
    let wanted = Array(old[..<byteCount])
    for isEdited in [false, true] {
      let (scene, peer) = (TransferScene(), try ServingPeer(1, holding: wanted))
      let (folder, disk) = (FolderID(high: 7, low: 8), InMemoryDisk())
      scene.store.addFolder(folder, state: FolderState(log: LogID(2), isFresh: false))
      try TransferScene.put(wanted, in: folder, on: disk, scene.store)
      scene.others.set(disk, of: folder)
      // Written over, and not seen by a scan yet.
      if isEdited { disk.write(TransferScene.path, [UInt8](repeating: 7, count: byteCount)) }
      try scene.expectStaged(wanted, await scene.fetch(peer.hashed, from: [peer]))
      #expect(peer.requested.isEmpty == !isEdited)
    }
  }

  @Test func `a clone is compared and mended, and never trusted`() async throws {
    let scene = TransferScene()
    scene.disk.setClones(true)
    try TransferScene.put(old, on: scene.disk, scene.store)
    // Neither what was edited at the peer nor what was edited here, unseen by a scan, may stand in the result.
    let new = edited(300_000)
    scene.disk.write(TransferScene.path, edited(900_000))
    let peer = try ServingPeer(1, holding: new)
    try scene.expectStaged(new, await scene.fetch(peer.hashed, from: [peer], similar: [TransferScene.path]))
    #expect(peer.contentByteCount < 40_000)
    #expect(scene.disk.bytes(TransferScene.path) == edited(900_000))
  }

  @Test func `content of many equal chunks is asked for once`() async throws {
    let bytes = (0..<16).flatMap { _ in Array(old[..<(64 << 10)]) }
    let (scene, peer) = (TransferScene(), try ServingPeer(1, holding: bytes))
    try scene.expectStaged(bytes, await scene.fetch(peer.hashed, from: [peer]))
    #expect(peer.contentByteCount == 64 << 10)
  }

  @Test func `what was changed where a rule hides it is served from history`() async throws {
    let there = TransferScene(device: DeviceID(key: Bytes32(words: (1, 0, 0, 0))))
    let bytes = TransferScene.content(100, seed: 5)
    let hashed = try TransferScene.put(bytes, on: there.disk, there.store)
    let staged = try #require(StagedName("kept"))
    try there.disk.stage(.file(bytes: bytes, mode: 0o644, modified: .zero), as: staged)
    let name = try there.disk.keepStaged(staged, asHistoryOf: TransferScene.path, at: .zero)
    try there.store.write(TransferScene.folder, flush: false) { records in
      try records.insertHistory(
        HistoryItem(
          name: name, path: TransferScene.path, kind: .file, root: hashed.root, size: 100, mode: 0o644, modified: .zero, kept: .zero,
          origin: Origin(modified: .zero, device: "")))
    }
    there.disk.write(TransferScene.path, [1, 2, 3])
    let here = TransferScene()
    try here.expectStaged(bytes, await here.fetch(hashed, from: [ServingPeer(there, hashed: hashed)]))
  }
}
