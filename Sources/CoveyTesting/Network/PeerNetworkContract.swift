package import CoveyCore
package import CoveyEngine
import CoveyProtocol
import Synchronization

/// What every network must keep, fake or real. Each rule is one short history between two devices.
package struct PeerNetworkContract: Sendable {
  package enum Rule: String, CaseIterable, Sendable {
    case messagesTravelBothWays
    case eachEndKnowsTheOther
    case strangersAreRefused
    case theExpectedDeviceMustAnswer
    case nobodyAnswersWhereNobodyListens
    case announcementsKeepTheirOrder
    case announcementsOvertakeWaitingContent
    case contentKeepsItsOrder
    case notReadingStopsTheSender
    case theLargestContentArrivesWhole
    case closingEndsBothEnds
    case whatWasSaidBeforeClosingArrives
    case closingWakesWhoeverWaits
    case cancellingEndsAWait
    case stoppingEndsEverything
    case pairingTravelsBothWaysWithBothKeys
    case pairingIsRefusedWithoutAnOpenCode
    case aPairingAnswerMayTakeTooLong
    case largePairingFramesNeedBothConfirmations
  }

  /// One device and its network, listening at a free port of 127.0.0.1 when told to.
  package struct Side: Sendable {
    package var device: DeviceID
    package var network: any PeerNetwork
    package init(device: DeviceID, network: any PeerNetwork) { self.device = device; self.network = network }
  }

  package struct Violation: Error, CustomStringConvertible {
    package let description: String
  }

  private let makeSide: @Sendable () throws -> Side

  /// - Parameter makeSide: makes a new device each time, all of which can reach each other.
  package init(makeSide: @escaping @Sendable () throws -> Side) { self.makeSide = makeSide }

  /// - Throws: ``Violation`` that says what was promised and did not happen.
  package func check(_ rule: Rule) async throws {
    let scene = try await Scene(asking: makeSide(), answering: makeSide())
    do { try await check(rule, scene) } catch {
      await scene.stop()
      throw error
    }
    await scene.stop()
  }

  private func check(_ rule: Rule, _ scene: Scene) async throws {
    switch rule {
    case .messagesTravelBothWays:
      let (here, there) = try await scene.connected()
      try await here.send(.cancel(request: 1))
      try expect(try await there.receive() == .cancel(request: 1), "what is sent is received")
      try await there.send(.cancel(request: 2))
      try expect(try await here.receive() == .cancel(request: 2), "what is answered is received")
      try expect(here.bytesSent > 0 && there.bytesReceived > 0 && there.bytesSent > 0 && here.bytesReceived > 0, "bytes are counted")
    case .eachEndKnowsTheOther:
      let (here, there) = try await scene.connected()
      try expect(here.device == scene.answering.device && there.device == scene.asking.device, "each end names the other device")
      try expect(here.isOutgoing && !there.isOutgoing, "who asked is outgoing")
      try expect(here.remoteAddress == scene.address && !there.remoteAddress.isEmpty, "each end names the other's address")
    case .strangersAreRefused:
      scene.authorizes.withLock { $0 = false }
      try await expectThrow("a stranger is refused") { _ = try await scene.connect() }
      try expect(scene.connectionCount == 0, "nobody hears of a stranger")
    case .theExpectedDeviceMustAnswer:
      try await expectThrow("another device than the expected one is refused") {
        _ = try await scene.asking.network.connect(to: scene.address, expecting: DeviceID(key: .zero))
      }
    case .nobodyAnswersWhereNobodyListens:
      await scene.answering.network.stop()
      try await expectThrow("there is nobody to connect to") { _ = try await scene.connect() }
    case .announcementsKeepTheirOrder:
      let (here, there) = try await scene.connected()
      async let sending: Void = { for id in 0..<2_000 { try await here.send(.cancel(request: UInt64(id))) } }()
      for id in 0..<2_000 { try expect(try await there.receive() == .cancel(request: UInt64(id)), "message \(id) comes in its turn") }
      try await sending
    case .announcementsOvertakeWaitingContent: try await announcementsOvertake(scene)
    case .contentKeepsItsOrder:
      let (here, there) = try await scene.connected()
      async let sending: Void = { for item in 0..<200 { try await here.send(Self.content(UInt32(item), byteCount: 50_000)) } }()
      for item in 0..<200 {
        guard case .content(let part)? = try await there.receive() else { throw Violation(description: "content arrives") }
        try expect(part.item == UInt32(item) && part.bytes.count == 50_000, "part \(item) comes in its turn")
      }
      try await sending
    case .notReadingStopsTheSender: try await notReadingStops(scene)
    case .theLargestContentArrivesWhole:
      let (here, there) = try await scene.connected()
      let message = Self.content(7, byteCount: 1 << 20)
      async let sending: Void = here.send(message)
      try expect(try await there.receive() == message, "a whole mebibyte arrives as it was")
      try await sending
    case .closingEndsBothEnds:
      let (here, there) = try await scene.connected()
      here.close()
      here.close()
      try expect(try await there.receive() == nil, "the other end hears of it")
      try expect(try await here.receive() == nil, "whoever closed reads no more")
      try await expectThrow("nothing is sent after closing") { try await here.send(.membershipDone) }
    case .whatWasSaidBeforeClosingArrives:
      let (here, there) = try await scene.connected()
      for id in 0..<100 { try await here.send(.cancel(request: UInt64(id))) }
      here.close()
      for id in 0..<100 { try expect(try await there.receive() == .cancel(request: UInt64(id)), "message \(id) arrives") }
      try expect(try await there.receive() == nil, "then comes the end")
    case .closingWakesWhoeverWaits:
      let (here, there) = try await scene.connected()
      async let received = here.receive()
      async let sent: Void = { while true { try await there.send(Self.content(0, byteCount: 1 << 20)) } }()
      _ = try await received
      here.close()
      try expect(try await here.receive() == nil, "a reader is told")
      do {
        try await sent
        throw Violation(description: "a sender is told")
      } catch is Violation { throw Violation(description: "a sender is told") } catch {}
    case .cancellingEndsAWait:
      let (here, there) = try await scene.connected()
      let reading = Task { try await here.receive() }
      reading.cancel()
      do {
        _ = try await reading.value
        throw Violation(description: "a cancelled read ends")
      } catch is CancellationError {}
      try await there.send(.membershipDone)
      try expect(try await here.receive() == .membershipDone, "the connection lives on, and nothing is lost")
    case .stoppingEndsEverything:
      let (here, there) = try await scene.connected()
      await scene.asking.network.stop()
      try expect(try await there.receive() == nil, "the other end hears of it")
      try expect(try await here.receive() == nil, "this end too")
      try await expectThrow("nothing begins after stopping") { _ = try await scene.connect() }
    case .pairingTravelsBothWaysWithBothKeys:
      let (here, there) = try await scene.pairing()
      try expect(here.ownKey == scene.asking.device && here.remoteKey == scene.answering.device, "the asking end knows both keys")
      try expect(there.ownKey == scene.answering.device && there.remoteKey == scene.asking.device, "the answering end knows both keys")
      try await here.send(.open(nonce: [1]))
      try expect(try await there.receive(within: .seconds(10)) == .open(nonce: [1]), "what is sent is received")
      try await there.send(.fail)
      there.close()
      try expect(try await here.receive(within: .seconds(10)) == .fail, "a refusal arrives though the channel is closed at once")
      try expect(try await here.receive(within: .seconds(10)) == nil, "then comes the end")
    case .pairingIsRefusedWithoutAnOpenCode:
      scene.acceptsPairing.withLock { $0 = false }
      try await expectThrow("without an open code nobody pairs") {
        let channel = try await scene.asking.network.connectForPairing(to: scene.address)
        try await channel.send(.open(nonce: [1]))
        if try await channel.receive(within: .seconds(10)) == nil { throw Violation(description: "closed") }
      }
      try expect(scene.pairingCount == 0, "nobody hears of it")
    case .aPairingAnswerMayTakeTooLong:
      let (here, there) = try await scene.pairing()
      try await expectThrow("a silent device is not waited for") { _ = try await here.receive(within: .milliseconds(20)) }
      try await there.send(.fail)
      try expect(try await here.receive(within: .seconds(10)) == .fail, "the channel lives on")
    case .largePairingFramesNeedBothConfirmations: try await largePairingFrames(scene)
    }
  }

  private func announcementsOvertake(_ scene: Scene) async throws {
    let (here, there) = try await scene.connected()
    let partCount = 64
    let sending = Task { for item in 0..<partCount { try await here.send(Self.content(UInt32(item), byteCount: 1 << 20)) } }
    // Once a part has arrived, the sender is ahead of a reader that stops there.
    _ = try await there.receive()
    try await here.send(.membershipDone)
    var before = 1
    while try await there.receive() != .membershipDone { before += 1 }
    try expect(before < partCount, "the announcement came before the content that waited, not after all \(before) parts")
    for _ in before..<partCount { _ = try await there.receive() }
    try await sending.value
  }

  private func notReadingStops(_ scene: Scene) async throws {
    let (here, there) = try await scene.connected()
    let partCount = 200
    let sentCount = Mutex(0)
    let sending = Task {
      for item in 0..<partCount {
        try await here.send(Self.content(UInt32(item), byteCount: 1 << 20))
        sentCount.withLock { $0 += 1 }
      }
    }
    // Nothing tells when a sender has stopped for good; it is seen to have made no step for a while.
    var last = -1
    while true {
      let now = sentCount.withLock { $0 }
      if now == last { break }
      last = now
      try await Task.sleep(for: .milliseconds(200))
    }
    try expect(last < partCount, "a sender whose \(partCount) MiB nobody reads comes to a halt")
    for _ in 0..<partCount { _ = try await there.receive() }
    try await sending.value
  }

  private func largePairingFrames(_ scene: Scene) async throws {
    let welcome = PairingFrame.welcome(
      PairingWelcome(
        team: [UInt8](repeating: 1, count: 32),
        records: [SignedRecord](repeating: SignedRecord(bytes: [UInt8](repeating: 2, count: 1_000), signature: [UInt8](repeating: 3, count: 64)), count: 100),
        role: 2, rank: 2))
    let confirmation = PairingFrame.confirm(tag: [UInt8](repeating: 4, count: 64))
    let (here, there) = try await scene.pairing()
    try await here.send(confirmation)
    try expect(try await there.receive(within: .seconds(10)) == confirmation, "a confirmation arrives")
    try await there.send(confirmation)
    try await there.send(welcome)
    try expect(try await here.receive(within: .seconds(10)) == confirmation, "its answer arrives")
    try expect(try await here.receive(within: .seconds(10)) == welcome, "then a large frame may follow at once")
    let (unproven, other) = try await scene.pairing()
    try await other.send(welcome)
    try await expectThrow("a large frame before that is refused") { _ = try await unproven.receive(within: .seconds(10)) }
  }

  private static func content(_ item: UInt32, byteCount: Int) -> Message {
    .content(ContentPart(request: 1, item: item, bytes: [UInt8](unsafeUninitializedCapacity: byteCount) { bytes, count in
      for index in 0..<byteCount { bytes[index] = UInt8(truncatingIfNeeded: index &* 31 &+ Int(item)) }
      count = byteCount
    }))
  }

  private func expect(_ condition: Bool, _ promise: String) throws {
    guard condition else { throw Violation(description: "broken: \(promise)") }
  }

  private func expectThrow(_ promise: String, _ body: () async throws -> Void) async throws {
    do { try await body() } catch { return }
    throw Violation(description: "broken: \(promise)")
  }
}
