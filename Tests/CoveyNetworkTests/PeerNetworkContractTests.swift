import CoveyCore
import CoveyNetwork
import CoveyTesting
import Crypto
import Testing

@Suite(.timeLimit(.minutes(patience))) struct PeerNetworkContractTests {
  @Test(arguments: PeerNetworkContract.Rule.allCases)
  func realNetwork(_ rule: PeerNetworkContract.Rule) async throws {
    try await PeerNetworkContract {
      let identity = try DeviceIdentity(key: Curve25519.Signing.PrivateKey())
      return .init(device: identity.device, network: try TLSNetwork(identity: identity, listeningAt: "127.0.0.1:0", logger: quiet))
    }.check(rule)
  }

  @Test(arguments: PeerNetworkContract.Rule.allCases)
  func memoryNetwork(_ rule: PeerNetworkContract.Rule) async throws {
    let hub = MemoryHub()
    try await PeerNetworkContract {
      let key = Curve25519.Signing.PrivateKey().publicKey.rawRepresentation
      let device = DeviceID(key: try #require(Bytes32(Array(key))))
      return .init(device: device, network: hub.network(of: device))
    }.check(rule)
  }
}
