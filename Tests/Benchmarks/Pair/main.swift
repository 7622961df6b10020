import Foundation

// What two devices on this machine do with everyday work: seconds until the other one holds it, bytes on the wire, CPU and memory.
// One JSON line a case. `--covey PROGRAM [CASE ...]`; inputs come from a fixed seed. Without names, the cases that take seconds run.

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
let files = FileManager.default
let (a, b) = (Device(program: program, root: root, name: "a"), Device(program: program, root: root, name: "b"))
defer {
  a.stop()
  b.stop()
  try? FileManager.default.removeItem(atPath: root)
}
try pair(a, b)

try smallFileCases()
try scanCases()
try LargeFiles.measureAll()
