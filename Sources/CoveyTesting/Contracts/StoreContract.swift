package import CoveyEngine

/// What every ``DeviceStore`` promises: each check takes an empty store and throws ``ContractBreach`` where a promise is not kept.
package enum StoreContract {
  package struct Check: Sendable, CustomStringConvertible {
    package let description: String
    package let run: @Sendable (any DeviceStore) throws -> Void
    init(_ description: String, _ run: @escaping @Sendable (any DeviceStore) throws -> Void) {
      self.description = description
      self.run = run
    }
  }

  package static let checks: [Check] = headChecks + entryChecks + recordChecks + snapshotChecks + deviceChecks

  /// Adds the sample folder and runs `body` in one transaction on it.
  static func write(_ store: any DeviceStore, _ body: (any FolderRecords) throws -> Void) throws {
    if try !store.folders().contains(StoreSamples.folder) { try store.addFolder(StoreSamples.folder, state: freshState) }
    try store.write(StoreSamples.folder, flush: false, body)
  }

  static func read<T>(_ store: any DeviceStore, _ body: (any FolderRecords) throws -> T) throws -> T {
    try store.read(StoreSamples.folder, body)
  }
}
