import CoveyCore
import CoveyEngine
import CoveyNetwork
import CoveyProtocol
import Crypto
import Foundation
import NIOSSL
import Synchronization
import Testing

/// A removed device whose TLS client resumes an old session: BoringSSL would not ask for its certificate again.
@Suite(
  .serialized, .timeLimit(.minutes(patience)),
  .enabled(if: FileManager.default.isExecutableFile(atPath: OpenSSL.path), "openssl is the client that resumes: ours never does"))
struct ResumptionTests {
  @Test func aRemovedDeviceDoesNotComeInWithAnOldTicket() async throws {
    let device = try TestDevice()
    let address = try await device.listen()
    let key = Curve25519.Signing.PrivateKey()
    let member = try DeviceIdentity(key: key).device
    device.authorize(member)
    let openssl = try OpenSSL(key: key, address: address)
    defer { openssl.remove() }

    // A member gets a ticket, and comes in with it.
    var connections: [any PeerConnection] = []
    let first = try openssl.start(["-sess_out", openssl.session])
    connections.append(try await device.connections.next())
    #expect(try await eventually { openssl.hasSession })
    #expect(try await first.finish().contains("New, TLSv1.3"))
    let second = try openssl.start(["-sess_in", openssl.session])
    connections.append(try await device.connections.next())
    #expect(try await second.finish().contains("Reused, TLSv1.3"), "tickets are given and taken, else the rest proves nothing")

    // Removed, it resumes, is asked about, and gets not a byte.
    device.remove(member)
    let asked = device.askedAbout.withLock { $0.count }
    let third = try openssl.start(["-sess_in", openssl.session])
    #expect(try await third.ended().contains("Reused, TLSv1.3"))
    #expect(device.askedAbout.withLock { $0.count } == asked + 1)
    #expect(device.connections.count == 2)

    // With new contexts the ticket itself is worthless.
    try device.network.renewContexts()
    let fourth = try openssl.start(["-sess_in", openssl.session])
    #expect(try await fourth.ended().contains("New, TLSv1.3"))
    #expect(device.connections.count == 2)
    for connection in connections { #expect(try await connection.receive() == nil, "a session ends with its client") }
    await device.network.stop()
  }
}

/// `openssl s_client` as a device.
private struct OpenSSL {
  static let path = "/usr/bin/openssl"

  private let directory: String
  private let address: String
  var session: String { directory + "/session" }
  var hasSession: Bool { ((try? FileManager.default.attributesOfItem(atPath: session)[.size] as? Int) ?? 0) > 0 }

  init(key: Curve25519.Signing.PrivateKey, address: String) throws {
    self.address = address
    directory = NSTemporaryDirectory() + "covey-resumption-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    try (Forged.pem(key) + "\n").write(toFile: directory + "/key", atomically: false, encoding: .utf8)
    let der = try Forged.ed25519(key).toDERBytes()
    let text = "-----BEGIN CERTIFICATE-----\n\(Data(der).base64EncodedString(options: .lineLength64Characters))\n-----END CERTIFICATE-----\n"
    try text.write(toFile: directory + "/certificate", atomically: false, encoding: .utf8)
  }

  func start(_ more: [String]) throws -> Run {
    let arguments = [
      "s_client", "-connect", address, "-tls1_3", "-alpn", "covey/1", "-cert", directory + "/certificate", "-key", directory + "/key",
    ]
    return try Run(arguments + more)
  }

  func remove() { try? FileManager.default.removeItem(atPath: directory) }

  /// One running client; it lives until its input ends or the other side closes.
  final class Run {
    private let process: Process
    private let input = Pipe()
    private let output = Pipe()
    private let exit: AsyncStream<Void>

    init(_ arguments: [String]) throws {
      process = Process()
      process.executableURL = URL(fileURLWithPath: OpenSSL.path)
      process.arguments = arguments
      process.standardInput = input
      process.standardOutput = output
      process.standardError = output
      let (exit, continuation) = AsyncStream<Void>.makeStream()
      self.exit = exit
      process.terminationHandler = { _ in continuation.finish() }
      try process.run()
    }

    /// Waits until the other side has closed; what the client said.
    func ended() async throws -> String {
      for await _ in exit {}
      return String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    }

    /// Closes from here.
    func finish() async throws -> String {
      try input.fileHandleForWriting.close()
      return try await ended()
    }
  }
}
