import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon

struct Devices: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the team's devices, or rename one.", subcommands: [List.self, Rename.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the team's devices.")

    @OptionGroup var shared: SharedOptions

    func run() async throws {
      let devices: [DeviceReport] = try await shared.withDaemon { try await $0.ask("devices", EmptyRequest()) }
      if shared.json { return try Output.json(devices) }
      var table = Table(header: ["NAME", "STATE", "ADDRESS", "LAST SEEN", "ID"], [.left, .left, .left, .left, .left])
      for device in devices {
        let state = device.own ? "this device" : device.paused ? "paused" : device.connected ? "connected" : "away"
        table.add([
          .init(device.name.escaped), .init(state, device.own || device.connected ? .green : .yellow), .init(device.address?.escaped ?? "-"),
          .init(device.connected ? "now" : device.lastSeen.map(TimeArgument.shown) ?? "-"), .init(device.id.escaped),
        ])
      }
      Output.text(table.text)
    }
  }

  struct Rename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Give a device another name.")

    @Argument(help: "Its name or id.")
    var device: String

    @Argument(help: "Its new name.")
    var name: String

    @OptionGroup var shared: SharedOptions

    func validate() throws {
      if let reason = NameRule.objection(to: name) { throw ValidationError(reason) }
    }

    func run() async throws {
      let request = RenameDeviceRequest(device: device, name: name)
      let report: DeviceReport = try await shared.withDaemon { try await $0.ask("devices/rename", request) }
      if shared.json { return try Output.json(report) }
      Output.text("\(device.escaped) is \(report.name.escaped) now")
    }
  }
}
