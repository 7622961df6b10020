import CoveyCore
import CoveyEngine
import CoveyTesting
import Testing

/// What intents keep of a step comes back as it was; anything else, as a damaged record may have it, is no step.
@Suite struct PlannedStepTests {
  private static func steps() throws -> [PlannedStep] {
    let versions = try StoreSamples.everyShape()
    let path = try RelativePath("dir/file"), copy = try RelativePath("dir/file.conflict-20261122-184217-desk-9f3c")
    let seen = Observation(
      kind: .file, size: 7, modified: StoreSamples.time(3), changed: StoreSamples.time(4), inode: 99, mode: 0o644, root: StoreSamples.root(1))
    let actions: [PlannedStep.Action] = [
      .adopt, .setMetadata(mode: 0o600, modified: StoreSamples.time(-9)), .makeDirectory(mode: 0o755, displaced: .copy(copy)), .placeFile(displaced: .history),
      .placeSymlink(displaced: .nothing), .remove(displaced: .history), .removeDirectory, .keepStanding, .stepAside(to: copy), .releaseHeld,
      .move(from: PlannedStep.Source(path: copy, expected: seen, shown: Ledger.see([versions[1]]).shown)),
    ]
    let merge = PlannedStep.Merge(
      loser: versions[0], losers: [versions[0], versions[1]], copy: copy, needsBytes: true, mode: 0o644, modified: StoreSamples.time(1))
    return actions.enumerated().map { index, action in
      PlannedStep(
        path: path, shown: Ledger.see([versions[index % versions.count]]).shown, expected: index.isMultiple(of: 2) ? seen : nil, action: action,
        merge: index.isMultiple(of: 3) ? merge : nil)
    }
  }

  @Test func `every step comes back as it was written`() throws {
    for step in try Self.steps() { #expect(PlannedStep(canonical: step.canonical) == step) }
  }

  @Test func `spoiled bytes are no step, or one that is written the same`() throws {
    var input = HostileInput(try Self.steps().map(\.canonical), seed: 1)
    input.feed(randomCount: 60_000) { bytes in
      guard let step = PlannedStep(canonical: bytes) else { return }
      #expect(PlannedStep(canonical: step.canonical) == step)
    }
  }
}
