package import CoveyCore

/// Contents to bring into staging, together, for one commit.
package struct FetchJob: Hashable, Sendable {
  package var id: UInt64
  package var items: [FetchItem]
  /// Connected peers that may have them, the most likely first.
  package var peers: [DeviceID]
  package init(id: UInt64, items: [FetchItem], peers: [DeviceID]) { self.id = id; self.items = items; self.peers = peers }
}

/// One content, and the name under which it is staged.
package struct FetchItem: Hashable, Sendable {
  /// The path it is for; where the peer is asked to look first.
  package var path: RelativePath
  package var kind: Kind
  package var root: Root
  package var target: [UInt8]
  package var size: Int64
  package var mode: UInt16
  package var modified: Timestamp
  package var staged: StagedName
  /// Where this device has the very content, as far as it is known.
  package var here: [ContentSource]
  /// Contents that this device has and that may share chunks with the wanted one: what the path held, what it was moved from.
  package var similar: [Similar]

  package struct Similar: Hashable, Sendable {
    package var source: ContentSource
    package var root: Root
    package init(source: ContentSource, root: Root) { self.source = source; self.root = root }
  }

  package init(
    path: RelativePath, kind: Kind, root: Root, target: [UInt8], size: Int64, mode: UInt16, modified: Timestamp, staged: StagedName,
    here: [ContentSource], similar: [Similar]
  ) {
    self.path = path
    self.kind = kind
    self.root = root
    self.target = target
    self.size = size
    self.mode = mode
    self.modified = modified
    self.staged = staged
    self.here = here
    self.similar = similar
  }
}

extension FetchItem {
  /// Files of the folder that may give some of it.
  var files: [RelativePath] {
    (here + similar.map(\.source)).compactMap { if case .file(let path) = $0 { path } else { nil } }
  }
}

/// What became of one item.
package enum FetchOutcome: Hashable, Sendable {
  /// It stands in staging under this inode, complete and verified. `chunks`: of a large content.
  case staged(inode: UInt64, chunks: [Chunk]?)
  /// Nobody who was asked has it; these said so.
  case unavailable([DeviceID])
  case failed(DiskError)
}
