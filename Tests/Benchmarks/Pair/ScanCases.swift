import Foundation

/// What one device does with its own disk.
func scanCases() throws {
  try measure("scan-100000-unchanged", fileCount: 100_000, prepare: {
    try makeFiles(100_000, byteCounts: 16...16, perDirectory: 100, at: root + "/staged", &generator)
    try files.moveItem(atPath: root + "/staged", toPath: a.folder + "/scan")
    try a.waitUntilInSync()
    try b.waitUntilInSync()
    _ = try a.run(["scan", "--home", a.home])
  }) { _ = try a.run(["scan", "--home", a.home]) }
  try? files.removeItem(atPath: a.folder + "/scan")
  try measureAlone("first-scan-100000", fileCount: 100_000, byteCounts: 0...2048, isCheap: true)
  try measureAlone("first-scan-1000000", fileCount: 1_000_000, byteCounts: 4...8, isCheap: false)
}

/// A device without a peer: its first scan, and its next start with everything as it was.
private func measureAlone(_ name: String, fileCount: Int, byteCounts: ClosedRange<Int>, isCheap: Bool) throws {
  guard isWanted(name, isCheap: isCheap) else { return }
  let device = Device(program: program, root: root, name: name)
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
  try print(name, [
    "seconds": rounded(first), "filesPerSecond": Int(Double(fileCount) / first), "cpuSeconds": rounded(usage.cpuSeconds),
    "peakMemoryBytes": usage.peakByteCount, "restartSeconds": rounded(again), "restartMemoryBytes": resident,
    "stateBytesPerFile": state / fileCount,
  ])
  try? files.removeItem(atPath: device.folder)
}
