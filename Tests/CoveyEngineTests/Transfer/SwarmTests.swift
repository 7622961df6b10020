import CoveyCore
import CoveyEngine
import CoveyProtocol
import CoveyTesting
import Testing

@Suite struct SwarmTests {
  static func device(_ number: UInt64) -> DeviceID { DeviceID(key: Bytes32(words: (number &* 0xD6E8_FEB8_6659_FD93, 0, 0, 0))) }

  @Test func `Every device names the same bringer for a stripe, and stripes are spread evenly`() {
    let devices = (1...5).map { Self.device($0) }
    var counts: [DeviceID: Int] = [:]
    for stripe in 0..<1_000 {
      let offset = Int64(stripe) * (512 << 10)
      let bringers = Set(devices.map { own in Swarm(own: own, fellows: devices.filter { $0 != own }).fellow(bringing: offset) ?? own })
      #expect(bringers.count == 1)
      for bringer in bringers { counts[bringer, default: 0] += 1 }
    }
    for device in devices { #expect((140...260).contains(counts[device] ?? 0)) }
  }

  @Test func `Who does not see a device still agrees on what the others bring`() {
    let devices = (1...5).map { Self.device($0) }
    let all = Swarm(own: devices[0], fellows: Array(devices[1...]))
    let fewer = Swarm(own: devices[0], fellows: Array(devices[1...3]))
    for stripe in 0..<1_000 {
      let offset = Int64(stripe) * (512 << 10)
      let bringer = all.fellow(bringing: offset)
      if bringer != devices[4] { #expect(fewer.fellow(bringing: offset) == bringer) }
    }
  }

  @Test func `Devices that want one content at once have it sent about once`() async throws {
    let (sent, byteCount) = try await fetchTogether(4)
    #expect(sent < byteCount * 3 / 2)
  }

  @Test func `Who neither has nor fetches the content is passed over`() async throws {
    let (sent, byteCount) = try await fetchTogether(1, idle: 3)
    #expect(sent == byteCount)
  }

  @Test func `Who sends other bytes is passed over, and its part comes from the holder`() async throws {
    let (sent, byteCount) = try await fetchTogether(3) { message in
      guard case .content(var part) = message else { return message }
      part.bytes[0] ^= 1
      return .content(part)
    }
    #expect(sent == 3 * byteCount)
  }

  @Test func `Of a content that was given up nothing is passed on`() async throws {
    let bytes = TransferScene.content(6 << 20, seed: 7)
    let scene = TransferScene(device: Self.device(1))
    let holder = try ServingPeer(1_000, holding: bytes) { message in
      if case .content(let part) = message, part.item > 0 { .contentUnavailable(request: part.request, item: part.item) } else { message }
    }
    guard case .unavailable = try await scene.fetch(holder.hashed, from: [holder]) else { Issue.record("the content is whole"); return }
    let asked = ServingPeer(scene, hashed: holder.hashed)
    let item = ContentRequest.Item(path: TransferScene.path, root: holder.hashed.root, offset: 4 << 20, byteCount: 1 << 16)
    await asked.session.request(folder: TransferScene.folder, items: [item], stall: .seconds(10)) { answer in
      guard case .unavailable = answer else { Issue.record("bytes that never came were sent"); return }
    }
    #expect(asked.contentByteCount == 0)
  }

  /// A holder and devices that want its content at once, all connected to each other; some of the others are idle.
  /// - Parameter tamper: what becomes of what they send each other.
  /// - Returns: how much the holder sent, of how much.
  private func fetchTogether(
    _ count: Int, idle: Int = 0, tamper: @escaping @Sendable (Message) -> Message? = { $0 }
  ) async throws -> (sent: Int, byteCount: Int) {
    let bytes = TransferScene.content(12 << 20, seed: 7)
    let holder = TransferScene(device: Self.device(1_000))
    let hashed = try TransferScene.put(bytes, on: holder.disk, holder.store)
    let scenes = (1...UInt64(count + idle)).map { TransferScene(device: Self.device($0)) }
    let links = (0..<count).map { _ in ServingPeer(holder, hashed: hashed) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<count {
        let fellows = scenes.indices.filter { $0 != index }.map { ServingPeer(scenes[$0], hashed: hashed, tamper: tamper) }
        group.addTask {
          let outcome = try await scenes[index].fetch(hashed, from: fellows + [links[index]])
          try scenes[index].expectStaged(bytes, outcome)
        }
      }
      try await group.waitForAll()
    }
    return (links.reduce(0) { $0 + $1.contentByteCount }, bytes.count)
  }
}
