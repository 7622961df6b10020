import CoveyCore
import CoveyProtocol

extension StoredBatch {
  /// A batch as the record keeps it.
  init(_ batch: Batch, hash: Bytes32, signature: [UInt8]) {
    self.init(
      author: batch.author, log: batch.log, firstSequence: batch.firstSequence, count: batch.leaves.count, hash: hash, header: batch.header,
      signature: signature)
  }
}

extension FolderState {
  /// Whether this device was part of the folder before now: what it holds and nobody knows of may be old.
  var hasTakenPart: Bool { !isFresh }
}

extension GitIgnore {
  /// Rules that ignore nothing.
  static let empty: GitIgnore = {
    do { return try GitIgnore(parsing: []) } catch { preconditionFailure("no rules are always well formed") }
  }()
}

extension WaitReason {
  /// What a person is told; nil for what passes by itself.
  var sentence: String? {
    switch self {
    case .firstContact, .localChange, .parentMissing, .notEmpty, .held: nil
    case .bytesAwaited: "no connected device has its content: connect one that does"
    case .losersAwaited(let losers):
      "the content that \(losers.first?.origin.device ?? "another device") wrote at the same time is awaited for its conflict copy: connect that device, or settle it with covey conflicts resolve"
    case .obstructed: "this directory was deleted elsewhere and stays for what is ignored or unknown inside: move that away or delete it"
    case .nameTaken: "other files hold every name its conflict copy may have: rename them"
    }
  }
}
