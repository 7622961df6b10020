import CoveyTesting
import Foundation

/// Plays histories out of seeds, and prints every one that breaks a promise, shrunk.
///
///     simulate [--seeds 1-1000] [--devices 3] [--ops 60] [--no-shrink] [--stop 10] [--break RULE] [--kinds users,disk] [--print]
///     simulate --history TEXT [--trace]
@main struct Simulate {
  static func main() throws {
    // Dictionaries must come in the same order in every run.
    if ProcessInfo.processInfo.environment["SWIFT_DETERMINISTIC_HASHING"] == nil { again() }
    let options = Options(CommandLine.arguments.dropFirst())
    if let text = options["history"] {
      guard let history = History(text) else { misused("this is no history: \(text)") }
      let fault = options["trace"] == nil ? Simulation.run(history) : Simulation.run(history, trace: { say($0) })
      say(fault.map { "\($0)" } ?? "every promise is kept")
      exit(fault == nil ? 0 : 1)
    }
    let range = (options["seeds"] ?? "1-1000").split(separator: "-").compactMap { UInt64($0) }
    guard let first = range.first, let last = range.last, first <= last else { misused("--seeds takes FIRST-LAST, such as 1-1000") }
    let (devices, operations) = (Int(options["devices"] ?? "3") ?? 3, Int(options["ops"] ?? "60") ?? 60)
    let broken = options["break"].map { name in Breach.all.first { $0.name == name } }
    if case .some(nil) = broken { misused("--break knows no such rule") }
    let breach = (broken ?? nil) ?? .none
    let names = options["kinds"].map { $0.split(separator: ",").map(String.init) } ?? History.Kind.allCases.map(\.rawValue)
    let kinds = names.compactMap(History.Kind.init)
    if kinds.isEmpty || kinds.count < names.count { misused("--kinds takes some of \(History.Kind.allCases.map(\.rawValue).joined(separator: ","))") }
    let start = ContinuousClock.now
    var failures = 0
    for seed in first...last {
      let history = History(seed: seed, devices: devices, operations: operations, kinds: kinds)
      if options["print"] != nil { say("\(history)") }
      guard let fault = Simulation.run(history, breaking: breach) else { continue }
      failures += 1
      say("seed \(seed): \(fault)")
      if options["no-shrink"] == nil {
        let short = history.shrunk(keeping: fault.oracle, breaking: breach)
        say("  \(Simulation.run(short, breaking: breach).map { "\($0)" } ?? "")\n  simulate --history \(short)")
      }
      if failures >= Int(options["stop"] ?? "10") ?? 10 { break }
    }
    let seconds = Double((ContinuousClock.now - start).components.attoseconds) / 1e18 + Double((ContinuousClock.now - start).components.seconds)
    say("\(last - first + 1) seeds, \(failures) failures, \(String(format: "%.1f", Double(last - first + 1) / seconds)) seeds a second")
    exit(failures == 0 ? 0 : 1)
  }

  private static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

  private static func misused(_ reason: String) -> Never {
    FileHandle.standardError.write(Data("simulate: \(reason)\n".utf8))
    exit(2)
  }

  private static func again() -> Never {
    setenv("SWIFT_DETERMINISTIC_HASHING", "1", 1)
    var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
    execv("/proc/self/exe", &arguments)
    fatalError("cannot start again")
  }
}

/// `--name value` and `--flag`.
struct Options {
  private var values: [String: String] = [:]
  init(_ arguments: some Sequence<String>) {
    var name: String?
    for argument in arguments {
      if argument.hasPrefix("--") {
        name = String(argument.dropFirst(2))
        if let name { values[name] = "" }
      } else if let name {
        values[name] = argument
      }
    }
  }
  subscript(name: String) -> String? { values[name] }
}
