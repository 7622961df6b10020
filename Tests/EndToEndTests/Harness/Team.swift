import Foundation
import Testing

/// Devices that share one folder `F`, with everything of theirs in one temporary directory.
final class Team {
  /// Who is connected with whom.
  enum Shape {
    /// Everybody with everybody.
    case ring
    /// Everybody with the first only.
    case star
    /// Each with the one before and the one after only.
    case chain
  }

  let root: String
  let shape: Shape
  private(set) var devices: [Device] = []

  subscript(index: Int) -> Device { devices[index] }

  /// Daemons that run, all paired and in sync. `place` says where each runs; `before` fills folders before anybody knows anybody.
  /// - Parameter findsItself: they pair over the local network, with the code alone.
  init(
    _ count: Int, shape: Shape = .ring, root: String? = nil, findsItself: Bool = false, before: (Device) throws -> Void = { _ in },
    place: (Int) throws -> Device.Place = { _ in Device.Place() }
  ) throws {
    self.root = root ?? Self.newRoot()
    self.shape = shape
    try FileManager.default.createDirectory(atPath: self.root, withIntermediateDirectories: true)
    for (index, name) in ["A", "B", "C", "D"].prefix(count).enumerated() {
      var place = try place(index)
      // Who is told no address can be dialled by its partners of the pairing only.
      if shape != .ring { place.setup += ["--advertise", "none"] }
      devices.append(try Device(name, in: place.root ?? self.root, place: place))
    }
    for device in devices { try before(device) }
    try FileManager.default.createDirectory(atPath: devices[0].folder, withIntermediateDirectories: true)
    try devices[0].start(sharing: devices[0].folder)
    for (index, device) in devices.enumerated().dropFirst() {
      try device.start()
      try device.join(devices[shape == .chain ? index - 1 : 0], findingItself: findsItself)
    }
    try sync()
  }

  static func newRoot() -> String { "/tmp/covey-\(UInt32.random(in: 0...0xFFFFFF))" }

  deinit {
    for device in devices { device.killHard() }
    try? FileManager.default.removeItem(atPath: root)
  }

  func peerCount(of index: Int) -> Int {
    switch shape {
    case .ring: devices.count - 1
    case .star: index == 0 ? devices.count - 1 : 1
    case .chain: index == 0 || index == devices.count - 1 ? 1 : 2
    }
  }

  /// Waits until every device says that it is in sync with all its peers, as often as a change takes to come round.
  func sync(seconds: Int = 60) throws {
    for _ in 0..<max(2, shape == .ring ? 2 : devices.count) {
      for (index, device) in devices.enumerated() {
        let outcome = try device.attempt("status", "--wait", "\(seconds)", "--peers", "\(peerCount(of: index))")
        guard outcome.code == 0 else { throw Failure("\(device.name) is not in sync:\n\(outcome.output)\n\(outcome.errors)\(device.log.suffix(2000))") }
      }
    }
  }

  /// All daemons stop, `edits` happen, and they start again.
  func offline(_ edits: () throws -> Void) throws {
    for device in devices { device.stop() }
    try edits()
    for device in devices { try device.start() }
    try sync()
  }

  /// In sync means equal trees and equal digests, always.
  func expectEqual(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let trees = try devices.map { try Tree($0.folder) }
    for (device, tree) in zip(devices, trees).dropFirst() {
      #expect(tree.differences(to: trees[0]) == [], "\(devices[0].name) and \(device.name)", sourceLocation: sourceLocation)
    }
    let digests = Set(try devices.map { try $0.folderStatus()["digest"] as? String ?? "none" })
    #expect(digests.count == 1, sourceLocation: sourceLocation)
  }

  func syncAndExpectEqual(sourceLocation: SourceLocation = #_sourceLocation) throws {
    try sync()
    try expectEqual(sourceLocation: sourceLocation)
  }
}
