import Foundation

/// One way to keep two folders alike, measured on the same work as the others.
protocol Contender: AnyObject {
  var name: String { get }
  /// The folder in which the work is done, and the one that follows.
  var folders: (from: String, to: String) { get }
  func start() throws
  /// Returns when both folders hold the same.
  func settle() throws
  /// Removes a directory, in a way that the other side will follow even if it was most of the folder.
  func removeTree(_ path: String) throws
  /// Bytes that travelled between the two so far, either way; nil where nothing tells.
  func transferredByteCount() throws -> Int?
  /// What each side has taken of the machine so far; empty where nothing runs between two works.
  func usages() -> [Usage]
  func stop()
}

extension Contender {
  func removeTree(_ path: String) throws { try files.removeItem(atPath: path) }
}

/// Covey's daemons.
final class CoveyPair: Contender {
  let name = "covey"
  let (a, b): (Device, Device)

  init(program: String, root: String) { (a, b) = (Device(program: program, root: root, name: "a"), Device(program: program, root: root, name: "b")) }

  var folders: (from: String, to: String) { (a.folder, b.folder) }
  func start() throws {
    let address = try a.start(sharing: true)
    _ = try b.start(sharing: false)
    try b.join(a, at: address)
    try a.waitUntilInSync()
  }
  /// Starts both again after a stop.
  func restart() throws {
    try a.restart()
    try b.restart()
  }
  func settle() throws {
    try a.waitUntilInSync()
    try b.waitUntilInSync()
  }
  /// A mass delete is held until somebody approves it; how much it was to the folder is not known here.
  func removeTree(_ path: String) throws {
    try files.removeItem(atPath: path)
    while (try? a.run(["approve", "F", "--home", a.home])) == nil, (try? a.run(["status", "--wait", "0", "--home", a.home])) == nil {
      usleep(10_000)
    }
  }
  func transferredByteCount() throws -> Int? { try b.transferredByteCount() }
  func usages() -> [Usage] { [a.usage(), b.usage()] }
  func stop() {
    a.stop()
    b.stop()
  }
}

/// Runs a program to its end and returns what it printed.
@discardableResult
func runTool(_ program: String, _ arguments: [String], allowed: Set<Int32> = [0]) throws -> String {
  let command = Process()
  command.executableURL = URL(fileURLWithPath: program)
  command.arguments = arguments
  command.standardError = FileHandle.nullDevice
  let data = try command.runToEnd()
  guard allowed.contains(command.terminationStatus) else {
    throw Failure("\(program) \(arguments.joined(separator: " ")) ended with \(command.terminationStatus)")
  }
  return String(decoding: data, as: UTF8.self)
}

extension Process {
  /// What the program printed until it ended. `waitUntilExit` looks every 50 ms only, which is long beside what is measured here.
  func runToEnd() throws -> Data {
    let output = Pipe()
    let ended = DispatchSemaphore(value: 0)
    standardOutput = output
    terminationHandler = { _ in ended.signal() }
    try run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    ended.wait()
    return data
  }
}

/// A port of the loopback interface that was free a moment ago.
func freePort() throws -> UInt16 {
  let listener = try Listener()
  defer { close(listener.descriptor) }
  return listener.port
}
