import CoveyCore
import CoveyEngine
import CoveyNetwork
import Crypto
import Foundation
import Logging
import NIOCore
import Synchronization

/// A device with the real network on a free port of 127.0.0.1, and what its handlers were told.
final class TestDevice: Sendable {
  let key: Curve25519.Signing.PrivateKey
  let identity: DeviceIdentity
  let network: TLSNetwork
  let authorized = Mutex<Set<DeviceID>>([])
  let isPairing = Mutex(false)
  let askedAbout = Mutex<[DeviceID]>([])
  let connections = Arrivals<any PeerConnection>()
  let pairings = Arrivals<any PairingChannel>()

  init(_ limits: NetworkLimits = NetworkLimits()) throws {
    key = Curve25519.Signing.PrivateKey()
    identity = try DeviceIdentity(key: key)
    network = try TLSNetwork(identity: identity, listeningAt: "127.0.0.1:0", limits: limits, logger: quiet)
  }

  var device: DeviceID { identity.device }

  func authorize(_ device: DeviceID) { authorized.withLock { _ = $0.insert(device) } }
  func remove(_ device: DeviceID) { authorized.withLock { _ = $0.remove(device) } }

  func listen() async throws -> String {
    try await network.listen(
      NetworkHandlers(
        authorize: { [self] device in
          askedAbout.withLock { $0.append(device) }
          return authorized.withLock { $0.contains(device) }
        },
        acceptsPairing: { [self] in isPairing.withLock { $0 } },
        connected: { [connections] in connections.add($0) }, pairing: { [pairings] in pairings.add($0) }))
  }
}

let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

/// How many times as long as usual everything here may take: `COVEY_PATIENCE=10` where a sanitizer makes each step slow. Deadlines that
/// an honest device must keep grow with it, and with them whatever waits for their end.
let patience = ProcessInfo.processInfo.environment["COVEY_PATIENCE"].flatMap(Int.init) ?? 1

extension TimeAmount {
  static func milliseconds(_ count: Int) -> TimeAmount { .milliseconds(Int64(count)) }
}

/// What came so far, and a wait for what comes next.
final class Arrivals<Element: Sendable>: Sendable {
  private let stream: AsyncStream<Element>
  private let continuation: AsyncStream<Element>.Continuation
  private let total = Mutex(0)

  init() { (stream, continuation) = AsyncStream.makeStream() }

  var count: Int { total.withLock { $0 } }

  func add(_ element: Element) {
    total.withLock { $0 += 1 }
    continuation.yield(element)
  }

  func next() async throws -> Element {
    for await element in stream { return element }
    throw CancellationError()
  }
}

/// Waits for a state that nothing announces.
func eventually(_ condition: @Sendable () -> Bool) async throws -> Bool {
  for _ in 0..<(1_000 * patience) {
    if condition() { return true }
    try await Task.sleep(for: .milliseconds(5))
  }
  return false
}
