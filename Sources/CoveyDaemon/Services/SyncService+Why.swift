import CoveyCore
import CoveyEngine

/// One file's state in sentences.
extension SyncService {
  package func why(_ request: PathRequest) async throws -> WhyReport {
    let (runner, inner) = try await place(request.path)
    guard let path = inner else { throw ControlError(.usage, "\(request.path.text.escaped) is a folder: name a file in it, or see 'covey status'") }
    let (heads, entry, acknowledged, isImplied) = try store.read(runner.folder) {
      (try $0.heads(of: path), try $0.entry(path), $0.state.acknowledged, try $0.hasLiveHead(below: path))
    }
    let view = Ledger.see(heads)
    let status = try await runner.status()
    var sentences: [String] = []
    var waits: [String] = []
    switch entry?.observation {
    case nil:
      // What is ignored is not recorded, but may well stand there.
      let stands = try await runner.disk?.stat(path) != nil
      sentences.append(stands ? "Something stands here on this disk that takes no part." : "Nothing stands here on this disk.")
    case let seen?: sentences.append("On this disk: \(Self.described(seen.kind, seen.size)), last changed \(seen.modified.rfc3339).")
    }
    if view.shown.isLive {
      let origin = view.shown.origin
      let time = origin.modified == .zero ? "" : " at \(origin.modified.rfc3339)"
      sentences.append("The team shows \(Self.described(view.shown.kind, view.shown.size)), written by \(origin.device)\(time).")
    } else if isImplied {
      sentences.append("The team shows a directory, because of what is in it.")
    } else if heads.isEmpty {
      sentences.append("No device of the team names it.")
    } else {
      sentences.append("The team has deleted it.")
    }
    if view.shown.isConflictCopy { sentences.append("It is a conflict copy that nobody has settled: see 'covey conflicts'.") }
    for loser in view.losers { waits.append("the conflict copy of what \(loser.origin.device) wrote at \(loser.origin.modified.rfc3339)") }
    for problem in status.problems where problem.path == path.bytes {
      sentences.append(problem.reason)
      waits.append(problem.reason)
    }
    if let entry, entry.held != nil { waits.append("a decision: 'covey held' lists what can be done") }
    if let seen = entry?.observation, seen.content == view.shown.content { sentences.append("This disk holds what the team shows.") } else if view.shown.isLive {
      waits.append("its content to be placed on this disk")
    }
    var holders: [String] = []
    for (member, vector) in acknowledged.sorted(by: { $0.key < $1.key }) where view.shown.isLive && vector.covers(view.shown.vector) {
      holders.append(await name(of: member))
    }
    if !holders.isEmpty { sentences.append("Who has it: \(holders.joined(separator: ", ")).") }
    let rule = await runner.matchingRule(path)
    if let rule {
      let file = rule.isLocal ? ".covey/ignore" : ".coveyignore"
      sentences.append("\(file), line \(rule.line), \(rule.ignores ? "ignores it" : "has it back"): \(String(decoding: rule.text, as: UTF8.self))")
    }
    for wait in waits where !sentences.contains(wait) { sentences.append("It waits for \(wait).") }
    return WhyReport(
      folder: runner.label, path: path.string, sentences: sentences,
      versions: heads.map {
        WhyReport.Head(
          device: $0.origin.device, kind: $0.kind.word, modified: $0.modified.orOrigin($0).rfc3339, size: $0.size,
          hash: $0.kind == .file ? $0.root.digest.hex : "", shown: $0.content == view.shown.content)
      }, heldBy: holders, waitsFor: waits,
      ignoredBy: rule.flatMap { rule in
        rule.ignores ? .init(file: rule.isLocal ? ".covey/ignore" : ".coveyignore", line: rule.line, rule: String(decoding: rule.text, as: UTF8.self)) : nil
      })
  }

  private static func described(_ kind: Kind, _ size: Int64) -> String {
    kind == .file ? "a file of \(size) \(size == 1 ? "byte" : "bytes")" : "a \(kind.word)"
  }
}
