import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "status", abstract: "Show how things stand.")

  @Option(help: ArgumentHelp("Return as soon as all is in sync; end with 3 when so many seconds ran out.", valueName: "seconds"))
  var wait: Double?

  @Option(help: ArgumentHelp("How many peers must be connected for that.", valueName: "n"))
  var peers: Int?

  @Flag(help: "Show again after every change.")
  var watch = false

  @OptionGroup var shared: SharedOptions

  func validate() throws {
    if let wait, !(wait >= 0 && wait <= 1e7) { throw ValidationError("--wait \(wait) makes no sense: name a number of seconds") }
    if let peers, peers < 0 { throw ValidationError("--peers \(peers) makes no sense: name a number of peers") }
    if peers != nil, wait == nil { throw ValidationError("--peers goes with --wait: say how long") }
    if watch, wait != nil { throw ValidationError("--watch and --wait exclude each other: choose one") }
  }

  func run() async throws {
    try await shared.withDaemon { client in
      if watch { return try await follow(client) }
      guard let wait else { return try show(try await client.ask("status", StatusRequest())) }
      let status = try await waitInPieces(wait, client)
      try show(status)
      if status.satisfied != true { throw CommandFailure(.notYet) }
    }
  }

  /// Asks in pieces, for the daemon answers a single question within a bound.
  private func waitInPieces(_ seconds: Double, _ client: ControlClient) async throws -> StatusReport {
    let end = ContinuousClock.now + .seconds(seconds)
    while true {
      let rest = max(0, Double((end - .now) / .seconds(1)))
      let piece = min(rest, StatusRequest.waitSecondsMax / 2)
      let status: StatusReport = try await client.ask(
        "status", StatusRequest(waitSeconds: piece, peers: peers ?? 0), timeout: .seconds(piece + 30))
      if status.satisfied == true || ContinuousClock.now >= end { return status }
    }
  }

  private func follow(_ client: ControlClient) async throws {
    let isRedrawn = Output.isStyled && !shared.json
    try await client.follow("watch", EmptyRequest()) { (status: StatusReport) in
      if isRedrawn { Output.raw("\u{1B}[H\u{1B}[2J") }
      try show(status)
    }
    throw CommandFailure(.failed, "the daemon stopped: start it again with 'covey run'")
  }

  private func show(_ status: StatusReport) throws {
    if shared.json { try Output.json(status) } else { Output.text(StatusText.rendered(status, isLive: Output.isStyled)) }
  }
}
