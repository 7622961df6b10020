extension Ledger {
  /// Joins a version that a peer sent; the caller has proved that its author signed it.
  ///
  /// What knowledge covers and is no head was superseded or dropped: it is not joined again, however late it arrives.
  /// - Returns: whether it is a head that was none here.
  @discardableResult
  package mutating func learn(_ version: Version, record: [UInt8]) throws -> Bool {
    if safeguards.contains(.lateRecords), index.state.knowledge.covers(version.dot) { return false }
    var place = try open(version.path)
    let isNews = try join(version, record: record, to: &place)
    try close(&place)
    return isNews
  }

  /// In the handshake, before any record travels: whether this device must meet the folder as at first contact, for the peer has
  /// dropped tombstones of which it knows nothing. If so, everything it knew of the folder is forgotten, but for its observations.
  /// - Parameter holdsMarker: whether the folder here took part before. What no live head names is then held for a decision.
  package mutating func meetIfBehind(peerDropped: VersionVector, holdsMarker: Bool) throws -> Bool {
    let state = index.state
    let isCovered = state.knowledge.covers(peerDropped) || (state.isFresh && state.dropped.covers(peerDropped))
    let isBehind = !isCovered && safeguards.contains(.behindDropped)
    if isBehind { try forgetEverything(holdsMarker: holdsMarker) }
    // Whoever is met next is asked the same.
    if safeguards.contains(.passedDropped), !index.state.dropped.covers(peerDropped) { index.state.dropped.join(peerDropped) }
    return isBehind
  }

  private mutating func forgetEverything(holdsMarker: Bool) throws {
    knownDirectory = nil
    try index.dropAllHeads()
    var last: RelativePath?
    while case let page = try index.entries(below: nil, after: last, limit: 1000), !page.isEmpty {
      for entry in page { try index.setEntry(Entry(path: entry.path, observation: entry.observation)) }
      last = page.last?.path
    }
    while case let page = try index.todo(after: nil, limit: 1000), !page.isEmpty {
      for path in page { try index.setTodo(nil, at: path) }
    }
    while case let page = try index.conflicts(after: nil, limit: 1000), !page.isEmpty {
      for (_, path) in page { try index.setConflict(path, open: false) }
    }
    var state = index.state
    state.knowledge = VersionVector()
    state.batchHashes = state.batchHashes.filter { $0.key == state.log }
    state.isFresh = true
    state.holdsUnknown = holdsMarker
    (state.shown, state.wanted, state.held) = (FolderDigest(), FolderDigest(), FolderDigest())
    index.state = state
  }

  /// A round is whole: knowledge and acknowledgements join, both only now.
  /// - Parameter telling: what its sender told beside this end, where heads of other origin may stand here; nil where none can.
  /// - Returns: whether first contact has ended with it; ``authorPending(after:limit:)`` is then due.
  package mutating func endRound(_ end: RoundEnd, telling: Telling? = nil) throws -> Bool {
    if let telling { try dropUntold(telling, knowing: end.knowledge.vector) }
    var state = index.state
    for dot in end.knowledge.vector.dots where dot.sequence > state.knowledge[dot.log] {
      state.batchHashes[dot.log] = end.knowledge.batchHashes[dot.log]
    }
    state.knowledge.join(end.knowledge.vector)
    // What the sender dropped meanwhile; beyond my knowledge it is a matter of the next handshake.
    if state.knowledge.covers(end.dropped), safeguards.contains(.passedDropped) { state.dropped.join(end.dropped) }
    for (device, held) in end.acknowledged { state.acknowledged[device, default: VersionVector()].join(held) }
    let ends = state.isFresh && (!end.isFresh || !safeguards.contains(.elderEndsFirstContact))
    if ends { state.isFresh = false }
    index.state = state
    return ends
  }

  /// Heads that the sender knows of, and that are none there any more.
  private mutating func dropUntold(_ telling: Telling, knowing known: VersionVector) throws {
    for end in known.dots {
      var last = telling.base[end.log]
      while last < end.sequence, case let page = try index.heads(in: end.log, after: last, limit: 1000), let next = page.last?.dot.sequence {
        for head in page where head.dot.sequence <= end.sequence && !telling.contains(head.dot) {
          var place = try open(head.path)
          try drop([head], from: &place)
          if place.heads.isEmpty, !place.entry.agreed.isLive { place.entry.agreed = .absent }
          try close(&place)
        }
        last = next
      }
    }
  }

  /// Ends first contact where every member is new: the one with the lowest id begins. ``authorPending(after:limit:)`` is then due.
  package mutating func beginAlone() throws {
    index.state.isFresh = false
    index.state.knowledge.join(index.state.dropped)
  }

  /// Whether a peer knows a later number, or another batch, of the log this device authors in: its state is not the newest it ever had.
  package func detectsForkedLog(_ knowledge: Knowledge) -> Bool {
    let state = index.state
    let known = knowledge.vector[state.log]
    if known != state.sequence || known == 0 { return known > state.sequence }
    guard let theirs = knowledge.batchHashes[state.log], let mine = state.batchHashes[state.log] else { return false }
    return theirs != mine
  }

  /// Goes on under a new log id, before anything more is authored.
  package mutating func renewLog(_ log: LogID, because doubt: Doubt) throws {
    index.state.log = log
    index.state.sequence = 0
    if doubt == .numbers { return }
    index.state.isFresh = true
    guard safeguards.contains(.absentAtFirstContact) else { return }
    var last: RelativePath?
    while case let page = try index.entries(below: nil, after: last, limit: 1000), !page.isEmpty {
      for entry in page where entry.observation == nil || doubt == .anotherDirectory {
        var place = try open(entry.path)
        place.entry.agreed = .absent
        place.entry.kept = nil
        try close(&place)
      }
      last = page.last?.path
    }
  }

  /// Authors again, in the present log, up to `limit` heads of an older log of this device, lowest numbers first.
  /// - Returns: whether more are left.
  package mutating func restate(from old: LogID, limit: Int) throws -> Bool {
    let page = try index.heads(in: old, after: 0, limit: limit)
    for head in page {
      var place = try open(head.path)
      let isAgreed = place.entry.local == .same && place.entry.agreed == place.before?.view.shown
      var draft = Draft(Shown(head), seen: head.vector, replaced: head.replaced)
      draft.movedFrom = head.movedFrom
      draft.origin = head.origin
      if !safeguards.contains(.restatedDots) { (draft.contentDot, draft.metadataDot) = (nil, nil) }
      try author(draft, at: &place)
      // Nothing of it is new to this disk.
      if isAgreed { place.entry.agreed = try view(&place).shown }
      try close(&place)
    }
    return page.count == limit
  }
}

/// What is not to be believed of a record any more when its device goes on under a new log.
package enum Doubt: Hashable, Sendable {
  /// Only that it knows every number that was used.
  case numbers
  /// That it is the newest this device ever had: it learns first and authors afterwards. The whole folder is scanned before a round may
  /// end; what is absent then counts as never agreed, and what stands there keeps its agreed version, so that an edit stays an edit.
  case age
  /// That it speaks of this directory: as above, and nothing that stands there is an edit of what was agreed elsewhere, be it as old as it may.
  case anotherDirectory
}
