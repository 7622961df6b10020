import CoveyTesting
import Foundation

/// Plays histories out of seeds, and prints every one that breaks a promise, shrunk. ``Options/usage`` tells how it is called.
@main struct Simulate {
  static func main() throws {
    // Dictionaries must come in the same order in every run.
    if ProcessInfo.processInfo.environment["SWIFT_DETERMINISTIC_HASHING"] == nil { again() }
    let options: Options
    do throws(Options.Misuse) { options = try Options(CommandLine.arguments.dropFirst()) } catch { misused("\(error.reason)\n\(Options.usage)") }
    if options["help"] != nil {
      say(Options.usage)
      exit(0)
    }
    let broken = options["break"].map { name in Breach.all.first { $0.name == name } }
    if case .some(nil) = broken { misused("--break knows no such rule") }
    let breach = (broken ?? nil) ?? .none
    guard let stop = Int(options["stop"] ?? "10") else { misused("--stop takes a number of failures") }
    if let text = options["exhaustive"] {
      let part = (options["part"] ?? "1/1").split(separator: "/").compactMap { Int($0) }
      guard part.count == 2, (1...max(1, part[1])).contains(part[0]) else { misused("--part takes NUMBER/COUNT, such as 2/8") }
      guard let length = Int(text), length > 0 else { misused("--exhaustive takes a number of operations") }
      playAll(ofLength: length, part: part[0], of: part[1], breaking: breach, stoppingAfter: stop)
    }
    if let text = options["history"] {
      guard let history = History(text) else { misused("this is no history: \(text)") }
      let fault = Simulation.run(history, breaking: breach, trace: options["trace"] == nil ? nil : { say($0) })
      say(fault.map { "\($0)" } ?? "every promise is kept")
      exit(fault == nil ? 0 : 1)
    }
    let range = (options["seeds"] ?? "1-1000").split(separator: "-").compactMap { UInt64($0) }
    guard let first = range.first, let last = range.last, first <= last else { misused("--seeds takes FIRST-LAST, such as 1-1000") }
    let counts = (options["devices"] ?? "3").split(separator: "-").compactMap { Int($0) }
    guard let fewest = counts.first, let most = counts.last, fewest > 0, fewest <= most, most <= 16 else { misused("--devices takes a number up to 16, or two such as 2-6") }
    guard let operations = Int(options["ops"] ?? "60"), operations >= 0 else { misused("--ops takes a number of operations") }
    let names = options["kinds"].map { $0.split(separator: ",").map(String.init) } ?? History.Kind.usual.map(\.rawValue)
    let kinds = names.compactMap(History.Kind.init)
    if kinds.isEmpty || kinds.count < names.count { misused("--kinds takes some of \(History.Kind.allCases.map(\.rawValue).joined(separator: ","))") }
    guard let pageCount = Int(options["page"] ?? "\(History.pageCount)"), (1...History.pageCount).contains(pageCount) else { misused("--page takes a number of paths up to \(History.pageCount)") }
    let aim = options["aim"].flatMap { History($0) }
    if options["aim"] != nil, aim == nil { misused("--aim takes a history") }
    let start = ContinuousClock.now
    var failures = 0
    for seed in first...last {
      let devices = fewest + Int(seed % UInt64(most - fewest + 1))
      var history = aim?.varied(seed: seed) ?? History(seed: seed, devices: devices, operations: operations, kinds: kinds)
      if aim == nil { history.pageCount = pageCount }
      if options["print"] != nil { say("\(history)") }
      guard let fault = Simulation.run(history, breaking: breach) else { continue }
      failures += 1
      say("seed \(seed): \(fault)")
      if options["no-shrink"] == nil {
        let short = history.shrunk(keeping: fault.oracle, breaking: breach)
        say("  \(Simulation.run(short, breaking: breach).map { "\($0)" } ?? "")\n  simulate --history \(short)")
      }
      if failures >= stop { break }
    }
    let seconds = Double((ContinuousClock.now - start).components.attoseconds) / 1e18 + Double((ContinuousClock.now - start).components.seconds)
    say("\(last - first + 1) seeds, \(failures) failures, \(String(format: "%.1f", Double(last - first + 1) / seconds)) seeds a second")
    exit(failures == 0 ? 0 : 1)
  }

  private static func playAll(ofLength length: Int, part: Int, of partCount: Int, breaking breach: Breach, stoppingAfter limit: Int) -> Never {
    let start = ContinuousClock.now
    var (count, failures) = (0, 0)
    let ways = SmallScope(length: length).ways
    for index in stride(from: part - 1, to: ways.count, by: partCount) {
      count += SmallScope.play(ways[index], breaking: breach) { history, fault in
        failures += 1
        say("\(fault)\n  simulate --history \(history)")
        if failures >= limit { exit(1) }
      }
      if index / partCount % 1_000 == 999 { say("\(index + 1) of \(ways.count) ways, \(count) histories, \((ContinuousClock.now - start).components.seconds) s") }
    }
    say("\(count) histories, \(failures) failures, \((ContinuousClock.now - start).components.seconds) s")
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
  static let usage = """
    usage: simulate [--seeds 1-1000] [--devices 3] [--ops 60] [--no-shrink] [--stop 10] [--break RULE] [--kinds users,disk] [--print]
                    [--page 1000]
           simulate --aim HISTORY [--seeds 1-1000] [--no-shrink] [--stop 10] [--break RULE] [--print]
           simulate --exhaustive LENGTH [--part 1/1] [--stop 10] [--break RULE]
           simulate --history TEXT [--trace] [--break RULE]

    --devices 2-6 takes a number of devices from each seed. --exhaustive plays every history of up to LENGTH operations of two devices
    on two names, with a crash wherever it makes a difference; --part 2/8 every eighth of them, from the second on. --aim plays what
    HISTORY tells with other pauses and chances for each seed. --page 2 lets devices take up so many paths at once.
    """
  private static let valued: Set<String> = ["seeds", "devices", "ops", "stop", "break", "kinds", "aim", "exhaustive", "part", "history", "page"]
  private static let flags: Set<String> = ["no-shrink", "print", "trace", "help"]

  struct Misuse: Error { var reason: String }

  private var values: [String: String] = [:]

  init(_ arguments: some Sequence<String>) throws(Misuse) {
    var rest = Array(arguments)[...]
    while let argument = rest.popFirst() {
      let name = argument.hasPrefix("--") ? String(argument.dropFirst(2)) : ""
      if Self.flags.contains(name) {
        values[name] = ""
      } else if Self.valued.contains(name) {
        guard let value = rest.popFirst(), !value.hasPrefix("--") else { throw Misuse(reason: "\(argument) takes a value") }
        values[name] = value
      } else {
        throw Misuse(reason: "\(argument) is no option")
      }
    }
  }

  subscript(name: String) -> String? { values[name] }
}
