import Foundation

/// One daemon with a home and a folder of its own.
final class Device {
  let program: String
  let home: String
  let folder: String
  let name: String
  private var process = Process()

  init(program: String, root: String, name: String) {
    self.program = program
    self.name = name
    home = root + "/\(name)-home"
    folder = root + "/\(name)/F"
  }

  /// Makes the home, starts, and answers with the address on which the device listens.
  func start(sharing: Bool) throws -> String {
    _ = try run(["init", "--home", home, "--name", name, "--listen", "127.0.0.1:0", "--no-discovery"])
    if sharing { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
    return try launch(sharing ? [folder] : [])
  }

  /// Starts again what was stopped.
  func restart() throws {
    process = Process()
    _ = try launch([])
  }

  private func launch(_ folders: [String]) throws -> String {
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["run", "--home", home] + folders
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    var line = Data()
    while let byte = try output.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8) { line += byte }
    guard let address = String(decoding: line, as: UTF8.self).split(separator: " ").last else { throw Failure("\(name) did not start") }
    return String(address)
  }

  func stop() {
    process.terminate()
    process.waitUntilExit()
  }

  /// Runs a command to its end and returns what it printed.
  func run(_ arguments: [String]) throws -> Data {
    let command = Process()
    let output = Pipe()
    command.executableURL = URL(fileURLWithPath: program)
    command.arguments = arguments
    command.standardOutput = output
    try command.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    command.waitUntilExit()
    guard command.terminationStatus == 0 else { throw Failure("covey \(arguments.joined(separator: " ")) ended with \(command.terminationStatus)") }
    return data
  }

  func waitUntilInSync(peers: Int = 1) throws { _ = try run(["status", "--home", home, "--wait", "600", "--peers", "\(peers)"]) }

  /// Bytes that travelled between the two devices so far, either way.
  func transferredByteCount() throws -> Int {
    let status = try JSONSerialization.jsonObject(with: try run(["status", "--home", home, "--json"])) as? [String: Any]
    let peer = (status?["peers"] as? [[String: Any]])?.first
    return (peer?["bytesSent"] as? Int ?? 0) + (peer?["bytesReceived"] as? Int ?? 0)
  }

  /// What the daemon has taken of the machine so far.
  struct Usage {
    var cpuSeconds: Double
    /// The peak of resident memory.
    var peakByteCount: Int
    /// Bytes it caused to be written to a disk.
    var writtenByteCount: Int
    /// How often one of its threads was woken.
    var wakeupCount: Int
  }

  func usage() -> Usage {
    let fields = text("stat").split(separator: " ")
    let ticks = fields.count > 14 ? (Double(fields[13]) ?? 0) + (Double(fields[14]) ?? 0) : 0
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.processIdentifier)/task")) ?? []
    return Usage(
      cpuSeconds: ticks / 100, peakByteCount: number("VmHWM:", in: "status") * 1024, writtenByteCount: number("write_bytes:", in: "io"),
      wakeupCount: threads.reduce(0) { $0 + number("voluntary_ctxt_switches:", in: "task/\($1)/status") })
  }

  private func text(_ file: String) -> String {
    (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/\(file)", encoding: .utf8)) ?? ""
  }

  private func number(_ key: String, in file: String) -> Int {
    text(file).split(separator: "\n").first { $0.hasPrefix(key) }?.split(whereSeparator: { " \t".contains($0) }).dropFirst().first
      .flatMap { Int($0) } ?? 0
  }
}

struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
