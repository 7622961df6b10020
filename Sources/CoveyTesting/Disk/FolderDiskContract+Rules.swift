import CoveyCore
import CoveyEngine

extension FolderDiskContract {
  static let lookingRules: [Rule] = [
    rule("a marker comes back as it was written") { world in
      let marker = FolderMarker(
        folder: FolderID(high: 1, low: .max), device: DeviceID(key: Bytes32(words: (1, 2, 3, 4))), log: LogID(0xABC), reserved: 1000,
        machine: "0123456789abcdef")
      try world.disk.writeMarker(marker) { _ in nil }
      try expect(try world.disk.readMarker(), is: marker, "the marker")
    },
    rule("a marker is not written where what stands there is not right") { world in
      func marker(_ log: UInt64) -> FolderMarker {
        FolderMarker(folder: FolderID(high: 1, low: 2), device: DeviceID(key: .zero), log: LogID(log), reserved: 10, machine: "m")
      }
      try world.disk.writeMarker(marker(1)) { _ in nil }
      try expect(try code { try world.disk.writeMarker(marker(2)) { $0 == marker(1) ? "another one" : nil } }, is: .notFound, "the error")
      try expect(try world.disk.readMarker(), is: marker(1), "the marker")
      try world.disk.writeMarker(marker(2)) { $0 == marker(1) ? nil : "another one" }
      try expect(try world.disk.readMarker(), is: marker(2), "the marker")
    },
    rule("a walk visits whole paths in byte order") { world in
      for path in ["a/x", "a/b/c", "a-b", "a.txt", "a0", "b", "a/b-c"] { try world.write(path, old) }
      try expect(try world.walked(), is: ["a/", "a-b", "a.txt", "a/b/", "a/b-c", "a/b/c", "a/x", "a0", "b"], "the walk")
      try expect(try world.walked(below: "a"), is: ["a/b/", "a/b-c", "a/b/c", "a/x"], "the walk of a directory")
    },
    rule("a walk shows a directory that is not descended and nothing in it") { world in
      for path in ["a/x", "a/b/c", "b/d"] { try world.write(path, old) }
      let walked = try world.walked { $0.string != "a" }
      try expect(walked, is: ["a/", "b/", "b/d"], "the walk")
    },
    rule("a walk below nothing is an error") { world in
      try expect(try code { _ = try world.walked(below: "nowhere") }, is: .notFound, "the error")
    },
    rule("what is walked is what stat says") { world in
      try world.write("d/f", old)
      var found: [RelativePath: FileStat] = [:]
      try world.disk.walk(below: nil, descend: { _ in true }) { if case .found(let path, let stat) = $0 { found[path] = stat } }
      try expect(try required(found[world.path("d/f")], "d/f"), is: try world.stat("d/f"), "the stat")
      try expect(try world.stat("d/f").size, is: Int64(old.count), "the size")
      try expect(try world.stat("d/f").modified, is: early, "the time")
    },
    rule("nothing stands at a free path, nor below a file or a symlink") { world in
      try world.write("f", old)
      try world.write("d/g", old)
      try world.makeLink(world.path("l"), to: Array("d".utf8))
      for path in ["g", "f/g", "l/g"] { try expect(try world.disk.stat(world.path(path)), is: nil, "the stat of \(path)") }
    },
    rule("content is named by its root") { world in
      try world.write("f", old)
      try world.write("empty", [])
      try world.makeLink(world.path("l"), to: Array("../f".utf8))
      try expect(try world.disk.hash(world.path("f")).root, is: Root(smallContent: old), "the root")
      try expect(try world.disk.hash(world.path("empty")).root, is: Root(smallContent: []), "the root")
      let link = try world.disk.hash(world.path("l"))
      try expect(link.root, is: Root(linkTarget: Array("../f".utf8)), "the root")
      try expect(link.target, is: Array("../f".utf8), "the target")
      try expect(try world.disk.readLink(world.path("l")), is: Array("../f".utf8), "the link")
    },
    rule("large content is named by its manifest") { world in
      let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 7) }
      try world.write("f", bytes)
      let hashed = try world.disk.hash(world.path("f"))
      let chunks = try required(hashed.chunks, "the manifest")
      try expect(chunks.reduce(0) { $0 + Int($1.byteCount) }, is: bytes.count, "the bytes in chunks")
      try expect(hashed.root, is: Root(chunks: chunks, byteCount: Int64(bytes.count)), "the root")
    },
    rule("many contents are named each for itself") { world in
      for directory in ["d", "d/e", "de"] { try world.makeDirectory(world.path(directory)) }
      for (index, name) in ["a", "d/a", "d/b", "d/e/a", "de/a"].enumerated() { try world.write(name, [UInt8(index)]) }
      let paths = try ["a", "d/a", "d/none", "d/b", "d/e/a", "none/a", "de/a", "d", "d/b"].map { try world.path($0) }
      let named = world.disk.hash(paths).map { result -> Root? in if case .success(let hashed) = result { hashed.root } else { nil } }
      let contents: [UInt8?] = [0, 1, nil, 2, 3, nil, 4, nil, 2]
      try expect(named, is: contents.map { content in content.map { Root(smallContent: [$0]) } }, "the roots")
    },
    rule("hashing nothing or a directory is an error") { world in
      try world.makeDirectory(world.path("d"))
      try expect(try code { _ = try world.disk.hash(world.path("x")) }, is: .notFound, "the error")
      try expect(try code { _ = try world.disk.hash(world.path("d")) }, is: .wrongKind, "the error")
    },
    rule("a range ends with the file") { world in
      try world.write("f", Array(0..<100))
      let source = ContentSource.file(try world.path("f"))
      try expect(try world.disk.read(source, offset: 90, byteCount: 50), is: Array(90..<100), "the range")
      try expect(try world.disk.read(source, offset: 100, byteCount: 50), is: [], "the range")
      try expect(try world.disk.read(source, offset: 1 << 40, byteCount: 50), is: [], "the range")
    },
    rule("there is some space") { world in
      let space = try world.disk.space()
      try expect(space.free > 0 && space.total >= space.free, "free \(space.free) of \(space.total)")
    },
  ]

  static let stagingRules: [Rule] = [
    rule("a staged file has its content, mode and time, and is none of the folder's") { world in
      let stat = try world.stage("s-1", new)
      let hashed = try required(try world.disk.hashStaged(world.name("s-1")), "the staged file")
      try expect(hashed.root, is: Root(smallContent: new), "the root")
      try expect(hashed.stat, is: stat, "the stat")
      try expect(stat.mode, is: 0o640, "the mode")
      try expect(stat.modified, is: later, "the time")
      try expect(try world.walked(), is: [], "the walk")
      try expect(try world.disk.stagedNames(), is: [world.name("s-1")], "the names")
    },
    rule("staging again replaces what was staged") { world in
      try world.stage("s", old)
      try world.stage("s", new)
      try expect(try world.content(.staged(world.name("s"))), is: new, "the content")
      try world.disk.stage(.symlink(target: Array("x".utf8), modified: later), as: world.name("s"))
      try expect(try world.disk.hashStaged(world.name("s"))?.root, is: Root(linkTarget: Array("x".utf8)), "the root")
    },
    rule("setuid and setgid are never created") { world in
      let stat = try world.disk.stage(.file(bytes: new, mode: 0o6755, modified: later), as: world.name("s"))
      try expect(stat.mode, is: 0o755, "the mode")
    },
    rule("a staged file is written in ranges, and what was there stays") { world in
      try world.write("f", Array("0123456789".utf8))
      let name = try world.name("s")
      try world.disk.openStaged(name, byteCount: 20)
      try world.disk.writeStaged(name, offset: 15, bytes: Array("ABCDE".utf8))
      try world.disk.openStaged(name, byteCount: 20)
      try world.disk.copyToStaged(name, offset: 0, from: .file(world.path("f")), sourceOffset: 2, byteCount: 8)
      let stat = try world.disk.finishStaged(name, mode: 0o604, modified: early)
      try expect(try world.content(.staged(name)), is: Array("23456789".utf8) + [0, 0, 0, 0, 0, 0, 0] + Array("ABCDE".utf8), "the content")
      try expect(stat.mode, is: 0o604, "the mode")
      try expect(stat.modified, is: early, "the time")
    },
    rule("a clone holds what its source holds, or nothing was done") { world in
      try world.write("f", old)
      let name = try world.name("s")
      let cloned = try world.disk.cloneToStaged(name, from: .file(world.path("f")))
      try world.disk.openStaged(name, byteCount: Int64(old.count))
      try world.disk.writeStaged(name, offset: 0, bytes: [0x21])
      try expect(try world.content(.staged(name)), is: [0x21] + (cloned ? Array(old.dropFirst()) : [UInt8](repeating: 0, count: old.count - 1)), "the staged file")
      try expect(try world.content("f"), is: old, "the source")
    },
    rule("copying from a file that became shorter is a change") { world in
      try world.write("f", old)
      try world.disk.openStaged(world.name("s"), byteCount: 100)
      let found = try code {
        try world.disk.copyToStaged(world.name("s"), offset: 0, from: .file(world.path("f")), sourceOffset: 5, byteCount: 95)
      }
      try expect(found, is: .changed, "the error")
    },
    rule("what is discarded is gone, twice over") { world in
      try world.stage("s", new)
      try world.disk.flushStaged([world.name("s")])
      try world.disk.discardStaged(world.name("s"))
      try world.disk.discardStaged(world.name("s"))
      try expect(try world.disk.stagedNames(), is: [], "the names")
      try expect(try world.disk.hashStaged(world.name("s")), is: nil, "the staged file")
    },
    rule("what is kept from staging lies in history, each under a name of its own") { world in
      let path = try world.path("d/e/t.txt")
      try world.stage("s", old)
      let first = try world.disk.keepStaged(world.name("s"), asHistoryOf: path, at: later)
      try world.stage("s", new)
      let second = try world.disk.keepStaged(world.name("s"), asHistoryOf: path, at: later)
      try expect(try world.content(.history(first)), is: old, "the first")
      try expect(try world.content(.history(second)), is: new, "the second")
      let names = [first, second].sorted()
      try expect(try world.disk.historyNames(after: nil, limit: 10).map(\.0), is: names, "the names")
      try expect(try world.disk.historyNames(after: nil, limit: 1).map(\.0), is: [names[0]], "the first page")
      try expect(try world.disk.historyNames(after: names[0], limit: 10).map(\.0), is: [names[1]], "the second page")
      try world.disk.discardHistory(first)
      try world.disk.discardHistory(first)
      try expect(try world.disk.historyNames(after: nil, limit: 10).map(\.0), is: [second], "the names")
    },
  ]

  static let placingRules: [Rule] = [
    rule("a new file comes to its path whole") { world in
      try world.makeDirectory(world.path("d"))
      let staged = try world.stage("s", new)
      let done = try world.perform("d/f", expected: nil, .place(world.name("s"), displaced: .nothing), stagedInode: staged.inode).finished()
      try expect(done.now, is: try world.stat("d/f"), "the stat")
      try expect(done.now?.inode, is: staged.inode, "the inode")
      try expect(try world.content("d/f"), is: new, "the content")
      try expect(try world.disk.stagedNames(), is: [], "the names")
      try world.disk.flushDirectories()
    },
    rule("where something stands, nothing new is put") { world in
      try world.write("f", old)
      try world.stage("s", new)
      try expect(try world.perform("f", expected: nil, .place(world.name("s"), displaced: .nothing)), is: .changed, "the outcome")
      try expect(try world.content("f"), is: old, "the content")
      try expect(try world.content(.staged(world.name("s"))), is: new, "the staged content")
    },
    rule("a missing parent is a change") { world in
      try world.stage("s", new)
      try expect(try world.perform("d/f", expected: nil, .place(world.name("s"), displaced: .nothing)), is: .changed, "the outcome")
    },
    rule("a missing staged file is a failure that changes nothing") { world in
      try world.write("f", old)
      let outcome = try world.perform("f", expected: world.stat("f"), .place(world.name("s"), displaced: .history(at: later)))
      guard case .failed(let error) = outcome else { throw ContractBreach("not failed: \(outcome)") }
      try expect(error.code, is: .notFound, "the error")
      try expect(try world.content("f"), is: old, "the content")
    },
    rule("another inode under the staged name is not placed") { world in
      let staged = try world.stage("s", new)
      let outcome = try world.perform("f", expected: nil, .place(world.name("s"), displaced: .nothing), stagedInode: staged.inode + 1)
      guard case .failed = outcome else { throw ContractBreach("not failed: \(outcome)") }
      try expect(try world.disk.stat(world.path("f")), is: nil, "the stat")
    },
    rule("a replaced file lies in history") { world in
      try world.write("f", old)
      try world.stage("s", new)
      let done = try world.perform("f", expected: world.stat("f"), .place(world.name("s"), displaced: .history(at: later))).finished()
      try expect(done.now, is: try world.stat("f"), "the stat")
      try expect(try world.content("f"), is: new, "the content")
      try expect(try world.content(.history(required(done.history, "the history"))), is: old, "the history")
      try expect(try world.disk.stagedNames(), is: [], "the names")
    },
    rule("a replaced file becomes the conflict copy") { world in
      try world.write("f", old)
      try world.stage("s", new)
      let copy = try world.path("f.conflict")
      let done = try world.perform("f", expected: world.stat("f"), .place(world.name("s"), displaced: .copy(copy))).finished()
      try expect(done.copy, is: try world.stat("f.conflict"), "the copy")
      try expect(try world.content("f.conflict"), is: old, "the copy")
      try expect(try world.content("f"), is: new, "the content")
    },
    rule("where the conflict copy would stand, nothing may be") { world in
      try world.write("f", old)
      try world.write("f.conflict", new)
      try world.stage("s", new)
      let outcome = try world.perform("f", expected: world.stat("f"), .place(world.name("s"), displaced: .copy(world.path("f.conflict"))))
      try expect(outcome, is: .changed, "the outcome")
      try expect(try world.content("f"), is: old, "the content")
    },
    rule("a file that was written since is not replaced") { world in
      try world.write("f", old)
      let expected = try world.stat("f")
      try world.write("f", Array("another content".utf8))
      try world.stage("s", new)
      let outcome = try world.perform("f", expected: expected, .place(world.name("s"), displaced: .history(at: later)))
      try expect(outcome, is: .changed, "the outcome")
      try expect(try world.content("f"), is: Array("another content".utf8), "the content")
    },
    rule("what somebody may still write to is late, and its bytes wait in staging") { world in
      try world.write("f", old)
      let writer = try world.open(world.path("f"))
      try world.stage("s", new)
      let outcome = try world.perform("f", expected: world.stat("f"), .place(world.name("s"), displaced: .history(at: later)))
      guard case .late(let now, let name) = outcome else { throw ContractBreach("not late: \(outcome)") }
      try expect(now, is: try world.stat("f"), "the stat")
      try expect(try world.content("f"), is: new, "the content")
      try writer.write(Array("written late".utf8))
      try expect(try code { _ = try world.disk.hashStaged(name) }, is: .changed, "the error")
      try writer.close()
      try expect(try world.disk.hashStaged(name)?.root, is: Root(smallContent: Array("written late".utf8)), "the root")
      try expect(try world.content(.staged(name)), is: Array("written late".utf8), "the late content")
      try expect(try world.content("f"), is: new, "the content")
    },
    rule("what leaves its path for a copy is written on there by whoever has it open") { world in
      try world.write("f", old)
      let writer = try world.open(world.path("f"))
      try world.stage("s", new)
      let done = try world.perform("f", expected: world.stat("f"), .place(world.name("s"), displaced: .copy(world.path("f.conflict")))).finished()
      try expect(try world.content("f.conflict"), is: old, "the copy")
      // The next scan reads it, whatever its times say.
      try expect(try required(done.copy, "the copy").changed < required(world.stat("f.conflict"), "the copy").changed, is: true, "older")
      try writer.write(Array("written late".utf8))
      try writer.close()
      try expect(try world.content("f.conflict"), is: Array("written late".utf8), "the copy")
      try expect(try world.content("f"), is: new, "the content")
    },
    rule("a symlink is replaced by a file and kept") { world in
      try world.makeLink(world.path("l"), to: Array("away".utf8))
      try world.stage("s", new)
      let done = try world.perform("l", expected: world.stat("l"), .place(world.name("s"), displaced: .history(at: later))).finished()
      try expect(try world.content("l"), is: new, "the content")
      let kept = try world.disk.manifest(of: .history(required(done.history, "the history")))
      try expect(kept.target, is: Array("away".utf8), "the history")
    },
    rule("an empty directory is replaced by a symlink") { world in
      try world.makeDirectory(world.path("d"))
      try world.disk.stage(.symlink(target: Array("x".utf8), modified: later), as: world.name("s"))
      _ = try world.perform("d", expected: world.stat("d"), .place(world.name("s"), displaced: .nothing)).finished()
      try expect(try world.disk.readLink(world.path("d")), is: Array("x".utf8), "the link")
      try expect(try world.disk.stagedNames(), is: [], "the names")
    },
    rule("a directory with something in it is not replaced") { world in
      try world.write("d/f", old)
      try world.stage("s", new)
      let outcome = try world.perform("d", expected: world.stat("d"), .place(world.name("s"), displaced: .nothing))
      guard case .failed(let error) = outcome else { throw ContractBreach("not failed: \(outcome)") }
      try expect(error.code, is: .notEmpty, "the error")
      try expect(try world.content("d/f"), is: old, "the content")
      try expect(try world.content(.staged(world.name("s"))), is: new, "the staged content")
    },
  ]
}
