import Foundation

/// Two devices with a slow link between them, beside rsync over the same link.
func slowLinkCases() throws {
  try overLink("text-over-20Mbit", bitsPerSecond: 20e6, roundTrip: 0.05) { folder in
    try makeText(20_000, byteCount: 10 << 10, at: folder + "/text", &generator)
    // What the link would take for the same bytes in one stream of zlib.
    let count = try runTool("/bin/sh", ["-c", "tar -C \"$0\" -c text | gzip -6 | wc -c", folder])
    return Int(count.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
  }
  try overLink("1GiB-over-200Mbit", bitsPerSecond: 200e6, roundTrip: 0.1) { folder in
    try LargeFiles.write(to: folder + "/big")
    return LargeFiles.byteCount
  }
}

/// - Parameter make: puts the input below a directory, and says how many bytes the link must carry at least.
private func overLink(_ name: String, bitsPerSecond: Double, roundTrip: Double, make: (String) throws -> Int) throws {
  guard isWanted(name, isCheap: false) else { return }
  let outside = root + "/\(name)-input"
  try files.createDirectory(atPath: outside, withIntermediateDirectories: true)
  let least = Double(try make(outside)) * 8 / bitsPerSecond
  let (a, b) = (Device(program: options.program, root: root, name: name + "-a"), Device(program: options.program, root: root, name: name + "-b"))
  let address = try a.start(sharing: true)
  defer { a.stop() }
  guard let port = address.split(separator: ":").last.flatMap({ UInt16($0) }) else { throw Failure("\(address) has no port") }
  let relay = try Relay(to: port, bitsPerSecond: bitsPerSecond, roundTrip: roundTrip)
  defer { relay.stop() }
  _ = try b.start(sharing: false)
  defer { b.stop() }
  try b.join(a, at: "127.0.0.1:\(relay.port)")
  try a.waitUntilInSync()
  let before = relay.passedByteCount
  let input = try files.contentsOfDirectory(atPath: outside)
  let time = try seconds {
    for entry in input { try files.moveItem(atPath: outside + "/" + entry, toPath: a.folder + "/" + entry) }
    try a.waitUntilInSync()
  }
  let passed = relay.passedByteCount - before
  guard try b.transferredByteCount() <= passed + before + (1 << 20) else { throw Failure("\(name): not everything went over the link") }
  try report.add(name, "covey", [
    "seconds": rounded(time), "bytesOnWire": passed, "leastSeconds": rounded(least), "ofLink": rounded(least / time),
  ])
}

/// Text as programs have it: lines of words that come up again, the more often the shorter they are.
private func makeText(_ count: Int, byteCount: Int, at directory: String, _ generator: inout Seeded) throws {
  let letters = Array("abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJ")
  let words = (0..<8_000).map { index in String((0..<(2 + index / 700)).map { _ in letters[Int(generator.next() % 37)] }) }
  let marks = [" ", " ", " ", "(", ")", ".", ", ", " = ", ";\n", ";\n  ", " {\n    ", "}\n"]
  for index in 0..<count {
    var text = ""
    while text.utf8.count < byteCount {
      let draw = Double(generator.next() >> 11) / Double(1 << 53)
      text += words[Int(pow(draw, 3) * Double(words.count - 1))] + marks[Int(generator.next() % UInt64(marks.count))]
    }
    let place = directory + "/d\(index / 100)"
    if index % 100 == 0 { try files.createDirectory(atPath: place, withIntermediateDirectories: true) }
    try text.write(toFile: place + "/f\(index).c", atomically: false, encoding: .utf8)
  }
}
