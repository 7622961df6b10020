extension History {
  /// A shorter history that breaks the same promise.
  package func shrunk(keeping oracle: Oracle, breaking breach: Breach = .none) -> History {
    var best = self
    func tryOut(_ history: History) -> Bool {
      guard Simulation.run(history, breaking: breach)?.oracle == oracle else { return false }
      best = history
      return true
    }
    var size = Swift.max(1, happenings.count / 2)
    while size >= 1 {
      var start = 0
      var hasShrunk = false
      while start < best.happenings.count {
        var less = best
        less.happenings.removeSubrange(start..<Swift.min(start + size, less.happenings.count))
        if tryOut(less) { hasShrunk = true } else { start += size }
      }
      if size > 1 { size /= 2 } else if !hasShrunk { break }
    }
    for index in best.happenings.indices {
      for change: (inout Happening) -> Void in [{ $0.steps = 0 }, { $0.steps /= 2 }, { $0.call = 0 }, { $0.seed = 0 }] {
        var less = best
        change(&less.happenings[index])
        if less != best { _ = tryOut(less) }
      }
    }
    return best
  }
}
