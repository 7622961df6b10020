import Foundation

/// What the command line asks for.
struct Options {
  var program = ""
  var cases: Set<String> = []
  /// Other tools that do the same work after Covey.
  var rivals: [String] = []
  /// One table in the end instead of a line a case.
  var isTable = false

  static let usage = "usage: pair-benchmark --covey PROGRAM [--rivals | --rival NAME ...] [--report] [CASE ...]"

  init(_ arguments: some Sequence<String>) throws {
    var rest = Array(arguments)[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--covey": program = rest.popFirst() ?? ""
      case "--rivals": rivals = Array(allRivals.keys)
      case "--rival":
        guard let name = rest.popFirst(), allRivals[name] != nil else {
          throw Failure("--rival takes one of \(allRivals.keys.sorted().joined(separator: ", "))")
        }
        rivals.append(name)
      case "--report": isTable = true
      case _ where argument.hasPrefix("-"): throw Failure("unknown option \(argument); \(Self.usage)")
      default: cases.insert(argument)
      }
    }
    guard !program.isEmpty else { throw Failure(Self.usage) }
  }
}
