import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon
import Glibc

extension Conflicts {
  struct Diff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Compare both sides of a conflict, as a unified diff when both are text.")

    /// Larger files are only compared by size and hash.
    static let byteCountMax = 8 << 20

    @OptionGroup var conflict: ConflictArgument

    func run() async throws {
      let sides = try await conflict.sides()
      let report = sides.conflict
      let old = try sides.currentFile.flatMap(Self.text)
      let new = try sides.copyFile.flatMap(Self.text)
      let lines = old.flatMap { old in new.map { UnifiedDiff(old: old, new: $0).rendered(oldName: report.path, newName: report.copy) } }
      if conflict.shared.json { return try Output.json(Report(conflict: report, diff: lines)) }
      guard let lines else {
        for (name, side, file) in [(report.path, report.winner, sides.currentFile), (report.copy, report.loser, sides.copyFile)] {
          let remark = file.map(Self.described) ?? "its bytes are not on this device yet"
          Output.text("\(name.escaped): \([remark, side.size.byteCountText, side.hash.escaped].filter { !$0.isEmpty }.joined(separator: ", "))")
        }
        return
      }
      for line in lines { Output.text(Self.colour(of: line).map { $0(line.escapedButTabs) } ?? line.escapedButTabs) }
    }

    private struct Report: Encodable {
      var conflict: ConflictReport
      @ExplicitNull var diff: [String]?
    }

    private static func colour(of line: String) -> Colour? {
      switch line.first {
      case "+": .green
      case "-": .red
      case "@": .faint
      default: nil
      }
    }

    /// What stands at a path; empty for a file.
    private static func described(_ path: String) -> String {
      var found = stat()
      guard lstat(path, &found) == 0 else { return "" }
      if found.st_mode & S_IFMT == S_IFDIR { return "a directory" }
      guard found.st_mode & S_IFMT == S_IFLNK else { return "" }
      var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
      let count = target.withUnsafeMutableBytes { readlink(path, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count) }
      return count < 0 ? "a symlink" : "a symlink to \(String(decoding: target.prefix(count), as: UTF8.self).escaped)"
    }

    /// The file's bytes; nil when it is no text or too large.
    private static func text(_ path: String) throws -> [UInt8]? {
      let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      if descriptor < 0, errno == ELOOP { return nil }
      guard descriptor >= 0 else { throw CommandFailure(.failed, "\(path.escaped) cannot be read: check that it is still there and yours") }
      defer { close(descriptor) }
      var found = stat()
      guard fstat(descriptor, &found) == 0, found.st_mode & S_IFMT == S_IFREG, found.st_size <= byteCountMax else { return nil }
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while bytes.count <= byteCountMax {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw CommandFailure(.failed, "\(path.escaped) cannot be read: check the disk") }
        if count == 0 { break }
        bytes += buffer[..<count]
      }
      return bytes.count <= byteCountMax && UnifiedDiff.isText(bytes) ? bytes : nil
    }
  }
}

extension String {
  /// Escaped but for tabs, which text is full of.
  fileprivate var escapedButTabs: String {
    split(separator: "\t", omittingEmptySubsequences: false).map(\.escaped).joined(separator: "\t")
  }
}
