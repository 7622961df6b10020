import CoveyCore
import CoveyEngine
import CoveyNetwork
import CoveyProtocol
import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(patience))) struct LocalDiscoveryTests {
  private let heard = Arrivals<(DeviceAnnouncement, String)>()

  private func device(_ number: UInt64) -> DeviceID { DeviceID(key: Bytes32(words: (number, 1, 2, 3))) }

  private func discovery(_ number: UInt64, port: UInt16) -> LocalDiscovery {
    LocalDiscovery(device: device(number), port: port, interfaces: { LocalInterface.all().filter(\.isLoopback) }, logger: quiet)
  }

  private func handlers(openSlot: @escaping @Sendable (UInt16) -> UInt16? = { _ in nil }) -> DiscoveryHandlers {
    DiscoveryHandlers(heard: { [heard] in heard.add(($0, $1)) }, openSlot: openSlot)
  }

  @Test func twoDevicesOfOneMachineWithoutAnyNetworkHearEachOther() async throws {
    let first = discovery(1, port: 0)
    try await first.start(handlers())
    let second = discovery(2, port: first.port)
    try await second.start(DiscoveryHandlers(heard: { _, _ in }, openSlot: { _ in nil }))
    await second.announce(port: 22500)
    let (announcement, host) = try await heard.next()
    #expect(announcement.port == 22500 && announcement.matches(device(2)) && !announcement.matches(device(1)))
    #expect(host == "127.0.0.1" || host == "::1")
    await first.stop()
    await second.stop()
  }

  @Test func anOpenCodeIsFoundByItsSlotOnly() async throws {
    let inviter = discovery(1, port: 0)
    try await inviter.start(handlers(openSlot: { $0 == 7 ? 4242 : nil }))
    let joiner = discovery(2, port: inviter.port)
    let found = await joiner.findPairing(slot: 7, for: .seconds(patience))
    #expect(found.contains("127.0.0.1:4242"))
    #expect(found.count <= 2, "one answer for each family, however often it came")
    #expect(await joiner.findPairing(slot: 8, for: .milliseconds(100 * patience)) == [])
    await inviter.stop()
    #expect(await joiner.findPairing(slot: 7, for: .milliseconds(100 * patience)) == [], "nobody answers after stopping")
  }

  @Test func rogueAnswersAreFewAndCannotBeForgedBlindly() async throws {
    let joiner = discovery(2, port: 0)
    // Whoever has the port of the group sees the question; one answers with a hundred ports, one with a wrong nonce.
    try await joiner.start(DiscoveryHandlers(heard: { _, _ in }, openSlot: { _ in nil }))
    let asking = discovery(3, port: joiner.port)
    let rogue = try await Rogue.start(port: joiner.port)
    let found = await asking.findPairing(slot: 1, for: .seconds(patience))
    #expect(found.count == 8)
    #expect(!found.contains("127.0.0.1:9"), "an answer with another nonce is none")
    try await rogue.close()
    await joiner.stop()
  }

  @Test func strayDatagramsChangeNothing() async throws {
    let listening = discovery(1, port: 0)
    try await listening.start(handlers(openSlot: { _ in 1 }))
    let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0).get()
    let target = try SocketAddress(ipAddress: "127.0.0.1", port: Int(listening.port))
    var generator = SystemRandomNumberGenerator()
    for length in 0..<100 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
      try await channel.writeAndFlush(AddressedEnvelope(remoteAddress: target, data: ByteBuffer(bytes: bytes)))
    }
    let sender = discovery(2, port: listening.port)
    try await sender.start(DiscoveryHandlers(heard: { _, _ in }, openSlot: { _ in nil }))
    // The strays may fill the socket's buffer, and a datagram that finds no room is lost: it is announced until it is heard.
    for _ in 0..<50 where heard.count == 0 {
      await sender.announce(port: 5)
      try await Task.sleep(for: .milliseconds(100 * patience))
    }
    let heardCount = heard.count
    #expect(heardCount > 0)
    for _ in 0..<heardCount { #expect(try await heard.next().0.port == 5, "nothing but announcements is heard") }
    try await channel.close()
    await sender.stop()
    await listening.stop()
  }

  /// 32,768 datagrams are what 1 MB/s brings in two seconds; the processor time is that of the one thread that hears them.
  @Test func aFloodCostsLittleAndIsHardlyAnswered() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let listening = LocalDiscovery(
      device: device(1), port: 0, interfaces: { LocalInterface.all().filter(\.isLoopback) }, group: group, logger: quiet)
    // A code is open: questions have answers.
    try await listening.start(handlers(openSlot: { _ in 4242 }))
    let begun = ContinuousClock.now
    let before = try await Self.processorTime(of: group)
    let answers = Counter()
    let flood = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(answers) } }
      .bind(host: "127.0.0.1", port: 0).get()
    let target = try SocketAddress(ipAddress: "127.0.0.1", port: Int(listening.port))
    var generator = SystemRandomNumberGenerator()
    let count = 32_768
    for number in 0..<count {
      let nonce = (0..<DiscoveryDatagram.nonceByteCount).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
      let bytes: [UInt8] = switch number % 4 {
      case 0: try DiscoveryDatagram.pairingQuery(slot: 7, nonce: nonce).encoded()
      case 1: try DiscoveryDatagram.announcement(.make(key: device(2), port: 5, nonce: nonce)).encoded()
      case 2: try DiscoveryDatagram.pairingReply(nonce: nonce, port: 5).encoded()
      default: (0..<DiscoveryDatagram.byteCount).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
      }
      try await flood.writeAndFlush(AddressedEnvelope(remoteAddress: target, data: ByteBuffer(bytes: bytes)))
    }
    // What is still in the socket's buffer is heard before this is.
    let after = try await Self.processorTime(of: group)
    let seconds = (ContinuousClock.now - begun) / .seconds(1)
    #expect(after - before < .seconds(patience), "half of one core at 1 MB/s")
    #expect(Double(answers.count) <= 10 * (seconds + 2), "ten a second, however many ask")
    #expect(answers.count > 0 && answers.longest <= DiscoveryDatagram.byteCount, "no answer is longer than its question")
    try await flood.close()
    await listening.stop()
    try await group.shutdownGracefully()
  }

  /// What the group's thread has used of a processor.
  private static func processorTime(of group: MultiThreadedEventLoopGroup) async throws -> Duration {
    try await group.next().submit {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }.get()
  }

  @Test(arguments: [("10.1.2.3", "10.1.2.200", true), ("10.1.2.3", "10.1.3.3", false), ("10.1.2.3", "::1", false)])
  func neighboursAreOnTheSameSubnet(_ own: String, _ other: String, _ isNeighbour: Bool) throws {
    let interface = LocalInterface(
      name: "eth0", index: 2, address: try SocketAddress(ipAddress: own, port: 0),
      netmask: try SocketAddress(ipAddress: "255.255.255.0", port: 0), broadcast: nil)
    #expect(interface.isNeighbour(try SocketAddress(ipAddress: other, port: 0)) == isNeighbour)
  }
}

