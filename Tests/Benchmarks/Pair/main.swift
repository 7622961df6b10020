import Foundation

// What two devices on this machine do with everyday work: seconds until the other one holds it, bytes on the wire, CPU and memory.
// One JSON line a case, or one table. Inputs come from a fixed seed. Without names, the cases that take seconds run.

let options: Options
do { options = try Options(CommandLine.arguments.dropFirst()) } catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(2)
}
let report = Report(isTable: options.isTable)
let root = NSTemporaryDirectory() + "/covey-bench-\(getpid())"
let files = FileManager.default
var generator = Seeded(state: 42)
try files.createDirectory(atPath: root, withIntermediateDirectories: true)
defer { try? files.removeItem(atPath: root) }

let pair = CoveyPair(program: options.program, root: root + "/covey")
try run(pair) { _ in
  try smallFileCases(pair)
  try checkoutCase(pair)
  try LargeFiles.measureAll(pair)
  try coveyCases(pair)
}
try aloneCases()
try slowLinkCases()
try meshCases()
for name in options.rivals.sorted() {
  guard let rival = allRivals[name] else { continue }
  try run(rival(root + "/" + name)) { rival in
    try smallFileCases(rival)
    try checkoutCase(rival)
    try LargeFiles.measureAll(rival)
  }
}
report.finish()

func run(_ contender: any Contender, _ cases: (any Contender) throws -> Void) throws {
  generator = Seeded(state: 42)
  try contender.start()
  defer {
    contender.stop()
    for folder in [contender.folders.from, contender.folders.to] { try? files.removeItem(atPath: folder) }
  }
  // A pair at work, not one that has just met.
  try makeFiles(500, byteCounts: 2048...6144, perDirectory: 100, at: root + "/staged", &generator)
  try files.moveItem(atPath: root + "/staged", toPath: contender.folders.from + "/warm")
  try contender.settle()
  try cases(contender)
}
