import Foundation
import Testing

/// A home whose record is an older copy of itself, as from a backup: it must not use a number twice, lose a change or make one up.
@Suite(.serialized, .timeLimit(.minutes(2))) struct RestoredRecordTests {
  @Test func `an old copy of the record put back: nothing lost, nothing twice`() throws {
    let team = try Team(2)
    try team[0].write("one", to: "f1")
    try team[1].write("theirs", to: "g1")
    try team.sync()
    let (record, backup) = (team[0].home + "/state.db", team.root + "/backup.db")
    team[0].stop()
    try FileManager.default.copyItem(atPath: record, toPath: backup)
    try team[0].start()
    try team[0].write("one, edited", to: "f1")
    try team[0].write("two", to: "f2")
    try team[1].write("theirs, edited", to: "g1")
    try team.sync()
    team[0].stop()
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: record + suffix) }
    try FileManager.default.copyItem(atPath: backup, toPath: record)
    try team[0].write("three, written while it was down", to: "f3")
    try team[0].start()
    try team.syncAndExpectEqual()
    #expect(try Tree(team[0].folder).names == ["f1", "f2", "f3", "g1"], "no copies: nobody changed anything twice")
    #expect(team[1].read("f1") == "one, edited" && team[1].read("f3") == "three, written while it was down" && team[0].read("g1") == "theirs, edited")
    // And what it authors from now on is taken by the other, who has seen its old numbers.
    try team[0].write("four", to: "f1")
    try team.syncAndExpectEqual()
    #expect(team[1].read("f1") == "four")
  }
}
