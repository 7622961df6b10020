import Foundation
import Glibc

/// One device as a person has it: a home, a folder, and the built `covey`.
final class Device {
  let name: String
  let home: String
  /// The shared folder `F`.
  let folder: String
  let port: UInt16
  private let root: String
  private var daemon: Process?

  init(_ name: String, in root: String) throws {
    self.name = name
    self.root = root
    home = "\(root)/\(name)-home"
    folder = "\(root)/\(name)/F"
    port = try Self.freePort()
    try FileManager.default.createDirectory(atPath: "\(root)/\(name)", withIntermediateDirectories: true)
    try covey("init", "--name", name, "--listen", "127.0.0.1:\(port)", "--no-discovery")
  }

  deinit { if let daemon, daemon.isRunning { kill(daemon.processIdentifier, SIGKILL) } }

  var address: String { "127.0.0.1:\(port)" }

  // MARK: The daemon

  func start(sharing folder: String? = nil) throws {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = ["run", "--home", home] + (folder.map { [$0] } ?? [])
    process.standardOutput = output
    let log = "\(root)/\(name).log"
    if !FileManager.default.fileExists(atPath: log) { _ = FileManager.default.createFile(atPath: log, contents: nil) }
    let errors = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
    try errors.seekToEnd()
    process.standardError = errors
    try process.run()
    daemon = process
    var line = Data()
    while let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty, byte != Data("\n".utf8) { line += byte }
    guard line.starts(with: Data("ready ".utf8)) else { throw Failure("\(name) did not start: \(self.log)") }
  }

  /// Tells the daemon to stop and returns how long it took, and its exit code.
  @discardableResult func stop() -> (seconds: Double, code: Int32) {
    guard let daemon else { return (0, 0) }
    let begun = ContinuousClock.now
    daemon.terminate()
    daemon.waitUntilExit()
    self.daemon = nil
    let (seconds, attoseconds) = (ContinuousClock.now - begun).components
    return (Double(seconds) + Double(attoseconds) / 1e18, daemon.terminationStatus)
  }

  func killHard() {
    guard let daemon else { return }
    kill(daemon.processIdentifier, SIGKILL)
    daemon.waitUntilExit()
    self.daemon = nil
  }

  var log: String { (try? String(contentsOfFile: "\(root)/\(name).log", encoding: .utf8)) ?? "" }

  // MARK: Commands

  struct Outcome {
    var code: Int32
    var output: String
    var errors: String
  }

  /// Runs a command to its end, whatever comes of it.
  func attempt(_ arguments: String...) throws -> Outcome { try Program.run([arguments[0], "--home", home] + arguments.dropFirst()) }

  /// Runs a command that must succeed.
  @discardableResult func covey(_ arguments: String...) throws -> String {
    let outcome = try Program.run([arguments[0], "--home", home] + arguments.dropFirst())
    guard outcome.code == 0 else { throw Failure("\(name): covey \(arguments.joined(separator: " ")) ended with \(outcome.code): \(outcome.errors)") }
    return outcome.output
  }

  func json(_ arguments: String...) throws -> Any {
    let outcome = try Program.run([arguments[0], "--home", home, "--json"] + arguments.dropFirst())
    guard outcome.code == 0 else { throw Failure("\(name): covey \(arguments.joined(separator: " ")) ended with \(outcome.code): \(outcome.errors)") }
    return try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
  }

  func status() throws -> [String: Any] { try json("status") as? [String: Any] ?? [:] }
  func folderStatus() throws -> [String: Any] { (try status()["folders"] as? [[String: Any]])?.first ?? [:] }
  func receivedByteCount() throws -> Int {
    (try status()["peers"] as? [[String: Any]] ?? []).reduce(0) { $0 + ($1["bytesReceived"] as? Int ?? 0) }
  }
  func conflicts() throws -> [[String: Any]] { try json("conflicts") as? [[String: Any]] ?? [] }

  /// Pairs with a device whose daemon runs, as its second half; the offered folder goes to ``folder``.
  func join(_ other: Device) throws {
    let inviting = Process()
    let codes = Pipe()
    inviting.executableURL = URL(fileURLWithPath: Program.path)
    inviting.arguments = ["pair", "--home", other.home]
    inviting.standardOutput = codes
    inviting.standardError = FileHandle.nullDevice
    try inviting.run()
    var code = Data()
    while let byte = try codes.fileHandleForReading.read(upToCount: 1), !byte.isEmpty, byte != Data("\n".utf8) { code += byte }
    try covey("pair", String(decoding: code, as: UTF8.self), "--at", other.address, "--into", "\(root)/\(name)")
    inviting.waitUntilExit()
  }

  private static func freePort() throws -> UInt16 {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0 }
    }
    guard bound else { throw Failure("no free port on 127.0.0.1") }
    return UInt16(bigEndian: address.sin_port)
  }
}

struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// The built executable.
enum Program {
  static let path: String = {
    let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("covey").path
    if FileManager.default.isExecutableFile(atPath: beside) { return beside }
    let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return top.appendingPathComponent(".build/release/covey").path
  }()

  static func run(_ arguments: [String]) throws -> Device.Outcome {
    let process = Process()
    let (output, errors) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    let complaints = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Device.Outcome(
      code: process.terminationStatus, output: String(decoding: text, as: UTF8.self), errors: String(decoding: complaints, as: UTF8.self))
  }
}
