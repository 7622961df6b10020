import Foundation

/// Many small files: arrive, change, go, and one alone.
func smallFileCases(_ contender: some Contender) throws {
  let staged = root + "/staged"
  let from = contender.folders.from
  let many = from + "/many"
  func measure(_ name: String, fileCount: Int, isCheap: Bool = true, prepare: () throws -> Void = {}, work: () throws -> Void) throws {
    try pair_benchmark.measure(name, on: contender, fileCount: fileCount, isCheap: isCheap, prepare: prepare, work: work)
  }
  try measure("files-10000", fileCount: 10_000, prepare: {
    try makeFiles(10_000, byteCounts: 2048...6144, perDirectory: 100, at: staged, &generator)
  }) { try files.moveItem(atPath: staged, toPath: many) }
  if files.fileExists(atPath: many) {
    try measure("edit-10000", fileCount: 10_000) { try rewrite(10_000, perDirectory: 100, at: many) }
    try measure("touch-10000", fileCount: 10_000) { try touch(10_000, perDirectory: 100, at: many) }
    try measure("delete-10000", fileCount: 10_000) { try contender.removeTree(many) }
    if files.fileExists(atPath: many) { try contender.removeTree(many) }
  }
  if !contender.usages().isEmpty { try measureLatency("latency-1KiB", count: 200, contender) }
  try measure("rename-2000", fileCount: 2_000, prepare: {
    try makeFiles(2_000, byteCounts: 1024...1024, perDirectory: 2_000, at: from + "/old", &generator)
    try contender.settle()
  }) { try files.moveItem(atPath: from + "/old", toPath: from + "/new") }
  try measure("files-100000", fileCount: 100_000, isCheap: false, prepare: {
    try makeFiles(100_000, byteCounts: 0...2048, perDirectory: 100, at: staged, &generator)
  }) { try files.moveItem(atPath: staged, toPath: from + "/more") }
  for name in ["new", "more"] where files.fileExists(atPath: from + "/" + name) { try contender.removeTree(from + "/" + name) }
  try contender.settle()
}

private func name(_ index: Int, perDirectory: Int) -> String { "/d\(index / perDirectory)/f\(index)" }

/// Other bytes in every file, written as an editor does: beside it, then renamed over it.
func rewrite(_ count: Int, perDirectory: Int, at root: String) throws {
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
private func measureLatency(_ name: String, count: Int, _ contender: some Contender) throws {
  guard isWanted(name) else { return }
  var times: [Double] = []
  for index in 0..<count {
    let content = bytes(1024, &generator)
    times.append(
      try seconds {
        try content.write(to: URL(fileURLWithPath: contender.folders.from + "/small-\(index)"))
        while access(contender.folders.to + "/small-\(index)", F_OK) != 0 { usleep(500) }
      })
  }
  times.sort()
  try report.add(name, contender.name, ["medianSeconds": rounded(times[count / 2]), "seconds99": rounded(times[count * 99 / 100])])
}
