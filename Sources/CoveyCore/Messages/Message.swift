/// Everything two paired devices say to each other, after TLS. CoveyProtocol owns the bytes.
///
/// Order on a connection: `hello` both ways, membership both ways until `membershipDone`, then folders. Counts and sizes are
/// limited by the decoder, so a message that exists is within its limits.
package enum Message: Hashable, Sendable {
  case hello(Hello)
  /// The ids of the newest membership records the sender has.
  case membershipHeads([Bytes32])
  /// Records that are no ancestors of the heads that the receiver named, parents first; or new ones, at any time.
  case membershipRecords([SignedRecord])
  /// The sender has sent every record that the receiver lacked. Nothing of folders travels before both have said so.
  case membershipDone
  /// All folders the sender shares: replaces what it said before.
  case folders([FolderOffer])
  /// The sender's standing in a folder both share; both send it before any record of that folder travels.
  case folderHandshake(FolderHandshake)
  /// Part of a round: versions the receiver does not know, each under its author's signature.
  case batches(FolderID, [BatchSlice])
  /// A round is whole: the receiver now knows what the sender knew when the round began.
  case roundEnd(FolderID, RoundEnd)
  /// How far the sender's disk is, so that others can tell who is behind.
  case folderStatus(FolderID, PeerFolderStatus)
  case contentRequest(ContentRequest)
  /// Bytes that answer one item of a request, in order; content travels raw behind a short header.
  case content(ContentPart)
  /// The sender will not answer this item: it has other bytes there by now, or none.
  case contentUnavailable(request: UInt64, item: UInt32)
  case manifestRequest(ManifestRequest)
  case manifest(ManifestAnswer)
  /// The sender needs no more answers to this request.
  case cancel(request: UInt64)
  /// Where members of the team were seen: hints only.
  case addresses([PeerAddress])
  case ping
  case pong
}

package struct Hello: Hashable, Sendable {
  /// 1; a device that cannot speak the other's version says so and closes.
  package var protocolVersion: UInt32
  package var deviceName: String
  package var programVersion: String
  /// `host:port` at which the sender can be reached; empty: the receiver may find out.
  package var addresses: [String]
  package init(protocolVersion: UInt32, deviceName: String, programVersion: String, addresses: [String]) {
    self.protocolVersion = protocolVersion
    self.deviceName = deviceName
    self.programVersion = programVersion
    self.addresses = addresses
  }
}

/// A membership record in its canonical bytes, with its author's signature over them.
package struct SignedRecord: Hashable, Sendable {
  package var bytes: [UInt8]
  package var signature: [UInt8]
  package init(bytes: [UInt8], signature: [UInt8]) { self.bytes = bytes; self.signature = signature }
}

package struct FolderOffer: Hashable, Sendable {
  package var folder: FolderID
  package var label: String
  package var fileCount: Int64
  package var byteCount: Int64
  package var isPaused: Bool
  package init(folder: FolderID, label: String, fileCount: Int64, byteCount: Int64, isPaused: Bool) {
    self.folder = folder
    self.label = label
    self.fileCount = fileCount
    self.byteCount = byteCount
    self.isPaused = isPaused
  }
}

/// A vector that also names, per log, the first eight bytes of the hash of the batch that holds the number: two devices that
/// disagree on it hold different histories of one log.
package struct Knowledge: Hashable, Sendable {
  package var vector: VersionVector
  package var batchHashes: [LogID: UInt64]
  package init(vector: VersionVector, batchHashes: [LogID: UInt64]) { self.vector = vector; self.batchHashes = batchHashes }
}

package struct FolderHandshake: Hashable, Sendable {
  package var folder: FolderID
  package var knowledge: Knowledge
  package var dropped: VersionVector
  package var isFresh: Bool
  package var shown: Bytes32
  package init(folder: FolderID, knowledge: Knowledge, dropped: VersionVector, isFresh: Bool, shown: Bytes32) {
    self.folder = folder
    self.knowledge = knowledge
    self.dropped = dropped
    self.isFresh = isFresh
    self.shown = shown
  }
}

/// Some of the versions of one batch, with what proves them: the signed header names the SHA-256 of every version in the batch.
package struct BatchSlice: Hashable, Sendable {
  /// The canonical bytes of the batch that its author signed.
  package var header: [UInt8]
  package var signature: [UInt8]
  /// Canonical bytes of the versions sent, by number.
  package var records: [[UInt8]]
  package init(header: [UInt8], signature: [UInt8], records: [[UInt8]]) {
    self.header = header
    self.signature = signature
    self.records = records
  }
}

