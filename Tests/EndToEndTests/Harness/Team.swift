import Foundation
import Testing

/// Devices that share one folder `F`, with everything of theirs in one temporary directory.
final class Team {
  let root: String
  private(set) var devices: [Device] = []

  subscript(index: Int) -> Device { devices[index] }

  /// Daemons that run, all paired with the first and in sync. `before` fills folders before anybody knows anybody.
  init(_ count: Int, before: (Device) throws -> Void = { _ in }) throws {
    root = "/tmp/covey-\(UInt32.random(in: 0...0xFFFFFF))"
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    for name in ["A", "B", "C", "D"].prefix(count) { devices.append(try Device(name, in: root)) }
    for device in devices { try before(device) }
    try FileManager.default.createDirectory(atPath: devices[0].folder, withIntermediateDirectories: true)
    try devices[0].start(sharing: devices[0].folder)
    for device in devices.dropFirst() {
      try device.start()
      try device.join(devices[0])
    }
    try sync()
  }

  deinit {
    for device in devices { device.killHard() }
    try? FileManager.default.removeItem(atPath: root)
  }

  /// Waits until every device says that it is in sync with all others, twice round, since one's changes become another's.
  func sync(seconds: Int = 60) throws {
    for _ in 0..<2 {
      for device in devices {
        let outcome = try device.attempt("status", "--wait", "\(seconds)", "--peers", "\(devices.count - 1)")
        guard outcome.code == 0 else { throw Failure("\(device.name) is not in sync:\n\(outcome.output)\n\(device.log.suffix(2000))") }
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
