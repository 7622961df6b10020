package import CoveyCore
package import CoveyEngine

/// A step as the column `step` of `intent` holds it, behind a byte that names the form.
extension DiskStep {
  private static let form: UInt8 = 1
  private enum Tag {
    static let place: UInt8 = 1
    static let makeDirectory: UInt8 = 2
    static let remove: UInt8 = 3
    static let removeDirectory: UInt8 = 4
    static let move: UInt8 = 5
    static let setMetadata: UInt8 = 6
  }

  package var bytes: [UInt8] {
    var out = CanonicalWriter()
    out.byte(Self.form)
    out.path(path)
    out.flag(expected != nil)
    if let expected { out.stat(expected) }
    switch action {
    case .place(let name, let displaced):
      out.byte(Tag.place)
      out.text(name.text)
      Self.write(displaced, to: &out)
    case .makeDirectory(let mode):
      out.byte(Tag.makeDirectory)
      out.number(UInt64(mode))
    case .remove(let displaced):
      out.byte(Tag.remove)
      Self.write(displaced, to: &out)
    case .removeDirectory: out.byte(Tag.removeDirectory)
    case .move(let source):
      out.byte(Tag.move)
      out.path(source)
    case .setMetadata(let mode, let modified):
      out.byte(Tag.setMetadata)
      out.number(UInt64(mode))
      out.time(modified)
    }
    return out.bytes
  }

  package init(bytes: [UInt8]) throws(CanonicalError) {
    var input = CanonicalReader(bytes)
    guard try input.byte() == Self.form else { throw .notCanonical }
    let path = try input.path()
    let expected = try input.flag() ? try input.stat() : nil
    let action: Action
    switch try input.byte() {
    case Tag.place: action = .place(try input.stagedName(), displaced: try Self.displaced(&input))
    case Tag.makeDirectory: action = .makeDirectory(mode: try input.mode())
    case Tag.remove: action = .remove(displaced: try Self.displaced(&input))
    case Tag.removeDirectory: action = .removeDirectory
    case Tag.move: action = .move(from: try input.path())
    case Tag.setMetadata: action = .setMetadata(mode: try input.mode(), modified: try input.time())
    default: throw .notCanonical
    }
    try input.end()
    self.init(path: path, expected: expected, action: action)
  }

  private static func write(_ displaced: Displaced, to out: inout CanonicalWriter) {
    switch displaced {
    case .nothing: out.byte(0)
    case .history(let time):
      out.byte(1)
      out.time(time)
    case .copy(let path):
      out.byte(2)
      out.path(path)
    }
  }

  private static func displaced(_ input: inout CanonicalReader) throws(CanonicalError) -> Displaced {
    switch try input.byte() {
    case 0: .nothing
    case 1: .history(at: try input.time())
    case 2: .copy(try input.path())
    default: throw .notCanonical
    }
  }
}
