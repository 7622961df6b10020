import Foundation

/// The built `covey`, run as a user would.
enum BuiltCommand {
  struct Outcome: Sendable {
    var exitCode: Int32
    var output: String
    var error: String
  }

  /// It lies beside the test bundle.
  static let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "covey")

  static func process(_ arguments: [String], home: String?, environment: [String: String] = [:]) -> Process {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.environment = ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent"].merging(environment) { $1 }
    if let home { process.environment?["COVEY_HOME"] = home }
    process.standardInput = FileHandle.nullDevice
    return process
  }

  /// Runs to its end; nothing here says more than a pipe holds.
  static func run(_ arguments: String..., home: String? = nil, environment: [String: String] = [:]) throws -> Outcome {
    let process = process(arguments, home: home, environment: environment)
    let output = Pipe()
    let error = Pipe()
    process.standardOutput = output
    process.standardError = error
    try process.run()
    let outputData = output.fileHandleForReading.readDataToEndOfFile()
    let errorData = error.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(
      exitCode: process.terminationStatus, output: String(decoding: outputData, as: UTF8.self), error: String(decoding: errorData, as: UTF8.self))
  }
}
