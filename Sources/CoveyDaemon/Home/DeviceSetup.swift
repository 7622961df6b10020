package import CoveyCore
import CoveyNetwork
package import Crypto
import Glibc

/// Makes a device where there is none: its key and its config. What is there stays.
package enum DeviceSetup {
  package struct Result: Sendable {
    package let key: Curve25519.Signing.PrivateKey
    package let device: DeviceID
    package let configuration: Configuration
    /// Whether the key was made now.
    package let isNew: Bool
  }

  /// - Parameters:
  ///   - edits: what to change in the config; a new config also gets a device name when none is among them.
  package static func perform(
    _ home: Home, edits: [ConfigurationEdit] = [], userDirectory: String?
  ) throws -> Result {
    let directory = try HomeDirectory(making: home)
    let isNew = mkdirat(directory.descriptor, "identity", 0o700) == 0
    guard isNew || errno == EEXIST else {
      throw HomeError("cannot make \(home.identity.escaped) (\(systemMessage())): check the permissions of \(home.stateDirectory.escaped)")
    }
    let file = ConfigurationFile(home, userDirectory: userDirectory)
    // A config that cannot be read stops everything before a key is made.
    let known = try file.load()
    let key = try IdentityFile.loadOrCreate(directory: home.identity)
    guard let bytes = Bytes32(Array(key.publicKey.rawRepresentation)) else {
      throw HomeError("the key in \(home.identity.escaped) has no 32-byte public half: put back a copy of it")
    }
    var edits = edits
    let isNamed = edits.contains { if case .setName = $0 { true } else { false } }
    if known?.device.name.isEmpty ?? true, !isNamed { edits.insert(.setName(machineName), at: 0) }
    return Result(key: key, device: DeviceID(key: bytes), configuration: try file.update(edits), isNew: isNew)
  }

  /// The machine's name up to the first dot.
  static var machineName: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "device" }
    let text = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return NameRule.made(from: String(text.prefix { $0 != "." })) ?? "device"
  }
}
