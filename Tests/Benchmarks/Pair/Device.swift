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
    command.executableURL = URL(fileURLWithPath: program)
    command.arguments = arguments
    let data = try command.runToEnd()
    guard command.terminationStatus == 0 else { throw Failure("covey \(arguments.joined(separator: " ")) ended with \(command.terminationStatus)") }
    return data
  }

  func waitUntilInSync(peers: Int = 1) throws { _ = try run(["status", "--home", home, "--wait", "600", "--peers", "\(peers)"]) }

  /// Bytes that travelled between this device and its peers so far, either way.
  func transferredByteCount() throws -> Int { try sentByteCount() + peers().reduce(0) { $0 + ($1["bytesReceived"] as? Int ?? 0) } }

  func sentByteCount() throws -> Int { try peers().reduce(0) { $0 + ($1["bytesSent"] as? Int ?? 0) } }

  private func peers() throws -> [[String: Any]] {
    let status = try JSONSerialization.jsonObject(with: try run(["status", "--home", home, "--json"])) as? [String: Any]
    return status?["peers"] as? [[String: Any]] ?? []
  }

  func usage() -> Usage { Usage(of: process.processIdentifier) }

  /// Joins the network of another device, which listens at the address, with its folder below `root`.
  func join(_ other: Device, at address: String) throws {
    let inviting = Process()
    let codes = Pipe()
    inviting.executableURL = URL(fileURLWithPath: program)
    inviting.arguments = ["pair", "--home", other.home]
    inviting.standardOutput = codes
    try inviting.run()
    var code = Data()
    while let byte = try codes.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8) { code += byte }
    _ = try run(["pair", String(decoding: code, as: UTF8.self), "--home", home, "--at", address, "--into", (folder as NSString).deletingLastPathComponent])
    inviting.waitUntilExit()
  }
}

struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
