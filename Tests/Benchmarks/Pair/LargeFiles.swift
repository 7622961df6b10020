import Foundation

/// One file of 1 GiB on a warm pair: moved in, changed in place and by rename, copied. Every case leaves the file for the next.
enum LargeFiles {
  static let byteCount = 1 << 30

  static func measureAll(_ contender: some Contender) throws {
    let names = ["file-1GiB", "byte-in-1GiB", "edits-in-1GiB", "append-to-1GiB", "prepend-to-1GiB", "copy-of-1GiB"]
    guard options.cases.isEmpty || !options.cases.isDisjoint(with: names) else { return }
    let (big, outside) = (contender.folders.from + "/big", root + "/big")
    try write(to: outside)
    func moveIn() throws { try files.moveItem(atPath: outside, toPath: big) }
    // Without its own case the move is only the ground for the others.
    if isWanted(names[0]) { try measure(names[0], on: contender, work: moveIn) } else { try moveIn(); try contender.settle() }
    try measure(names[1], on: contender) { try overwrite(big, [500_000_000], with: Data([0x5A])) }
    try measure(names[2], on: contender) {
      let offsets = (0..<10).map { _ in generator.next() % UInt64(byteCount - 64) }
      try overwrite(big, offsets, with: bytes(64, &generator))
    }
    try measure(names[3], on: contender) {
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: big))
      try file.seekToEnd()
      try file.write(contentsOf: bytes(1 << 20, &generator))
      try file.close()
    }
    try measure(names[4], on: contender, prepare: { try copy(big, to: outside, after: bytes(1 << 10, &generator)) }) {
      guard rename(outside, big) == 0 else { throw Failure("the new version cannot be moved in") }
    }
    try measure(names[5], on: contender, prepare: { try copy(big, to: outside, after: Data()) }) { try files.moveItem(atPath: outside, toPath: big + "-copy") }
    for name in [big, big + "-copy"] { try? files.removeItem(atPath: name) }
    try contender.settle()
  }

  static func write(to path: String) throws {
    _ = files.createFile(atPath: path, contents: nil)
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    var words = [UInt64](repeating: 0, count: 1 << 17)
    for _ in 0..<(byteCount >> 20) {
      for index in words.indices { words[index] = generator.next() }
      try words.withUnsafeBytes { try file.write(contentsOf: Data($0)) }
    }
    try file.synchronize()
    try file.close()
  }

  private static func overwrite(_ path: String, _ offsets: [UInt64], with bytes: Data) throws {
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    for offset in offsets {
      try file.seek(toOffset: offset)
      try file.write(contentsOf: bytes)
    }
    try file.close()
  }

  private static func copy(_ from: String, to path: String, after head: Data) throws {
    _ = files.createFile(atPath: path, contents: head)
    let (source, file) = (try FileHandle(forReadingFrom: URL(fileURLWithPath: from)), try FileHandle(forWritingTo: URL(fileURLWithPath: path)))
    try file.seekToEnd()
    while let part = try source.read(upToCount: 1 << 20), !part.isEmpty { try file.write(contentsOf: part) }
    try file.synchronize()
    try file.close()
  }
}
