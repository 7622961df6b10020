import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon
import CoveyNetwork

struct Pair: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a one-time code, or join with one.",
    discussion: "Without a code, prints one and waits until a device has used it. With a code, joins the team of the device that made it.")

  @Argument(help: "The code that 'covey pair' printed on the other device.")
  var code: String?

  @Option(help: ArgumentHelp("Where the other device listens (else it is looked for on the local network).", valueName: "host:port"))
  var at: String?

  @Option(help: ArgumentHelp("Put the offered folders under this directory, each under its label.", valueName: "dir"), completion: .directory)
  var into: String?

  @Option(name: .customLong("folder"), help: ArgumentHelp("Put the folder LABEL at PATH; may be repeated.", valueName: "label=path"))
  var placements: [String] = []

  @Option(help: ArgumentHelp("How long the code is good: 90s, 10m, at most 24h.", valueName: "duration"))
  var expires: String?

  @OptionGroup var shared: SharedOptions

  func validate() throws {
    if code == nil, at != nil || into != nil || !placements.isEmpty { throw ValidationError("--at, --into and --folder go with a code: name it") }
    if code != nil, expires != nil { throw ValidationError("--expires goes with making a code: leave it out when joining") }
    if let at, (try? HostPort(at)).map({ $0.port > 0 }) != true { throw ValidationError("'\(at)' is no HOST:PORT: write it as 192.0.2.7:22500") }
    _ = try expiresSeconds()
    _ = try parsedPlacements()
  }

  func run() async throws {
    if let code { try await join(code) } else { try await invite() }
  }

  private func invite() async throws {
    let request = PairRequest(expiresSeconds: try expiresSeconds())
    let json = shared.json
    let last = try await shared.withDaemon { client in
      var last: PairEvent?
      try await client.follow("pair", request) { (event: PairEvent) in
        last = event
        if json { try Output.json(event) } else { show(event) }
      }
      return last
    }
    switch last?.event {
    case .paired: return
    case .expired: throw CommandFailure(.failed, "the code expired: make another with 'covey pair'")
    case .withdrawn: throw CommandFailure(.failed, "the code was withdrawn after too many wrong tries, somebody may be guessing: make another with 'covey pair'")
    default: throw CommandFailure(.failed, "the daemon ended the pairing: look at its log and try again")
    }
  }

  private func show(_ event: PairEvent) {
    switch event.event {
    case .code:
      Output.text((event.code ?? "").escaped)
      let until = event.expires.map { " until \(TimeArgument.shown($0))" } ?? ""
      Output.note("on the other device: covey pair CODE; waiting\(until), Ctrl-C withdraws the code")
    case .refused:
      Output.note("\(event.address ?? "somebody") tried a code and failed; \(event.triesLeft ?? 0) tries left")
    case .paired:
      Output.text("paired with \((event.device?.name ?? "").escaped) (\((event.device?.id ?? "").escaped))")
    case .expired, .withdrawn: break
    }
  }

  private func join(_ code: String) async throws {
    let request = JoinRequest(code: code, at: at, into: try into.map(PathArgument.absolute), placements: try parsedPlacements())
    let report: JoinReport = try await shared.withDaemon { try await $0.ask("join", request, timeout: nil) }
    if shared.json { return try Output.json(report) }
    Output.text("paired with \(report.device.name.escaped) (\(report.device.id.escaped))")
    var table = Table([.left, .left])
    for placed in report.placed { table.add([.init(placed.label.escaped), .init(placed.path.escaped)]) }
    for offer in report.offered { table.add([.init(offer.label.escaped), .init("offered: place it with 'covey accept \(offer.label.escaped) PATH'")]) }
    Output.text(table.text)
  }

  private func expiresSeconds() throws -> Int64? {
    guard let expires else { return nil }
    guard let duration = Quantity.duration(expires), duration >= .seconds(1), duration <= .seconds(86_400) else {
      throw ValidationError("'\(expires)' is no time a code may be good for: name 1s to 24h")
    }
    return duration.components.seconds
  }

  private func parsedPlacements() throws -> [JoinRequest.Placement] {
    try placements.map { text in
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex, text.index(after: equals) != text.endIndex else {
        throw ValidationError("'\(text)' is no LABEL=PATH: name both")
      }
      return .init(label: String(text[..<equals]), path: try PathArgument.absolute(String(text[text.index(after: equals)...])))
    }
  }
}
