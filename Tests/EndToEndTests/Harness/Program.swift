import Foundation
import Glibc

/// The built executable, and the others that tests need.
enum Program {
  static let path: String = {
    let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("covey").path
    if FileManager.default.isExecutableFile(atPath: beside) { return beside }
    let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return top.appendingPathComponent(".build/release/covey").path
  }()

  struct Outcome {
    var code: Int32
    var output: String
    var errors: String

    /// Whether it ended as wrong use and trouble must: with its code, nothing on standard output, and one line
    /// `covey: what went wrong: what to do about it` on standard error, in which the words stand.
    func isError(_ code: Int32, _ words: String...) -> Bool {
      self.code == code && output.isEmpty && errors.hasPrefix("covey: ") && errors.hasSuffix("\n")
        && errors.dropLast().allSatisfy { $0 != "\n" } && errors.dropFirst(7).contains(": ") && words.allSatisfy(errors.contains)
    }
  }

  /// Runs a program to its end, whatever comes of it.
  static func run(_ command: [String], environment: [String: String] = [:]) throws -> Outcome {
    try Child(command, environment: environment).outcome()
  }

  /// Runs a program that must succeed.
  @discardableResult static func must(_ command: String...) throws -> String {
    let outcome = try run(command)
    guard outcome.code == 0 else { throw Failure("\(command.joined(separator: " ")) ended with \(outcome.code): \(outcome.errors)") }
    return outcome.output
  }

  /// Whether a command line works here, for tests that need more than every machine has.
  static func works(_ command: String...) -> Bool { (try? run(command))?.code == 0 }
}

struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Looks again until a state has come. For states that no command can be told to wait for.
func eventually(_ what: String, seconds: Double = 30, _ isReached: () throws -> Bool) throws {
  let end = ContinuousClock.now + .seconds(seconds)
  while try !isReached() {
    guard ContinuousClock.now < end else { throw Failure("did not come in \(seconds) s: \(what)") }
    usleep(10_000)
  }
}

func seconds(since begun: ContinuousClock.Instant) -> Double { (ContinuousClock.now - begun) / .seconds(1) }
