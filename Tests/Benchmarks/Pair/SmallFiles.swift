import Foundation

/// Many small files: arrive, change, go, and one alone.
func smallFileCases() throws {
  let staged = root + "/staged"
  let many = a.folder + "/many"
  try measure("files-10000", fileCount: 10_000, prepare: {
    try makeFiles(10_000, byteCounts: 2048...6144, perDirectory: 100, at: staged, &generator)
  }) { try files.moveItem(atPath: staged, toPath: many) }
  if files.fileExists(atPath: many) {
    try measure("edit-10000", fileCount: 10_000) { try rewrite(10_000, perDirectory: 100, at: many) }
    try measure("touch-10000", fileCount: 10_000) { try touch(10_000, perDirectory: 100, at: many) }
    try measure("delete-10000", fileCount: 10_000) { try files.removeItem(atPath: many) }
    try? files.removeItem(atPath: many)
  }
  try measureLatency("latency-1KiB", count: 200)
  try measure("rename-2000", fileCount: 2_000, prepare: {
    try makeFiles(2_000, byteCounts: 1024...1024, perDirectory: 2_000, at: a.folder + "/old", &generator)
    try a.waitUntilInSync()
  }) { try files.moveItem(atPath: a.folder + "/old", toPath: a.folder + "/new") }
  try measure("files-100000", fileCount: 100_000, isCheap: false, prepare: {
    try makeFiles(100_000, byteCounts: 0...2048, perDirectory: 100, at: staged, &generator)
  }) { try files.moveItem(atPath: staged, toPath: a.folder + "/more") }
  for size in [1_000, 10_000, 100_000] { try measureGrowth(size) }
  try measureIdle(seconds: 60)
}

private func name(_ index: Int, perDirectory: Int) -> String { "/d\(index / perDirectory)/f\(index)" }

/// Other bytes in every file, written as an editor does: beside it, then renamed over it.
private func rewrite(_ count: Int, perDirectory: Int, at root: String) throws {
  for index in 0..<count {
    let path = root + name(index, perDirectory: perDirectory)
    let content = bytes(4096, &generator)
    let file = open(path + "~", O_WRONLY | O_CREAT | O_EXCL, 0o644)
    guard file >= 0, content.withUnsafeBytes({ write(file, $0.baseAddress, $0.count) }) == content.count, close(file) == 0,
      rename(path + "~", path) == 0
    else { throw Failure("\(path) cannot be written") }
  }
}

private func touch(_ count: Int, perDirectory: Int, at root: String) throws {
  for index in 0..<count { utimes(root + name(index, perDirectory: perDirectory), nil) }
}

/// One file at a time: from its close here until it stands there.
private func measureLatency(_ name: String, count: Int) throws {
  guard isWanted(name) else { return }
  var times: [Double] = []
  for index in 0..<count {
    let content = bytes(1024, &generator)
    times.append(
      try seconds {
        try content.write(to: URL(fileURLWithPath: a.folder + "/small-\(index)"))
        while access(b.folder + "/small-\(index)", F_OK) != 0 { usleep(500) }
      })
  }
  times.sort()
  try print(name, ["medianSeconds": rounded(times[count / 2]), "seconds99": rounded(times[count * 99 / 100])])
}

/// The same thousand changes in folders of different sizes: the work for each must not grow.
private func measureGrowth(_ size: Int) throws {
  let staged = root + "/staged"
  let place = a.folder + "/growth-\(size)"
  try measure("growth-\(size)", fileCount: 1_000, isCheap: false, prepare: {
    try makeFiles(size, byteCounts: 16...16, perDirectory: 100, at: place, &generator)
    try makeFiles(1_000, byteCounts: 1024...1024, perDirectory: 100, at: staged, &generator)
    try a.waitUntilInSync()
    try b.waitUntilInSync()
  }) { try files.moveItem(atPath: staged, toPath: place + "/new") }
  try? files.removeItem(atPath: place)
  if isWanted("growth-\(size)", isCheap: false) { try a.waitUntilInSync() }
}

/// What both do when nothing happens, with whatever the folder holds by now.
private func measureIdle(seconds: UInt32) throws {
  guard isWanted("idle", isCheap: false) else { return }
  try makeFiles(100_000, byteCounts: 16...16, perDirectory: 100, at: a.folder + "/idle", &generator)
  try a.waitUntilInSync()
  try b.waitUntilInSync()
  sleep(10)
  let before = (a.usage(), b.usage())
  sleep(seconds)
  let after = (a.usage(), b.usage())
  try print("idle", [
    "seconds": seconds, "cpuSeconds": [after.0.cpuSeconds - before.0.cpuSeconds, after.1.cpuSeconds - before.1.cpuSeconds],
    "writtenBytes": [after.0.writtenByteCount - before.0.writtenByteCount, after.1.writtenByteCount - before.1.writtenByteCount],
    "wakeups": [after.0.wakeupCount - before.0.wakeupCount, after.1.wakeupCount - before.1.wakeupCount],
  ])
}