/// Counts what comes back.
private final class Counter: ChannelInboundHandler, Sendable {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>
  private let seen = Mutex((count: 0, longest: 0))

  var count: Int { seen.withLock { $0.count } }
  var longest: Int { seen.withLock { $0.longest } }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let byteCount = unwrapInboundIn(data).data.readableBytes
    seen.withLock { $0 = ($0.count + 1, max($0.longest, byteCount)) }
  }
}

/// Answers every question on the group's port, a hundred times.
private final class Rogue: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>

  static func start(port: UInt16) async throws -> any Channel {
    let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.socketOption(.so_reuseaddr), value: 1)
      .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Rogue()) } }
      .bind(host: "0.0.0.0", port: Int(port)).get()
    return channel
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let datagram = unwrapInboundIn(data)
    guard case .pairingQuery(_, let nonce)? = try? DiscoveryDatagram(datagram.data.readableBytesView) else { return }
    let wrong = DiscoveryDatagram.pairingReply(nonce: nonce.reversed().map { $0 ^ 1 }, port: 9)
    for reply in [wrong] + (100..<200).map({ DiscoveryDatagram.pairingReply(nonce: nonce, port: $0) }) {
      guard let bytes = try? reply.encoded() else { continue }
      context.writeAndFlush(
        NIOAny(AddressedEnvelope(remoteAddress: datagram.remoteAddress, data: ByteBuffer(bytes: bytes))), promise: nil)
    }
  }
}
