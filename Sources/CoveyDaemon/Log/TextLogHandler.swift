import CoveyCore
import Glibc
package import Logging

/// Writes one line an event to standard error: time, level, message, then what belongs to it as `key=value`.
///
/// Everything goes through the escaping of ``CoveyCore``, so that a file name can neither break a line nor command a terminal.
package struct TextLogHandler: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  private let write: @Sendable (String) -> Void

  /// - Parameter write: takes one line with its end; standard error unless a test wants to look.
  package init(level: Logger.Level, write: @escaping @Sendable (String) -> Void = TextLogHandler.writeToStandardError) {
    logLevel = level
    self.write = write
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var line = "\(Self.now()) \(Self.name(of: event.level)) \(event.message.description.escaped)"
    let all = metadata.merging(event.metadata ?? [:]) { _, own in own }
    for (key, value) in all.sorted(by: { $0.key < $1.key }) {
      let text = "\(value)".escaped
      line += text.contains(" ") || text.isEmpty ? " \(key)=\"\(text)\"" : " \(key)=\(text)"
    }
    if let error = event.error { line += " error=\"\("\(error)".escaped)\"" }
    write(line + "\n")
  }

  /// One call, so that lines of several threads do not mix.
  package static func writeToStandardError(_ line: String) {
    let bytes = Array(line.utf8)
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }

  private static func now() -> String {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec) / 1_000_000 * 1_000_000).rfc3339
  }

  private static func name(of level: Logger.Level) -> String {
    switch level {
    case .trace: "TRACE"
    case .debug: "DEBUG"
    case .info: "INFO "
    case .notice: "NOTE "
    case .warning: "WARN "
    case .error: "ERROR"
    case .critical: "FATAL"
    }
  }
}
