import Foundation
import Glibc

/// A process that this one started, and the pipes from it. Foundation's `Process` is left alone: started from several threads at
/// once, it now and then takes the test run down with it.
final class Child {
  let processID: pid_t
  /// What it writes; nil where that goes elsewhere.
  private var output: Int32?
  private var errors: Int32?
  private var status: Int32?

  /// Starts a command; a bare name is looked up in the `PATH`.
  /// - Parameter log: a file that its errors are appended to, instead of the pipe.
  init(_ command: [String], environment: [String: String] = [:], log: String? = nil) throws {
    // One at a time, so that no child inherits the pipes of another.
    Self.starting.lock()
    defer { Self.starting.unlock() }
    let (output, errors) = (try Self.openPipe(), try Self.openPipe())
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output.write, 1)
    if let log { posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0o600) } else {
      posix_spawn_file_actions_adddup2(&actions, errors.write, 2)
    }
    // Whoever runs the tests in the background of a shell ignores Ctrl-C, and the threads of tests block signals: both would be passed on.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for number in [SIGINT, SIGQUIT, SIGTERM] { sigaddset(&defaults, number) }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    var blocked = sigset_t()
    sigemptyset(&blocked)
    posix_spawnattr_setsigmask(&attributes, &blocked)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
    var processID: pid_t = 0
    let code = Self.withStrings(command) { arguments in
      Self.withStrings(variables) { posix_spawnp(&processID, command[0], &actions, &attributes, arguments, $0) }
    }
    for end in [output.write, errors.write] { close(end) }
    guard code == 0 else {
      for end in [output.read, errors.read] { close(end) }
      throw Failure("\(command[0]) cannot be started: \(String(cString: strerror(code)))")
    }
    self.processID = processID
    (self.output, self.errors) = (output.read, errors.read)
  }

  deinit { for end in [output, errors].compactMap(\.self) { close(end) } }

  private static let starting = NSLock()

  private static func openPipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Failure("no pipe: \(errno)") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  private static func withStrings<Result>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result) -> Result {
    let copies = strings.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    return body(copies)
  }

  func signal(_ number: Int32) { if status == nil { kill(processID, number) } }

  /// Waits for its end; what a signal ended has a negative code.
  @discardableResult func wait() -> Int32 {
    if let status { return status }
    var status: Int32 = 0
    while waitpid(processID, &status, 0) < 0, errno == EINTR {}
    let code = status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
    self.status = code
    return code
  }

  /// The first line it writes, without its end.
  func firstLine() -> String {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while let output, read(output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
    return String(decoding: line, as: UTF8.self)
  }

  /// Reads what is left of both pipes and waits for the end. What takes longer than `patience` is ended: a daemon that starts where
  /// it must not, for one.
  func outcome(patience: DispatchTimeInterval = .seconds(150)) -> Program.Outcome {
    let processID = processID
    let end = DispatchWorkItem { kill(processID, SIGTERM) }
    DispatchQueue.global().asyncAfter(deadline: .now() + patience, execute: end)
    let (text, complaints) = (Self.rest(of: output), Self.rest(of: errors))
    end.cancel()
    return Program.Outcome(code: wait(), output: text, errors: complaints)
  }

  private static func rest(of pipe: Int32?) -> String {
    guard let pipe else { return "" }
    var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
    while true {
      let count = read(pipe, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer[..<count]
    }
  }
}
