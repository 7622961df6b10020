import Foundation

func seconds(_ work: () throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  let (seconds, attoseconds) = try clock.measure(work).components
  return Double(seconds) + Double(attoseconds) / 1e18
}

/// Whether a case was asked for: by its name, or by no name at all if it is cheap.
func isWanted(_ name: String, isCheap: Bool = true) -> Bool { wanted.isEmpty ? isCheap : wanted.contains(name) }

/// Starts both and pairs them; returns when they are in sync.
func pair(_ a: Device, _ b: Device) throws {
  let address = try a.start(sharing: true)
  _ = try b.start(sharing: false)
  let inviting = Process()
  let codes = Pipe()
  inviting.executableURL = URL(fileURLWithPath: program)
  inviting.arguments = ["pair", "--home", a.home]
  inviting.standardOutput = codes
  try inviting.run()
  var code = Data()
  while let byte = try codes.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8) { code += byte }
  _ = try b.run(["pair", String(decoding: code, as: UTF8.self), "--home", b.home, "--at", address, "--into", root + "/b"])
  try a.waitUntilInSync()
}

func waitUntilBothInSync() throws {
  try a.waitUntilInSync()
  try b.waitUntilInSync()
}

/// Measures `work` until both devices say that they are in sync, and prints the line of the case.
/// - Parameter fileCount: how many files it is about, for the rate.
func measure(_ name: String, fileCount: Int? = nil, isCheap: Bool = true, prepare: () throws -> Void = {}, work: () throws -> Void) throws {
  guard isWanted(name, isCheap: isCheap) else { return }
  try prepare()
  let (transferred, before) = (try b.transferredByteCount(), (a.usage(), b.usage()))
  let time = try seconds {
    try work()
    try waitUntilBothInSync()
  }
  let after = (a.usage(), b.usage())
  var line: [String: Any] = [
    "seconds": rounded(time), "bytesOnWire": try b.transferredByteCount() - transferred,
    "cpuSeconds": [rounded(after.0.cpuSeconds - before.0.cpuSeconds), rounded(after.1.cpuSeconds - before.1.cpuSeconds)],
    "peakMemoryBytes": [after.0.peakByteCount, after.1.peakByteCount],
  ]
  if let fileCount {
    line["filesPerSecond"] = Int(Double(fileCount) / time)
    let cpuSeconds = after.0.cpuSeconds - before.0.cpuSeconds + after.1.cpuSeconds - before.1.cpuSeconds
    line["cpuMicrosecondsPerFile"] = Int(cpuSeconds / Double(fileCount) * 1e6)
  }
  try print(name, line)
}

func print(_ name: String, _ line: [String: Any]) throws {
  let all = line.merging(["case": name]) { $1 }
  try FileHandle.standardOutput.write(contentsOf: JSONSerialization.data(withJSONObject: all, options: [.sortedKeys]) + Data("\n".utf8))
}

func rounded(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }
