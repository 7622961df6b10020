import CoveyCore
import CoveyEngine
import CoveyStorage
import CoveyTesting
import Testing

/// Columns of a `state.db` that a failing disk has spoiled: an error, never a trap.
@Suite struct HostileColumnTests {
  @Test func `the state of a folder`() throws {
    var state = FolderState(log: StoreSamples.log, isFresh: false)
    state.knowledge = VersionVector([StoreSamples.dot(7), Dot(log: StoreSamples.lateLog, sequence: .max)])
    state.batchHashes = [StoreSamples.log: 5]
    state.dropped = VersionVector([StoreSamples.dot(3)])
    state.sequence = 7
    let known = state
    #expect(try FolderState(bytes: state.bytes, acknowledged: [:]) == known)
    var input = HostileInput([state.bytes], seed: 1)
    input.feed(randomCount: 40_000) { bytes in _ = try? FolderState(bytes: bytes, acknowledged: [:]) }
  }

  @Test func `the steps of intents`() throws {
    let path = try RelativePath("a/b")
    let stat = FileStat(kind: .file, size: 3, modified: StoreSamples.time(1), changed: StoreSamples.time(2), inode: 5, mode: 0o644)
    let name = try #require(StagedName("f-1"))
    let actions: [DiskStep.Action] = [
      .place(name, displaced: .history(at: StoreSamples.time(4))), .place(name, displaced: .copy(path)), .makeDirectory(mode: 0o755),
      .remove(displaced: .nothing), .removeDirectory, .move(from: path), .setMetadata(mode: 0o600, modified: StoreSamples.time(9)),
    ]
    let steps = actions.map { DiskStep(path: path, expected: stat, action: $0) }
    var input = HostileInput(steps.map(\.bytes), seed: 2)
    input.feed(randomCount: 40_000) { bytes in
      if let step = try? DiskStep(bytes: bytes) { #expect((try? DiskStep(bytes: step.bytes)) == step) }
    }
  }

  @Test func `versions without their path`() throws {
    let versions = try StoreSamples.everyShape()
    for version in versions { #expect(try Version(body: version.body, path: version.path, dot: version.dot) == version) }
    var input = HostileInput(versions.map(\.body), seed: 3)
    input.feed(randomCount: 40_000) { bytes in _ = try? Version(body: bytes, path: versions[0].path, dot: versions[0].dot) }
  }

  @Test func `what was agreed, and manifests`() throws {
    let shown = try StoreSamples.everyShape().map { Ledger.see([$0]).shown }
    let examples = shown.map { AgreedVersion(shown: $0, kept: nil).bytes(observed: nil) }
    var input = HostileInput(examples, seed: 4)
    input.feed(randomCount: 40_000) { bytes in
      _ = try? AgreedVersion(bytes: bytes, observed: nil)
      _ = try? ManifestBytes.decode(bytes)
    }
  }
}
