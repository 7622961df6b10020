import Foundation

/// One daemon with a home and a folder of its own.
final class Device {
  let program: String
  let home: String
  let folder: String
  let name: String
  private let process = Process()

  init(program: String, root: String, name: String) {
    self.program = program
    self.name = name
    home = root + "/\(name)-home"
    folder = root + "/\(name)/F"
  }

  func start(sharing: Bool) throws -> String {
    _ = try run(["init", "--home", home, "--name", name, "--listen", "127.0.0.1:0", "--no-discovery"])
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["run", "--home", home] + (sharing ? [folder] : [])
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    if sharing { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
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

  func waitUntilInSync() throws { _ = try run(["status", "--home", home, "--wait", "600", "--peers", "1"]) }

  /// Bytes that travelled between the two devices so far, either way.
  func transferredByteCount() throws -> Int {
    let status = try JSONSerialization.jsonObject(with: try run(["status", "--home", home, "--json"])) as? [String: Any]
    let peer = (status?["peers"] as? [[String: Any]])?.first
    return (peer?["bytesSent"] as? Int ?? 0) + (peer?["bytesReceived"] as? Int ?? 0)
  }

  /// Seconds of CPU so far, and the peak of resident memory in bytes.
  func usage() -> (cpuSeconds: Double, peakByteCount: Int) {
    let fields = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8))?.split(separator: " ") ?? []
    let ticks = fields.count > 14 ? (Double(fields[13]) ?? 0) + (Double(fields[14]) ?? 0) : 0
    let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
    let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return (ticks / 100, peak * 1024)
  }
}

struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
