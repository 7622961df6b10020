import CoveyCore
import CoveyEngine

extension FolderDiskContract {
  static let removingRules: [Rule] = [
    rule("a removed file lies in history") { world in
      try world.write("d/f", old)
      let done = try world.perform("d/f", expected: world.stat("d/f"), .remove(displaced: .history(at: later))).finished()
      try expect(done.now, is: nil, "the stat")
      try expect(try world.disk.stat(world.path("d/f")), is: nil, "the stat")
      try expect(try world.content(.history(required(done.history, "the history"))), is: old, "the history")
      try expect(try world.disk.stagedNames(), is: [], "the names")
    },
    rule("a removed file becomes the conflict copy") { world in
      try world.write("f", old)
      let done = try world.perform("f", expected: world.stat("f"), .remove(displaced: .copy(world.path("g")))).finished()
      try expect(done.copy, is: try world.stat("g"), "the copy")
      try expect(try world.content("g"), is: old, "the copy")
    },
    rule("a file that was written since is not removed") { world in
      try world.write("f", old)
      let expected = try world.stat("f")
      try world.write("f", new)
      try expect(try world.perform("f", expected: expected, .remove(displaced: .history(at: later))), is: .changed, "the outcome")
      try expect(try world.content("f"), is: new, "the content")
    },
    rule("a removed file that somebody has open is late") { world in
      try world.write("f", old)
      let writer = try world.open(world.path("f"))
      let outcome = try world.perform("f", expected: world.stat("f"), .remove(displaced: .history(at: later)))
      guard case .late(nil, let name) = outcome else { throw ContractBreach("not late: \(outcome)") }
      try writer.write(new)
      try writer.close()
      try expect(try world.content(.staged(name)), is: new, "the late content")
    },
  ]

