import Foundation

/// What a process has taken of the machine so far.
struct Usage {
  var cpuSeconds = 0.0
  /// The peak of resident memory.
  var peakByteCount = 0
  /// Bytes it caused to be written to a disk.
  var writtenByteCount = 0
  /// How often each of its threads was woken.
  private var wakeups: [String: Int] = [:]

  init(of process: Int32) {
    func text(_ file: String) -> String { (try? String(contentsOfFile: "/proc/\(process)/\(file)", encoding: .utf8)) ?? "" }
    func number(_ key: String, in file: String) -> Int {
      text(file).split(separator: "\n").first { $0.hasPrefix(key) }?.split(whereSeparator: { " \t".contains($0) }).dropFirst().first
        .flatMap { Int($0) } ?? 0
    }
    let fields = text("stat").split(separator: " ")
    cpuSeconds = fields.count > 14 ? ((Double(fields[13]) ?? 0) + (Double(fields[14]) ?? 0)) / 100 : 0
    peakByteCount = number("VmHWM:", in: "status") * 1024
    writtenByteCount = number("write_bytes:", in: "io")
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
    for thread in threads { wakeups[thread] = number("voluntary_ctxt_switches:", in: "task/\(thread)/status") }
  }

  /// Of the threads that are there; those that ended since are not known any more.
  func wakeupCount(since before: Usage) -> Int { wakeups.reduce(0) { $0 + $1.value - before.wakeups[$1.key, default: 0] } }
}
