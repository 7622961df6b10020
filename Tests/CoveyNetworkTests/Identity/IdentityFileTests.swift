import CoveyNetwork
import Crypto
import Foundation
import Testing

struct IdentityFileTests {
  private let directory: String

  init() throws {
    directory = NSTemporaryDirectory() + "covey-identity-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
  }

  private var path: String { directory + "/" + IdentityFile.name }

  private func refusal() -> String? {
    do { _ = try IdentityFile.loadOrCreate(directory: directory) } catch { return (error as? NetworkError)?.message }
    return nil
  }

  @Test func aKeyIsMadeOnceAndReadBack() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let made = try IdentityFile.loadOrCreate(directory: directory)
    let read = try IdentityFile.loadOrCreate(directory: directory)
    #expect(made.rawRepresentation == read.rawRepresentation)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [IdentityFile.name], "no draft is left")
  }

  @Test func aKeyThatOthersCanReadIsRefusedWithTheRemedy() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    _ = try IdentityFile.loadOrCreate(directory: directory)
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    let message = try #require(refusal())
    #expect(message.contains("640") && message.contains("chmod 600 \(path)"))
  }

  @Test func aKeyBehindALinkIsRefused() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/null")
    #expect(refusal()?.contains("symbolic link") == true)
  }

  @Test(arguments: ["", "not a key", "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"])
  func whatIsNoKeyIsRefusedAndLeftAlone(_ text: String) throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    #expect(refusal()?.contains("no Ed25519 key") == true)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
  }
}
