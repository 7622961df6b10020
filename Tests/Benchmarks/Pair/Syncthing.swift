import Foundation

/// Two Syncthing daemons, set up to be as quick as its configuration allows while still flushing.
final class Syncthing: Contender {
  let name = "syncthing"
  let folders: (from: String, to: String)
  private let root: String
  private var sides: [Side] = []

  private struct Side {
    let home: String
    let identity: String
    let folder: String
    let port: UInt16
    let control: UInt16
    let process = Process()
  }

  init(root: String) {
    self.root = root
    folders = (root + "/a", root + "/b")
  }

  func start() throws {
    for (home, folder) in [(root + "/a-home", folders.from), (root + "/b-home", folders.to)] {
      try files.createDirectory(atPath: folder + "/.stfolder", withIntermediateDirectories: true)
      try runTool("/usr/bin/syncthing", ["generate", "--home=\(home)", "--no-default-folder"])
      let identity = try runTool("/usr/bin/syncthing", ["--home=\(home)", "--device-id"]).trimmingCharacters(in: .whitespacesAndNewlines)
      sides.append(Side(home: home, identity: identity, folder: folder, port: try freePort(), control: try freePort()))
    }
    for side in sides {
      try configuration(of: side).write(toFile: side.home + "/config.xml", atomically: true, encoding: .utf8)
      side.process.executableURL = URL(fileURLWithPath: "/usr/bin/syncthing")
      side.process.arguments = ["serve", "--home=\(side.home)", "--no-browser", "--no-restart", "--logfile=\(side.home)/log"]
      side.process.environment = ["STNOUPGRADE": "1", "HOME": side.home, "PATH": "/usr/bin:/bin"]
      side.process.standardOutput = FileHandle.nullDevice
      side.process.standardError = FileHandle.nullDevice
      try side.process.run()
    }
    for _ in 0..<600 where (try? transferredByteCount()) ?? nil == nil { usleep(100_000) }
    // The first scan, and the watch that stands after it.
    try Data("x".utf8).write(to: URL(fileURLWithPath: folders.from + "/first"))
    try settle()
    try files.removeItem(atPath: folders.from + "/first")
    try settle()
  }

  private func configuration(of side: Side) -> String {
    let members = sides.map { "<device id=\"\($0.identity)\"></device>" }.joined()
    let devices = sides.map {
      "<device id=\"\($0.identity)\" name=\"\($0.port)\" compression=\"metadata\"><address>tcp://127.0.0.1:\($0.port)</address></device>"
    }.joined()
    return """
      <configuration version="36">
        <folder id="bench" label="bench" path="\(side.folder)" type="sendreceive" rescanIntervalS="3600" fsWatcherEnabled="true"
          fsWatcherDelayS="1">\(members)<scanProgressIntervalS>-1</scanProgressIntervalS></folder>
        \(devices)
        <gui enabled="true" tls="false"><address>127.0.0.1:\(side.control)</address><apikey>bench</apikey></gui>
        <options>
          <listenAddress>tcp://127.0.0.1:\(side.port)</listenAddress><globalAnnounceEnabled>false</globalAnnounceEnabled>
          <localAnnounceEnabled>false</localAnnounceEnabled><relaysEnabled>false</relaysEnabled><natEnabled>false</natEnabled>
          <reconnectionIntervalS>1</reconnectionIntervalS><urAccepted>-1</urAccepted><autoUpgradeIntervalH>0</autoUpgradeIntervalH>
          <progressUpdateIntervalS>-1</progressUpdateIntervalS><crashReportingEnabled>false</crashReportingEnabled>
          <setLowPriority>false</setLowPriority><databaseTuning>large</databaseTuning>
        </options>
      </configuration>
      """
  }

  /// Its own word comes too early, before a change was noticed: so the two trees are compared.
  func settle() throws {
    let deadline = Date().addingTimeInterval(600)
    while (try? Listing(of: folders.from) == Listing(of: folders.to)) != true {
      guard Date() < deadline else { throw Failure("syncthing does not come to rest") }
      usleep(100_000)
    }
  }

  private func get(_ path: String, _ side: Side) throws -> [String: Any] {
    let text = try runTool("/usr/bin/curl", ["-sf", "-H", "X-API-Key: bench", "http://127.0.0.1:\(side.control)/rest/\(path)"])
    return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
  }

  func transferredByteCount() throws -> Int? {
    let connections = try get("system/connections", sides[0])["connections"] as? [String: [String: Any]]
    guard let peer = connections?[sides[1].identity], peer["connected"] as? Bool == true else { return nil }
    return (peer["inBytesTotal"] as? Int ?? 0) + (peer["outBytesTotal"] as? Int ?? 0)
  }

  func usages() -> [Usage] { sides.map { Usage(of: $0.process.processIdentifier) } }
  func stop() {
    for side in sides where side.process.isRunning { side.process.terminate() }
    for side in sides { side.process.waitUntilExit() }
  }
}

/// What stands in a folder: names, kinds, sizes and times, without what tools keep there for themselves.
struct Listing: Equatable {
  private var entries: Set<String> = []

  init(of root: String) throws {
    var open = [""]
    while let directory = open.popLast() {
      guard let stream = opendir(root + directory) else { throw Failure("\(root + directory) cannot be read: \(String(cString: strerror(errno)))") }
      defer { closedir(stream) }
      while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if [".", ".."].contains(name) || name.hasPrefix(".st") || name.hasPrefix(".syncthing.") { continue }
        let path = directory + "/" + name
        var status = stat()
        guard lstat(root + path, &status) == 0 else { continue }
        if status.st_mode & S_IFMT == S_IFDIR {
          entries.insert(path + "/")
          open.append(path)
        } else {
          entries.insert("\(path) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)")
        }
      }
    }
  }
}
