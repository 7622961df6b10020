import NIOCore
import NIOSSL

/// The application protocols of TLS: one for members, one for pairing.
enum ApplicationProtocol: String, Sendable {
  case members = "covey/1"
  case pairing = "covey-pair/1"
}

/// The TLS settings of all connections: one context a role, made at start and again whenever a device is removed.
///
/// The server's context holds the keys of session tickets. A new one makes all tickets worthless; until then a removed device
/// that resumes is stopped by the authorisation that follows every handshake.
struct TLSContexts: Sendable {
  let server: NIOSSLContext
  private let member: NIOSSLContext
  private let pairing: NIOSSLContext

  /// Blocks for some milliseconds: never call it on an event loop.
  init(_ identity: DeviceIdentity, closingTimeout: TimeAmount) throws {
    func restricted(_ base: TLSConfiguration, _ protocols: [ApplicationProtocol]) -> TLSConfiguration {
      var settings = base
      settings.minimumTLSVersion = .tlsv13
      settings.maximumTLSVersion = .tlsv13
      settings.certificateChain = [.certificate(identity.certificate)]
      settings.privateKey = .privateKey(identity.privateKey)
      // With .none no client certificate is asked for; with .fullVerification host names would be compared.
      settings.certificateVerification = .noHostnameVerification
      // Ed25519 is not in the library's default list of what it verifies.
      settings.verifySignatureAlgorithms = [.ed25519]
      settings.signingSignatureAlgorithms = [.ed25519]
      settings.trustRoots = .certificates([])
      settings.renegotiationSupport = .none
      settings.curves = [.x25519_MLKEM768, .x25519]
      settings.applicationProtocols = protocols.map(\.rawValue)
      settings.shutdownTimeout = closingTimeout
      return settings
    }
    let asServer = TLSConfiguration.makeServerConfiguration(
      certificateChain: [.certificate(identity.certificate)], privateKey: .privateKey(identity.privateKey))
    let asClient = TLSConfiguration.makeClientConfiguration()
    server = try NIOSSLContext(configuration: restricted(asServer, [.members, .pairing]))
    member = try NIOSSLContext(configuration: restricted(asClient, [.members]))
    pairing = try NIOSSLContext(configuration: restricted(asClient, [.pairing]))
  }

  func client(_ role: ApplicationProtocol) -> NIOSSLContext {
    switch role {
    case .members: member
    case .pairing: pairing
    }
  }

  /// Judges the form of the certificates only: at this moment the peer has not proved yet that it holds the key, and a
  /// resumed session does not come here at all. So nothing may follow from it but a refusal.
  static func judgeForm(_ chain: [NIOSSLCertificate], _ promise: EventLoopPromise<NIOSSLVerificationResult>) {
    promise.succeed(PeerCertificate.device(of: chain) == nil ? .failed : .certificateVerified)
  }
}
