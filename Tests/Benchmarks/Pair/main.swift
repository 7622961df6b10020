import Foundation

// What two devices on this machine do with everyday work: seconds until the other one holds it, bytes on the wire, CPU and memory.
// One JSON line a case. `--covey PROGRAM [CASE ...]`; inputs come from a fixed seed.

/// SplitMix64: the same input in every run.
struct Seeded: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

func bytes(_ count: Int, _ generator: inout Seeded) -> Data {
  var data = Data(capacity: count)
  while data.count < count { withUnsafeBytes(of: generator.next()) { data.append(contentsOf: $0) } }
  return data.prefix(count)
}

func makeFiles(_ count: Int, byteCount: Int, perDirectory: Int, at root: String, _ generator: inout Seeded) throws {
  for index in 0..<count {
    let directory = root + "/d\(index / perDirectory)"
    if index % perDirectory == 0 { try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true) }
    try bytes(byteCount, &generator).write(to: URL(fileURLWithPath: directory + "/f\(index)"))
  }
}

func seconds(_ work: () throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  let (seconds, attoseconds) = try clock.measure(work).components
  return Double(seconds) + Double(attoseconds) / 1e18
}

var arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 2, arguments[0] == "--covey" else {
  FileHandle.standardError.write(Data("usage: pair-benchmark --covey PROGRAM [CASE ...]\n".utf8))
  exit(2)
}
let program = arguments[1]
let wanted = Set(arguments.dropFirst(2))
let root = NSTemporaryDirectory() + "/covey-bench-\(getpid())"
try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
var generator = Seeded(state: 42)
let (a, b) = (Device(program: program, root: root, name: "a"), Device(program: program, root: root, name: "b"))
defer {
  a.stop()
  b.stop()
  try? FileManager.default.removeItem(atPath: root)
}
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

func waitUntilBothInSync() throws {
  try a.waitUntilInSync()
  try b.waitUntilInSync()
}

/// Runs one case: `prepare` is not measured, `work` is, until both devices say that they are in sync.
func measure(_ name: String, prepare: () throws -> Void = {}, work: () throws -> Void) throws {
  guard wanted.isEmpty || wanted.contains(name) else { return }
  try prepare()
  let (transferred, before) = (try b.transferredByteCount(), (a.usage(), b.usage()))
  let time = try seconds {
    try work()
    try waitUntilBothInSync()
  }
  let after = (a.usage(), b.usage())
  let line: [String: Any] = [
    "case": name, "seconds": (time * 1000).rounded() / 1000, "bytesOnWire": try b.transferredByteCount() - transferred,
    "cpuSeconds": [after.0.cpuSeconds - before.0.cpuSeconds, after.1.cpuSeconds - before.1.cpuSeconds],
    "peakMemoryBytes": [after.0.peakByteCount, after.1.peakByteCount],
  ]
  try FileHandle.standardOutput.write(contentsOf: JSONSerialization.data(withJSONObject: line, options: [.sortedKeys]) + Data("\n".utf8))
}

let files = FileManager.default
let staged = root + "/staged"
try measure("files-10000", prepare: { try makeFiles(10_000, byteCount: 4096, perDirectory: 100, at: staged, &generator) }) {
  try files.moveItem(atPath: staged, toPath: a.folder + "/many")
}
try measure("latency-1KiB") { try bytes(1024, &generator).write(to: URL(fileURLWithPath: a.folder + "/small")) }
try measure("rename-2000", prepare: {
  try makeFiles(2_000, byteCount: 1024, perDirectory: 2_000, at: a.folder + "/old", &generator)
  try a.waitUntilInSync()
}) { try files.moveItem(atPath: a.folder + "/old", toPath: a.folder + "/new") }
try LargeFiles.measureAll()
try measure("scan-100000-unchanged", prepare: {
  try makeFiles(100_000, byteCount: 16, perDirectory: 1_000, at: staged, &generator)
  try files.moveItem(atPath: staged, toPath: a.folder + "/scan")
  try a.waitUntilInSync()
}) { _ = try a.run(["scan", "--home", a.home]) }
