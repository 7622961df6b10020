import CoveyCore
import CoveyEngine
import Glibc

/// What events say: reports, and which names to settle.
extension WatchTree {
  /// A name in a watched directory.
  struct Place {
    /// Nil when the name cannot be shared.
    var path: RelativePath?
    /// The directory; nil for the folder's own.
    var directory: RelativePath?
  }

  /// Whether the last event was the first half of a rename.
  var endsInsideMove: Bool { lastMove != nil }

  func handle(_ events: [InotifyEvent]) { for event in events { handle(event) } }

  /// Concludes what could have gone on in further events.
  func endBatch() {
    for place in moves.values { addGone(place) }
    moves = [:]
    lastMove = nil
    if hasOverflowed {
      hasOverflowed = false
      watchAll()
    }
    walkMissed()
    dropOrphans()
  }

  private func handle(_ event: InotifyEvent) {
    lastMove = nil
    if event.has(IN_Q_OVERFLOW) {
      hasOverflowed = true
      return add(.rescan(nil))
    }
    if event.watch == toolWatch {
      if event.has(IN_IGNORED) { toolWatch = nil }
      if event.name == Self.localRulesName { addRules() }
      return
    }
    guard let node = nodes[event.watch] else {
      if let rootName, rootName.watch == event.watch, rootName.name == event.name { add(.rootChanged) }
      return
    }
    if event.has(IN_IGNORED) {
      nodes[event.watch] = nil
      if node === root { return add(.rootChanged) }
      return orphan(node)
    }
    if node === root, event.has(IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT) { return add(.rootChanged) }
    guard let bytes = bytes(of: node) else { return }
    let directory = bytes.isEmpty ? nil : RelativePath(trusted: bytes)
    guard !event.name.isEmpty else {
      if let directory, event.has(IN_ATTRIB) { add(.touched(directory)) }
      if let directory, event.has(IN_UNMOUNT) { add(.rescan(directory)) }
      return
    }
    guard directory != nil || event.name != RelativePath.toolDirectory else {
      guard event.has(IN_CREATE | IN_MOVED_TO) else { return }
      watchTool()
      return addRules()
    }
    let place = Place(path: path(of: event.name, in: bytes), directory: directory)
    if event.has(IN_ISDIR) { handleDirectory(event, at: place, in: node) } else { handleFile(event, at: place) }
  }

  private static let localRulesName = Array("ignore".utf8)

  /// Whoever looks at the shared rules reads those of this device with them.
  private func addRules() { add(.touched(RelativePath(trusted: GitIgnore.fileName))) }

  private func handleFile(_ event: InotifyEvent, at place: Place) {
    if event.has(IN_MOVED_FROM) { beginMove(event, at: place) }
    if event.has(IN_MOVED_TO) {
      if let origin = moves.removeValue(forKey: event.cookie), addMoved(from: origin, to: place) { return }
      addFound(place) { .arrived($0, isDirectory: false) }
    }
    if event.has(IN_CREATE) { addFound(place, WatchReport.touched) }
    if event.has(IN_DELETE) { addGone(place) }
    guard let path = place.path else { return }
    if event.has(IN_CLOSE_WRITE | IN_ATTRIB) { add(.touched(path)) }
    if event.has(IN_MODIFY) { add(.writing(path)) }
  }

  private func handleDirectory(_ event: InotifyEvent, at place: Place, in node: WatchNode) {
    if event.has(IN_ATTRIB) {
      if let path = place.path { add(.touched(path)) }
      // It may have become readable only now.
      if node.children[event.name] == nil, settle(event.name, in: node) == .added { addFound(place, WatchReport.rescan) }
      return
    }
    let settlement = settle(event.name, in: node)
    if event.has(IN_MOVED_FROM) { beginMove(event, at: place) }
    if event.has(IN_MOVED_TO) {
      let origin = moves.removeValue(forKey: event.cookie)
      if let origin, addMoved(from: origin, to: place), settlement == .known { return }
      addFound(place, WatchReport.rescan)
    }
    if event.has(IN_CREATE) {
      if settlement == .added, let made = node.children[event.name] { addMade(made) } else { addFound(place, WatchReport.rescan) }
    }
    if event.has(IN_DELETE) { addGone(place) }
  }

  /// Whatever came into a new directory before it was watched is to be looked for; in a tree of directories nothing did.
  private func addMade(_ node: WatchNode) {
    var open = [node]
    while let node = open.popLast() {
      guard let bytes = bytes(of: node), !bytes.isEmpty else { continue }
      let path = RelativePath(trusted: bytes)
      add(node.hadOnlyWatched ? .arrived(path, isDirectory: true) : .rescan(path))
      if node.hadOnlyWatched { open += node.children.values }
    }
  }

  private func beginMove(_ event: InotifyEvent, at place: Place) {
    moves[event.cookie] = place
    lastMove = event.cookie
  }

  /// False, when the new name is still to be reported: one of the two cannot be shared.
  private func addMoved(from origin: Place, to place: Place) -> Bool {
    if let from = origin.path, let to = place.path {
      add(.moved(from: from, to: to))
      return true
    }
    addGone(origin)
    return false
  }

  private func addFound(_ place: Place, _ report: (RelativePath) -> WatchReport) {
    add(place.path.map(report) ?? .rescan(place.directory))
  }

  private func addGone(_ place: Place) { add(place.path.map(WatchReport.gone) ?? .rescan(place.directory)) }
}