  static let directoryRules: [Rule] = [
    rule("a directory is made with its mode, and only where nothing stands") { world in
      let done = try world.perform("d", expected: nil, .makeDirectory(mode: 0o2751)).finished()
      try expect(done.now, is: try world.stat("d"), "the stat")
      try expect(done.now?.mode, is: 0o751, "the mode")
      try expect(try world.perform("d", expected: nil, .makeDirectory(mode: 0o755)), is: .changed, "the outcome")
    },
    rule("an empty directory is removed, another is not") { world in
      try world.write("d/f", old)
      let outcome = try world.perform("d", expected: world.stat("d"), .removeDirectory)
      guard case .failed(let error) = outcome else { throw ContractBreach("not failed: \(outcome)") }
      try expect(error.code, is: .notEmpty, "the error")
      try world.remove(world.path("d/f"))
      _ = try world.perform("d", expected: world.stat("d"), .removeDirectory).finished()
      try expect(try world.disk.stat(world.path("d")), is: nil, "the stat")
    },
    rule("a directory moves with what is in it") { world in
      try world.write("d/e/f", old)
      try world.makeDirectory(world.path("x"))
      let done = try world.perform("x/y", expected: world.stat("d"), .move(from: world.path("d"))).finished()
      try expect(done.now, is: try world.stat("x/y"), "the stat")
      try expect(try world.walked(), is: ["x/", "x/y/", "x/y/e/", "x/y/e/f"], "the walk")
    },
    rule("a file moves, its inode with it, and over nothing") { world in
      try world.write("f", old)
      try world.write("g", new)
      let expected = try world.stat("f")
      try expect(try world.perform("g", expected: expected, .move(from: world.path("f"))), is: .changed, "the outcome")
      try expect(try world.content("g"), is: new, "the content")
      let done = try world.perform("F", expected: expected, .move(from: world.path("f"))).finished()
      try expect(done.now?.inode, is: expected.inode, "the inode")
      try expect(try world.walked(), is: ["F", "g"], "the walk")
    },
    rule("a file that was written since does not move") { world in
      try world.write("f", old)
      let expected = try world.stat("f")
      try world.write("f", new)
      try expect(try world.perform("g", expected: expected, .move(from: world.path("f"))), is: .changed, "the outcome")
    },
    rule("a moved file keeps mode, time and content, and goes neither to staging nor to history") { world in
      try world.write("d/f", old)
      try world.makeDirectory(world.path("x"))
      let expected = try world.stat("d/f")
      let done = try world.perform("x/g", expected: expected, .move(from: world.path("d/f"))).finished()
      try expect(done.history, is: nil, "the history")
      try expect([done.now?.inode, done.now.map { UInt64($0.mode) }], is: [expected.inode, UInt64(expected.mode)], "inode and mode")
      try expect(done.now?.modified, is: expected.modified, "the time")
      try expect(try world.content("x/g"), is: old, "the content")
      try expect(try world.disk.stat(world.path("d/f")), is: nil, "the stat")
      try expect(try world.disk.stagedNames(), is: [], "the names")
      try expect(try world.disk.historyNames(after: nil, limit: 1).count, is: 0, "the history")
      try world.disk.flushDirectories()
    },
    rule("what somebody changes at a new name before it is looked at again counts as unseen") { world in
      let inode = try world.stage("s", new).inode
      try world.stage("t", new)
      try world.write("from", old)
      let steps = [
        DiskStep(path: try world.path("f"), expected: nil, action: .place(try world.name("s"), displaced: .nothing), stagedInode: inode),
        DiskStep(path: try world.path("g"), expected: nil, action: .place(try world.name("t"), displaced: .nothing)),
        DiskStep(path: try world.path("h"), expected: try world.stat("from"), action: .move(from: try world.path("from"))),
      ]
      let outcomes = world.disk.perform(steps) {
        for name in ["f", "h"] { try? world.write(name, [9, 9, 9, 9, 9]) }
      }
      try expect(outcomes.count, is: 3, "the outcomes")
      for index in [0, 2] { try expect(try outcomes[index].finished().now?.changed, is: FileStat.unseen, "the change time") }
      try expect(try outcomes[1].finished().now, is: try world.stat("g"), "what stands there")
    },
    rule("nothing moves into a directory that is missing, nor from where nothing stands") { world in
      try world.write("f", old)
      let expected = try world.stat("f")
      try expect(try world.perform("x/f", expected: expected, .move(from: world.path("f"))), is: .changed, "the outcome")
      try expect(try world.perform("g", expected: expected, .move(from: world.path("e"))), is: .changed, "the outcome")
      try expect(try world.content("f"), is: old, "the content")
    },
    rule("two spellings of a name stand side by side, or the second is refused and names the first") { world in
      for (first, second) in [("Case", "case"), ("e\u{301}", "\u{E9}")] {
        try world.write(first, old)
        let stagedInode = try world.stage("s", new).inode
        let outcome = try world.perform(second, expected: nil, .place(world.name("s"), displaced: .nothing), stagedInode: stagedInode)
        if case .failed(let error) = outcome {
          try expect(error.code, is: .nameNotPossible, "the error")
          try expect(error.message.utf8.elementsEqual(DiskError.twin(world.path(second), spelled: Array(first.utf8)).message.utf8), "the message")
          try expect(try world.disk.stat(world.path(second)), is: nil, "the stat")
          try world.write("from", new)
          let moved = try world.perform(second, expected: world.stat("from"), .move(from: world.path("from")))
          guard case .failed = moved else { throw ContractBreach("not failed: \(moved)") }
          let made = try world.perform(second, expected: nil, .makeDirectory(mode: 0o755))
          guard case .failed = made else { throw ContractBreach("not failed: \(made)") }
        } else {
          _ = try outcome.finished()
          try expect(try world.content(second), is: new, "the content")
        }
        try expect(try world.content(first), is: old, "the content")
      }
    },
    rule("mode and time are set, the content stays") { world in
      try world.write("f", old)
      let done = try world.perform("f", expected: world.stat("f"), .setMetadata(mode: 0o400, modified: later)).finished()
      try expect(done.now, is: try world.stat("f"), "the stat")
      try expect(done.now?.mode, is: 0o400, "the mode")
      try expect(done.now?.modified, is: later, "the time")
      try expect(try world.content("f"), is: old, "the content")
      try world.makeDirectory(world.path("d"))
      let directory = try world.perform("d", expected: world.stat("d"), .setMetadata(mode: 0o711, modified: later)).finished()
      try expect(directory.now?.mode, is: 0o711, "the mode")
      try world.makeLink(world.path("l"), to: old)
      let link = try world.perform("l", expected: world.stat("l"), .setMetadata(mode: 0, modified: later)).finished()
      try expect(link.now?.modified, is: later, "the time")
    },
    rule("metadata of a file that was written since is not set") { world in
      try world.write("f", old)
      let expected = try world.stat("f")
      try world.write("f", new)
      let outcome = try world.perform("f", expected: expected, .setMetadata(mode: 0o400, modified: later))
      try expect(outcome, is: .changed, "the outcome")
      try expect(try world.stat("f").modified, is: early, "the time")
    },
    rule("steps are carried out in order") { world in
      let staged = try world.stage("s", new)
      let outcomes = world.disk.perform([
        DiskStep(path: try world.path("d"), expected: nil, action: .makeDirectory(mode: 0o700)),
        DiskStep(
          path: try world.path("d/f"), expected: nil, action: .place(try world.name("s"), displaced: .nothing), stagedInode: staged.inode),
        DiskStep(path: try world.path("e"), expected: try world.disk.stat(world.path("e")), action: .removeDirectory),
      ])
      try expect(outcomes.count, is: 3, "the outcomes")
      _ = try outcomes[0].finished()
      _ = try outcomes[1].finished()
      try expect(outcomes[2], is: .changed, "the outcome")
      try expect(try world.walked(), is: ["d/", "d/f"], "the walk")
    },
  ]