package struct RoundEnd: Hashable, Sendable {
  package var knowledge: Knowledge
  package var dropped: VersionVector
  package var isFresh: Bool
  package var shown: Bytes32
  package var acknowledged: [DeviceID: VersionVector]
  package init(knowledge: Knowledge, dropped: VersionVector, isFresh: Bool, shown: Bytes32, acknowledged: [DeviceID: VersionVector]) {
    self.knowledge = knowledge
    self.dropped = dropped
    self.isFresh = isFresh
    self.shown = shown
    self.acknowledged = acknowledged
  }
}

package struct PeerFolderStatus: Hashable, Sendable {
  package var shown: Bytes32
  package var pendingFileCount: Int64
  package var pendingByteCount: Int64
  /// The sender's disk holds what it wants, and nothing of it is unscanned or in flight.
  package var isSettled: Bool
  /// The hash of what the sender knows: who knows less may show the same by chance.
  package var knowledge: Bytes32
  package init(shown: Bytes32, pendingFileCount: Int64, pendingByteCount: Int64, isSettled: Bool, knowledge: Bytes32) {
    self.shown = shown
    self.pendingFileCount = pendingFileCount
    self.pendingByteCount = pendingByteCount
    self.isSettled = isSettled
    self.knowledge = knowledge
  }
}

package struct ContentRequest: Hashable, Sendable {
  /// Chosen by the requester, new for every request on a connection.
  package var id: UInt64
  package var folder: FolderID
  /// Whole small contents, or ranges of a large one; at most 1,000 items and 8 MiB in all.
  package var items: [Item]

  package struct Item: Hashable, Sendable {
    /// Where the requester believes the content stands; the responder may read it elsewhere.
    package var path: RelativePath
    package var root: Root
    package var offset: Int64
    package var byteCount: Int64
    /// An old stretch of which these bytes may be made; the responder may answer with a ``Patch`` to it.
    package var base: PatchBase?
    package init(path: RelativePath, root: Root, offset: Int64, byteCount: Int64, base: PatchBase? = nil) {
      self.path = path
      self.root = root
      self.offset = offset
      self.byteCount = byteCount
      self.base = base
    }
  }

  package init(id: UInt64, folder: FolderID, items: [Item]) { self.id = id; self.folder = folder; self.items = items }
}

package struct ContentPart: Hashable, Sendable {
  package enum Form: Hashable, Sendable {
    /// The next bytes of the item.
    case plain
    /// A whole ``Patch`` to the base that the item told of.
    case patch
    /// The whole item, and as many of those behind it in the request as there are bytes for: they are deflated as one.
    case run
  }

  package var request: UInt64
  package var item: UInt32
  package var form: Form
  package var bytes: [UInt8]
  package init(request: UInt64, item: UInt32, form: Form = .plain, bytes: [UInt8]) {
    self.request = request
    self.item = item
    self.form = form
    self.bytes = bytes
  }
}

package struct ManifestRequest: Hashable, Sendable {
  package var id: UInt64
  package var folder: FolderID
  package var path: RelativePath
  package var root: Root
  package var byteCount: Int64
  /// Roots of which the requester has the manifest; the answer may refer to one of them.
  package var have: [Root]
  package init(id: UInt64, folder: FolderID, path: RelativePath, root: Root, byteCount: Int64, have: [Root]) {
    self.id = id
    self.folder = folder
    self.path = path
    self.root = root
    self.byteCount = byteCount
    self.have = have
  }
}

/// A manifest as runs: chunks spelled out, or copied from the manifest of `base`.
package struct ManifestAnswer: Hashable, Sendable {
  package var request: UInt64
  /// One of the roots the requester named, or `.none`: every run is spelled out.
  package var base: Root
  package var runs: [Run]
  /// More runs follow in another answer to the same request.
  package var isPartial: Bool

  package enum Run: Hashable, Sendable {
    case chunks([Chunk])
    case copy(first: UInt32, count: UInt32)
  }

  package init(request: UInt64, base: Root, runs: [Run], isPartial: Bool) {
    self.request = request
    self.base = base
    self.runs = runs
    self.isPartial = isPartial
  }
}

package struct PeerAddress: Hashable, Sendable {
  package var device: DeviceID
  package var addresses: [String]
  package init(device: DeviceID, addresses: [String]) { self.device = device; self.addresses = addresses }
}
