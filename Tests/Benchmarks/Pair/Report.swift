import Foundation

/// What was measured: each case as a line of JSON when it ends, or all of them as one table.
final class Report {
  private let isTable: Bool
  private var cases: [String] = []
  private var tools: [String] = []
  private var lines: [String: [String: [String: Any]]] = [:]

  init(isTable: Bool) { self.isTable = isTable }

  func add(_ name: String, _ tool: String, _ line: [String: Any]) throws {
    if lines[name] == nil { cases.append(name) }
    if !tools.contains(tool) { tools.append(tool) }
    var line = line
    if tool != tools[0], let own = lines[name]?[tools[0]]?["seconds"] as? Double, let other = line["seconds"] as? Double {
      // Above 1: the first tool is quicker.
      line["ratio"] = rounded(other / own)
    }
    lines[name, default: [:]][tool] = line
    let all = line.merging(["case": name, "tool": tool]) { $1 }
    let data = try JSONSerialization.data(withJSONObject: all, options: [.sortedKeys]) + Data("\n".utf8)
    try (isTable ? FileHandle.standardError : FileHandle.standardOutput).write(contentsOf: data)
  }

  func finish() {
    guard isTable else { return }
    Swift.print("Measured on \(Self.day()), \(Self.machine()):\n")
    Swift.print("| case | " + tools.joined(separator: " | ") + " |\n|---|" + String(repeating: "---|", count: tools.count))
    for name in cases {
      Swift.print("| \(name) | " + tools.map { lines[name]?[$0].map(Self.cell) ?? "" }.joined(separator: " | ") + " |")
    }
  }

  private static func cell(_ line: [String: Any]) -> String {
    var parts: [String] = []
    if let seconds = line["seconds"] as? Double { parts.append("\(number(seconds)) s") }
    if let median = line["medianSeconds"] as? Double, let late = line["seconds99"] as? Double {
      parts.append("\(Int(median * 1000)) ms, 99 % within \(Int(late * 1000)) ms")
    }
    if let rate = line["filesPerSecond"] as? Int { parts.append("\(rate) files/s") }
    if let byteCount = line["bytesOnWire"] as? Int { parts.append("\(size(byteCount)) on the wire") }
    if let part = line["ofLink"] as? Double { parts.append("\(Int(part * 100)) % of the link") }
    return parts.joined(separator: ", ")
  }

  private static func number(_ seconds: Double) -> String { String(format: seconds < 10 ? "%.2f" : "%.0f", seconds) }

  private static func size(_ byteCount: Int) -> String {
    byteCount < 10_000 ? "\(byteCount) B" : byteCount < 10_000_000 ? "\(byteCount / 1000) kB" : "\(byteCount / 1_000_000) MB"
  }

  private static func day() -> String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.dateFormat = "yyyy-MM-dd"
    return format.string(from: Date())
  }

  private static func machine() -> String {
    let processors = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let model = processors.split(separator: "\n").first { $0.hasPrefix("model name") }?.split(separator: ":").last ?? " unknown processor"
    return "\(ProcessInfo.processInfo.activeProcessorCount) cores of\(model), both sides on one machine"
  }
}
