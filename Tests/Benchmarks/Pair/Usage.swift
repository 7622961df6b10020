import Foundation

/// What a process has taken of the machine so far.
struct Usage {
  var cpuSeconds = 0.0
  /// The peak of resident memory.
  var peakByteCount = 0
  /// Bytes it caused to be written to a disk.
  var writtenByteCount = 0
  /// How often one of its threads was woken.
  var wakeupCount = 0

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
    wakeupCount = threads.reduce(0) { $0 + number("voluntary_ctxt_switches:", in: "task/\($1)/status") }
  }
}
