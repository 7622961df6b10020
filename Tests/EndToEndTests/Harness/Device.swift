import Foundation
import Glibc

/// One device as a person has it: a home, a folder, and the built `covey`.
final class Device {
  /// How and where a device's programs run.
  struct Place {
    /// Where its home and its folder lie, if not in the team's directory.
    var root: String?
    /// The host part of where it listens.
    var host = "127.0.0.1"
    /// Nil: a free one is found.
    var port: UInt16?
    /// What stands before `covey` on its command lines, such as another user or another network.
    var prefix: [String] = []
    /// Another user that its programs run as, to whom modes mean something.
    var user: UInt32?
    var environment: [String: String] = [:]
    /// More for `covey init`.
    var setup = ["--no-discovery"]
  }

  let name: String
  let home: String
  /// The shared folder `F`.
  let folder: String
  let address: String
  var place: Place
  private let root: String
  private var daemon: Child?

  init(_ name: String, in root: String, place: Place = Place()) throws {
    self.name = name
    self.root = root
    self.place = place
    home = "\(root)/\(name)-home"
    folder = "\(root)/\(name)/F"
    address = "\(place.host):\(try place.port ?? Self.freePort())"
    try FileManager.default.createDirectory(atPath: "\(root)/\(name)", withIntermediateDirectories: true)
    if let user = place.user {
      guard mkdir(home, 0o700) == 0, chown(home, user, user) == 0, chown("\(root)/\(name)", user, user) == 0 else { throw Failure("\(home): \(errno)") }
    }
    try covey(["init", "--name", name, "--listen", address] + place.setup)
  }

  deinit { killHard() }

  // MARK: The daemon

  var isRunning: Bool { daemon != nil }

  func start(sharing folder: String? = nil) throws {
    let child = try Child(line(["run"] + (folder.map { [$0] } ?? [])), environment: place.environment, log: "\(root)/\(name).log")
    daemon = child
    let line = child.firstLine()
    guard line.hasPrefix("ready ") else { throw Failure("\(name) did not start: \(line) \(self.log)") }
  }

  /// Tells the daemon to stop and returns how long it took, and its exit code.
  @discardableResult func stop() -> (seconds: Double, code: Int32) {
    guard let daemon else { return (0, 0) }
    let begun = ContinuousClock.now
    daemon.signal(SIGTERM)
    let code = daemon.wait()
    self.daemon = nil
    return (seconds(since: begun), code)
  }

  func killHard() {
    daemon?.signal(SIGKILL)
    daemon?.wait()
    daemon = nil
  }

  /// Sends the daemon a signal, such as to stand still and to go on.
  func signal(_ number: Int32) { daemon?.signal(number) }

  /// The daemon's process, which need not be the child itself.
  var processID: String { get throws { try String(contentsOfFile: home + "/lock", encoding: .utf8).filter(\.isNumber) } }

  var log: String { (try? String(contentsOfFile: "\(root)/\(name).log", encoding: .utf8)) ?? "" }

  // MARK: Commands

  typealias Outcome = Program.Outcome

  private func line(_ arguments: [String]) -> [String] {
    let identity = place.user.map { ["setpriv", "--reuid=\($0)", "--regid=\($0)", "--clear-groups"] } ?? []
    return place.prefix + identity + [Program.path, arguments[0], "--home", home] + arguments.dropFirst()
  }

  /// Runs a command to its end, whatever comes of it.
  func attempt(_ arguments: String...) throws -> Outcome { try Program.run(line(arguments), environment: place.environment) }

  /// Runs a command that must succeed.
  @discardableResult func covey(_ arguments: String...) throws -> String { try covey(arguments) }

  @discardableResult func covey(_ arguments: [String]) throws -> String {
    let outcome = try Program.run(line(arguments), environment: place.environment)
    guard outcome.code == 0 else { throw Failure("\(name): covey \(arguments.joined(separator: " ")) ended with \(outcome.code): \(outcome.errors)") }
    return outcome.output
  }

  func json(_ arguments: String...) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(try covey([arguments[0], "--json"] + arguments.dropFirst()).utf8))
  }

  func status() throws -> [String: Any] { try json("status") as? [String: Any] ?? [:] }
  func folderStatus() throws -> [String: Any] { (try status()["folders"] as? [[String: Any]])?.first ?? [:] }
  func state() throws -> String { try folderStatus()["state"] as? String ?? "" }
  func problems() throws -> [(path: String, reason: String)] {
    (try folderStatus()["problems"] as? [[String: String]] ?? []).map { ($0["path"] ?? "", $0["reason"] ?? "") }
  }
  func receivedByteCount() throws -> Int {
    (try status()["peers"] as? [[String: Any]] ?? []).reduce(0) { $0 + ($1["bytesReceived"] as? Int ?? 0) }
  }
  /// Bytes on the wire, both ways together.
  func transferredByteCount() throws -> Int {
    try receivedByteCount() + (try status()["peers"] as? [[String: Any]] ?? []).reduce(0) { $0 + ($1["bytesSent"] as? Int ?? 0) }
  }
  func conflicts() throws -> [[String: Any]] { try json("conflicts") as? [[String: Any]] ?? [] }

  /// Names of the devices this one is connected with.
  func connected() throws -> Set<String> {
    let peers = try status()["peers"] as? [[String: Any]] ?? []
    return Set(peers.filter { $0["connected"] as? Bool == true }.compactMap { $0["name"] as? String })
  }

  /// Receives no more than this a second from now on; `0` is no limit.
  func limitReceiving(to rate: String) throws {
    let path = home + "/config.toml"
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("receive") && !$0.hasPrefix("[limits]") }
    try (lines.joined(separator: "\n") + "\n[limits]\nreceive = \"\(rate)\"\n").write(toFile: path, atomically: true, encoding: .utf8)
    chmod(path, 0o600)
    signal(SIGHUP)
  }

  // MARK: Pairing

  /// Makes a code, with the `covey pair` that waits for its use.
  func invite(_ options: String...) throws -> (code: String, child: Child) {
    let child = try Child(line(["pair"] + options), environment: place.environment)
    return (child.firstLine(), child)
  }

  /// Pairs with a device whose daemon runs, as its second half; the offered folder goes to ``folder``.
  func join(_ other: Device, findingItself: Bool = false) throws {
    let (code, child) = try other.invite()
    try covey(["pair", code] + (findingItself ? [] : ["--at", other.address]) + ["--into", "\(root)/\(name)"])
    child.wait()
  }

  static func freePort() throws -> UInt16 {
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
