import ArgumentParser

struct Resume: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Go on with what was paused.")

  @Argument(help: ArgumentHelp("A folder's label or a device's name.", valueName: "label|device"))
  var target: String?

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    try await Pausing.perform("resume", target, shared)
  }
}
