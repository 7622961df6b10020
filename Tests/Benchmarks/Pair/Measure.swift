import Foundation

func seconds(_ work: () throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  let (seconds, attoseconds) = try clock.measure(work).components
  return Double(seconds) + Double(attoseconds) / 1e18
}

/// Whether a case was asked for: by its name, or by no name at all if it is cheap.
func isWanted(_ name: String, isCheap: Bool = true) -> Bool { options.cases.isEmpty ? isCheap : options.cases.contains(name) }

/// Measures `work` until both folders are the same, and prints the line of the case.
/// - Parameter fileCount: how many files it is about, for the rate.
func measure(
  _ name: String, on contender: some Contender, fileCount: Int? = nil, isCheap: Bool = true, prepare: () throws -> Void = {},
  work: () throws -> Void
) throws {
  guard isWanted(name, isCheap: isCheap) else { return }
  try prepare()
  // What was just made here is on the disk: nobody flushes it together with what he received.
  sync()
  let (transferred, before) = (try contender.transferredByteCount(), contender.usages())
  let time = try seconds {
    try work()
    try contender.settle()
  }
  let after = contender.usages()
  var line: [String: Any] = ["seconds": rounded(time)]
  if let transferred, let now = try contender.transferredByteCount() { line["bytesOnWire"] = now - transferred }
  let cpuSeconds = zip(before, after).map { $1.cpuSeconds - $0.cpuSeconds }
  if !after.isEmpty {
    line["cpuSeconds"] = cpuSeconds.map(rounded)
    line["peakMemoryBytes"] = after.map(\.peakByteCount)
  }
  if let fileCount {
    line["filesPerSecond"] = Int(Double(fileCount) / time)
    if !after.isEmpty { line["cpuMicrosecondsPerFile"] = Int(cpuSeconds.reduce(0, +) / Double(fileCount) * 1e6) }
  }
  try report.add(name, contender.name, line)
}

func rounded(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }
