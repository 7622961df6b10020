import Foundation

/// By name, and made with a directory of their own.
let allRivals: [String: (_ root: String) -> any Contender] = [
  "rsync": { Rsync(root: $0, isDurable: false) },
  "rsync-fsync": { Rsync(root: $0, isDurable: true) },
  "unison": { Unison(root: $0) },
  "syncthing": { Syncthing(root: $0) },
]

/// rsync to its own daemon over loopback, once after each work: one direction, and nothing is watched.
final class Rsync: Contender {
  let name: String
  let folders: (from: String, to: String)
  private let root: String
  private let options: [String]
  private let daemon = Process()
  private var port: UInt16 = 0
  private var byteCount = 0

  /// - Parameter isDurable: flushes every file, as Covey does.
  init(root: String, isDurable: Bool) {
    self.root = root
    name = isDurable ? "rsync-fsync" : "rsync"
    options = isDurable ? ["--fsync"] : []
    folders = (root + "/a", root + "/b")
  }

  func start() throws {
    for folder in [folders.from, folders.to] { try files.createDirectory(atPath: folder, withIntermediateDirectories: true) }
    port = try freePort()
    let configuration = root + "/rsyncd.conf"
    try "use chroot = no\nuid = \(getuid())\ngid = \(getgid())\n[b]\npath = \(folders.to)\nread only = no\n"
      .write(toFile: configuration, atomically: true, encoding: .utf8)
    daemon.executableURL = URL(fileURLWithPath: "/usr/bin/rsync")
    daemon.arguments = ["--daemon", "--no-detach", "--address=127.0.0.1", "--port=\(port)", "--config=\(configuration)"]
    daemon.standardError = FileHandle.nullDevice
    try daemon.run()
    for _ in 0..<100 where (try? settle()) == nil { usleep(50_000) }
  }

  func settle() throws {
    let printed = try runTool(
      "/usr/bin/rsync", ["-a", "--delete", "--stats"] + options + [folders.from + "/", "rsync://127.0.0.1:\(port)/b/"])
    for line in printed.split(separator: "\n") where line.hasPrefix("Total bytes ") {
      byteCount += Int(line.filter(\.isNumber)) ?? 0
    }
  }

  func transferredByteCount() -> Int? { byteCount }
  func usages() -> [Usage] { [] }
  func stop() {
    daemon.terminate()
    daemon.waitUntilExit()
  }
}

/// Unison between two local folders, once after each work.
final class Unison: Contender {
  let name = "unison"
  let folders: (from: String, to: String)
  private let root: String

  init(root: String) {
    self.root = root
    folders = (root + "/a", root + "/b")
  }

  func start() throws {
    for folder in [folders.from, folders.to] { try files.createDirectory(atPath: folder, withIntermediateDirectories: true) }
    setenv("UNISON", root + "/unison", 1)
    try settle()
  }

  /// Exit status 1 says that some files were skipped, which never happens to one that works alone.
  func settle() throws {
    try runTool("/usr/bin/unison", [folders.from, folders.to, "-batch", "-auto", "-times", "-silent", "-confirmbigdel=false"])
  }
  func transferredByteCount() -> Int? { nil }
  func usages() -> [Usage] { [] }
  func stop() {}
}
