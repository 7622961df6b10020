import Foundation

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

/// Files of a random size in the range, `perDirectory` in each directory below `root`.
func makeFiles(_ count: Int, byteCounts: ClosedRange<Int>, perDirectory: Int, at root: String, _ generator: inout Seeded) throws {
  for index in 0..<count {
    let directory = root + "/d\(index / perDirectory)"
    if index % perDirectory == 0 { try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true) }
    let content = bytes(Int.random(in: byteCounts, using: &generator), &generator)
    let file = open(directory + "/f\(index)", O_WRONLY | O_CREAT | O_EXCL, 0o644)
    guard file >= 0, content.withUnsafeBytes({ write(file, $0.baseAddress, $0.count) }) == content.count, close(file) == 0 else {
      throw Failure("\(directory)/f\(index) cannot be written")
    }
  }
}
