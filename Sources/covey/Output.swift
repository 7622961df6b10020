import CoveyCore
import CoveyDaemon
import Foundation
import Glibc

/// What goes to the terminal or the pipe behind it. Standard output is written at once, line by line, so that a reader never waits for a buffer.
enum Output {
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Whether standard output may be coloured and redrawn.
  static let isStyled: Bool = {
    let environment = ProcessInfo.processInfo.environment
    return isTerminal && environment["TERM"] != "dumb"
  }()

  static let isColoured: Bool = isStyled && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty

  /// Writes text as it is, with a line end if it has none. Names in it are escaped already.
  static func text(_ text: String) {
    guard !text.isEmpty else { return }
    write(text.hasSuffix("\n") ? text : text + "\n", to: STDOUT_FILENO)
  }

  static func json(_ value: some Encodable) throws {
    write(String(decoding: try ControlJSON.encode(value), as: UTF8.self) + "\n", to: STDOUT_FILENO)
  }

  /// One line on standard error, however many the message has.
  static func error(_ message: String) {
    let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    write("covey: \(line.escaped)\n", to: STDERR_FILENO)
  }

  /// A remark for people, on standard error.
  static func note(_ message: String) { write(message.escaped + "\n", to: STDERR_FILENO) }

  static func raw(_ text: String) { write(text, to: STDOUT_FILENO) }

  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}

enum Colour: String {
  case red = "31"
  case green = "32"
  case yellow = "33"
  case faint = "2"
  case bold = "1"

  /// The text in this colour where colours are wanted.
  func callAsFunction(_ text: String) -> String { Output.isColoured ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text }
}
