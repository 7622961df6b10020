import ArgumentParser
import CoveyCore
import CoveyDaemon
import CoveyNetwork

struct Init: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make this device's identity and config.", discussion: "Running it again changes only what is named.")

  @Option(help: ArgumentHelp("What other devices call this one (else the machine's name).", valueName: "name"))
  var name: String?

  @Option(help: ArgumentHelp("Where to listen; port 0 picks a free one.", valueName: "host:port"))
  var listen: String?

  @Option(help: ArgumentHelp("An address to tell peers instead of those found out; may be repeated; 'none' tells nothing.", valueName: "host:port"))
  var advertise: [String] = []

  @Flag(inversion: .prefixedNo, help: "Announce this device on the local network and listen for others.")
  var discovery: Bool?

  @OptionGroup var shared: SharedOptions

  func validate() throws { _ = try edits() }

  func run() throws {
    let home = try shared.located()
    let result = try DeviceSetup.perform(
      home, edits: try edits(), userDirectory: SharedOptions.userDirectory)
    let device = result.configuration.device
    if shared.json {
      try Output.json(
        Report(
          device: .init(id: result.device.text, name: device.name), listen: device.listen.description, discovery: device.discovery,
          config: home.config, created: result.isNew))
    } else {
      Output.text("\(result.isNew ? "made" : "kept") device \(result.device.text) (\(device.name.escaped))")
      Output.text("config: \(home.config.escaped)")
    }
    if !(try edits()).isEmpty, isRunning(home) {
      Output.note("the daemon runs: send it SIGHUP to take the config over, or restart it where it listens elsewhere")
    }
  }

  private struct Report: Encodable {
    struct Device: Encodable {
      var id: String
      var name: String
    }
    var device: Device
    var listen: String
    var discovery: Bool
    var config: String
    var created: Bool
  }

  private func isRunning(_ home: Home) -> Bool {
    guard let directory = try? HomeDirectory(existing: home) else { return false }
    return (try? HomeLock(directory)) == nil
  }

  private func edits() throws -> [ConfigurationEdit] {
    var out: [ConfigurationEdit] = []
    if let name {
      if let reason = NameRule.objection(to: name) { throw ValidationError(reason) }
      out.append(.setName(name))
    }
    if let listen { out.append(.setListen(try Self.address(listen, minimumPort: 0))) }
    if advertise == ["none"] {
      out.append(.setAdvertise(.none))
    } else if !advertise.isEmpty {
      out.append(.setAdvertise(.only(try advertise.map { try Self.address($0, minimumPort: 1) })))
    }
    if let discovery { out.append(.setDiscovery(discovery)) }
    return out
  }

  private static func address(_ text: String, minimumPort: UInt16) throws -> HostPort {
    guard let address = try? HostPort(text), address.port >= minimumPort else {
      throw ValidationError("'\(text)' is no HOST:PORT: write it as 192.0.2.7:22500 or [2001:db8::7]:22500")
    }
    return address
  }
}
