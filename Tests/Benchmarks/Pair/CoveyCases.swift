import Foundation

/// What is asked of Covey alone: looking through its own disk, folders of different sizes, and rest.
func coveyCases(_ pair: CoveyPair) throws {
  let a = pair.a
  try measure("scan-100000-unchanged", on: pair, fileCount: 100_000, prepare: {
    try makeFiles(100_000, byteCounts: 16...16, perDirectory: 100, at: root + "/staged", &generator)
    try files.moveItem(atPath: root + "/staged", toPath: a.folder + "/scan")
    try pair.settle()
    _ = try a.run(["scan", "--home", a.home])
  }) { _ = try a.run(["scan", "--home", a.home]) }
  if files.fileExists(atPath: a.folder + "/scan") { try pair.removeTree(a.folder + "/scan") }
  try pair.settle()
  for size in [1_000, 10_000, 100_000] { try measureGrowth(size, pair) }
  try measureIdle(seconds: 60, pair)
  try measureMillion(pair)
}

/// One device without a peer.
func aloneCases() throws {
  try measureAlone("first-scan-100000", fileCount: 100_000, byteCounts: 0...2048, isCheap: true)
  try measureAlone("first-scan-1000000", fileCount: 1_000_000, byteCounts: 4...8, isCheap: false)
}

/// A device without a peer: its first scan, and its next start with everything as it was.
private func measureAlone(_ name: String, fileCount: Int, byteCounts: ClosedRange<Int>, isCheap: Bool) throws {
  guard isWanted(name, isCheap: isCheap) else { return }
  let device = Device(program: options.program, root: root, name: name)
  try makeFiles(fileCount, byteCounts: byteCounts, perDirectory: 100, at: device.folder, &generator)
  let first = try seconds {
    _ = try device.start(sharing: true)
    try device.waitUntilInSync(peers: 0)
  }
  let usage = device.usage()
  device.stop()
  let again = try seconds {
    try device.restart()
    try device.waitUntilInSync(peers: 0)
  }
  let resident = device.usage().peakByteCount
  device.stop()
  let state = try files.attributesOfItem(atPath: device.home + "/state.db")[.size] as? Int ?? 0
  try report.add(name, "covey", [
    "seconds": rounded(first), "filesPerSecond": Int(Double(fileCount) / first), "cpuSeconds": rounded(usage.cpuSeconds),
    "peakMemoryBytes": usage.peakByteCount, "restartSeconds": rounded(again), "restartMemoryBytes": resident,
    "stateBytesPerFile": state / fileCount,
  ])
  try? files.removeItem(atPath: device.folder)
}

/// The same thousand files changed ten times over, in folders of different sizes: the work for each must not grow.
private func measureGrowth(_ size: Int, _ pair: CoveyPair) throws {
  let place = pair.a.folder + "/growth-\(size)"
  try measure("growth-\(size)", on: pair, fileCount: 10_000, isCheap: false, prepare: {
    try makeFiles(size, byteCounts: 16...16, perDirectory: 100, at: place, &generator)
    try pair.settle()
  }) {
    for _ in 0..<10 {
      try rewrite(1_000, perDirectory: 100, at: place)
      try pair.settle()
    }
  }
  if files.fileExists(atPath: place) { try pair.removeTree(place) }
  try pair.settle()
}

/// A million files moved into the folder of a pair, and the next start of both with everything as it was.
private func measureMillion(_ pair: CoveyPair) throws {
  let count = 1_000_000
  let staged = root + "/staged"
  try measure("first-sync-1000000", on: pair, fileCount: count, isCheap: false, prepare: {
    try makeFiles(count, byteCounts: 4...8, perDirectory: 100, at: staged, &generator)
  }) { try files.moveItem(atPath: staged, toPath: pair.a.folder + "/million") }
  guard files.fileExists(atPath: pair.a.folder + "/million") else { return }
  pair.stop()
  let time = try seconds {
    try pair.restart()
    try pair.settle()
  }
  try report.add("restart-1000000", pair.name, ["seconds": rounded(time), "peakMemoryBytes": pair.usages().map(\.peakByteCount)])
}

/// What both do when nothing happens, with whatever the folder holds by now.
private func measureIdle(seconds: UInt32, _ pair: CoveyPair) throws {
  guard isWanted("idle", isCheap: false) else { return }
  try makeFiles(100_000, byteCounts: 16...16, perDirectory: 100, at: pair.a.folder + "/idle", &generator)
  try pair.settle()
  sleep(10)
  let before = (pair.a.usage(), pair.b.usage())
  sleep(seconds)
  let after = (pair.a.usage(), pair.b.usage())
  try report.add("idle", pair.name, [
    "seconds": seconds, "cpuSeconds": [rounded(after.0.cpuSeconds - before.0.cpuSeconds), rounded(after.1.cpuSeconds - before.1.cpuSeconds)],
    "writtenBytes": [after.0.writtenByteCount - before.0.writtenByteCount, after.1.writtenByteCount - before.1.writtenByteCount],
    "wakeups": [after.0.wakeupCount(since: before.0), after.1.wakeupCount(since: before.1)],
  ])
}
