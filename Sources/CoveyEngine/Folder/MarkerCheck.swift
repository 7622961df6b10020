package import CoveyCore

/// Whether a directory is the one that the record speaks of: what its marker says against what the record says.
///
/// In any other one, files that were never there would count as deleted: in an empty mount point that was marked while the folder was
/// away, in a copy, in an older state of the whole disk.
package struct MarkerCheck {
  let disk: any FolderDisk
  let store: any DeviceStore
  let folder: FolderID

  static let foreign = "the marker .covey/folder belongs to another folder: put the right folder back"
  static let estranged = "the marker .covey/folder is not the one that was written last: the folder is met as at first contact, and nothing is deleted"

  /// What the record says that the marker must say, too.
  private struct Record: Equatable {
    var log: LogID
    var sequence: UInt64
    /// The log before, until the marker is written for the first time under the present one.
    var previous: LogID?
  }

  package init(disk: any FolderDisk, store: any DeviceStore, folder: FolderID) {
    self.disk = disk
    self.store = store
    self.folder = folder
  }

  /// What is wrong with the directory; nil: nothing.
  package func trouble() throws -> String? {
    var record = try record()
    while true {
      guard let marker = try disk.readMarker() else { return FolderMachine.unmarked }
      if marker.folder != folder { return Self.foreign }
      if Self.isExpected(marker, log: record.log, sequence: record.sequence, previous: record.previous) { return nil }
      // The log may have been renewed in between, and the marker with it.
      let now = try self.record()
      if (now.log, now.previous) == (record.log, record.previous) { return Self.estranged }
      record = now
    }
  }

  /// Writes the marker where the expected one stands: one that is written where the folder was emptied or is not mounted any more would
  /// let all that is missing there pass for deleted.
  /// - Parameter isFirst: whether none stood there when the directory was opened, for the folder is new.
  package func replace(with marker: FolderMarker, isFirst: Bool) throws {
    let record = try record()
    let isNew = try isFirst && store.read(folder) { $0.state.sequence == 0 && $0.state.knowledge.isEmpty }
    try disk.writeMarker(marker) { standing in
      guard let standing else { return isNew ? nil : FolderMachine.unmarked }
      if standing.folder != folder { return Self.foreign }
      return Self.isExpected(standing, log: record.log, sequence: record.sequence, previous: record.previous) ? nil : Self.estranged
    }
  }

  private func record() throws -> Record {
    let state = try store.read(folder) { $0.state }
    return Record(log: state.log, sequence: state.sequence, previous: try Self.previousLog.of(folder, in: store))
  }

  /// Nothing is authored that the marker does not cover; so one that covers less is older than the record.
  package static func isExpected(_ marker: FolderMarker, log: LogID, sequence: UInt64, previous: LogID?) -> Bool {
    marker.log == log ? marker.reserved >= sequence : marker.log == previous
  }

  // MARK: Logs kept beside the record

  /// The log before, until the marker names the present one.
  package static let previousLog = Note(name: "previous-log")
  /// The log under which the directory was marked first that the record speaks of.
  package static let firstLog = Note(name: "first-log")
  static let notes = [previousLog, firstLog]

  /// A log that a device notes of a folder.
  package struct Note: Sendable {
    let name: String

    func key(_ folder: FolderID) -> String { "\(name):\(folder.hex)" }

    func of(_ folder: FolderID, in store: any DeviceStore) throws -> LogID? {
      guard let bytes = try store.value(forKey: key(folder)) else { return nil }
      var reader = CanonicalReader(bytes)
      return LogID(try reader.fixed64())
    }

    package func set(_ log: LogID?, of folder: FolderID, in store: any DeviceStore) throws {
      guard let log else { return try store.setValue(nil, forKey: key(folder)) }
      var writer = CanonicalWriter()
      writer.fixed64(log.value)
      try store.setValue(writer.bytes, forKey: key(folder))
    }
  }
}