  static let replayRules: [Rule] = [
    rule("a step that was not begun is told from one that was done") { world in
      try world.write("f", old)
      let staged = try world.stage("s", new)
      let step = DiskStep(
        path: try world.path("f"), expected: try world.stat("f"), action: .place(try world.name("s"), displaced: .history(at: later)),
        stagedInode: staged.inode)
      try expect(world.disk.replay(step), is: .notBegun, "the replay")
      let done = try required(world.disk.perform([step]).first, "the outcome").finished()
      for _ in 0..<2 {
        guard case .done(let outcome) = world.disk.replay(step) else { throw ContractBreach("the step was done") }
        try expect(outcome.finished().now, is: done.now, "the stat")
        try expect(outcome.finished().history, is: done.history, "the history")
      }
      try expect(try world.content("f"), is: new, "the content")
    },
    rule("a new file is told by its staged name") { world in
      let staged = try world.stage("s", new)
      let step = DiskStep(
        path: try world.path("f"), expected: nil, action: .place(try world.name("s"), displaced: .nothing), stagedInode: staged.inode)
      try expect(world.disk.replay(step), is: .notBegun, "the replay")
      let outcome = try required(world.disk.perform([step]).first, "the outcome")
      try expect(world.disk.replay(step), is: .done(outcome), "the replay")
    },
    rule("an intent without its staged file is dropped") { world in
      try world.write("f", old)
      let step = DiskStep(
        path: try world.path("f"), expected: try world.stat("f"), action: .place(try world.name("s"), displaced: .history(at: later)),
        stagedInode: 1)
      try expect(world.disk.replay(step), is: .unknown, "the replay")
      try expect(try world.content("f"), is: old, "the content")
    },
    rule("a step whose staged file is gone was not done to what somebody wrote since") { world in
      try world.write("f", old)
      try world.write("g", Array("another content".utf8))
      let staged = try world.stage("s", new)
      let step = DiskStep(
        path: try world.path("f"), expected: try world.stat("f"), action: .place(try world.name("s"), displaced: .history(at: later)),
        stagedInode: staged.inode)
      try world.disk.discardStaged(world.name("s"))
      try world.rename(world.path("g"), to: world.path("f"))
      try expect(world.disk.replay(step), is: .unknown, "the replay")
    },
    rule("an untouched path says that a step was not begun, whatever is staged under its name by then") { world in
      try world.write("f", old)
      let staged = try world.stage("s", new)
      let step = DiskStep(
        path: try world.path("f"), expected: try world.stat("f"), action: .place(try world.name("s"), displaced: .history(at: later)),
        stagedInode: staged.inode)
      try world.disk.discardStaged(world.name("s"))
      try world.stage("other", new)
      try world.stage("s", new)
      try expect(world.disk.replay(step), is: .notBegun, "the replay")
      try expect(try world.content("f"), is: old, "the content")
    },
    rule("a copy that was made is told as it was, though its user has written over it since") { world in
      try world.write("f", old)
      let (before, staged) = (try world.stat("f"), try world.stage("s", new))
      let copy = try world.path("f.copy")
      let step = DiskStep(
        path: try world.path("f"), expected: before, action: .place(try world.name("s"), displaced: .copy(copy)), stagedInode: staged.inode)
      _ = try required(world.disk.perform([step]).first, "the outcome").finished()
      try world.write("f.copy", old + new)
      guard case .done(let outcome) = world.disk.replay(step) else { throw ContractBreach("the step was done") }
      try expect(outcome.finished().copy?.size, is: Int64(old.count), "the size of the copy")
      try expect(try world.content("f.copy"), is: old + new, "the content of the copy")
    },
    rule("removals, moves and directories are told by what stands there") { world in
      try world.write("f", old)
      try world.write("g", old)
      let remove = DiskStep(path: try world.path("f"), expected: try world.stat("f"), action: .remove(displaced: .history(at: later)))
      let move = DiskStep(path: try world.path("h"), expected: try world.stat("g"), action: .move(from: try world.path("g")))
      let make = DiskStep(path: try world.path("d"), expected: nil, action: .makeDirectory(mode: 0o755))
      for step in [remove, move, make] {
        try expect(world.disk.replay(step), is: .notBegun, "the replay of \(step)")
        let outcome = try required(world.disk.perform([step]).first, "the outcome")
        try expect(world.disk.replay(step), is: .done(outcome), "the replay of \(step)")
      }
    },
  ]
}
