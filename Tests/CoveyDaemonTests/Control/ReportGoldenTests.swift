import CoveyDaemon
import Foundation
import Testing

/// The JSON of the command line is a contract: names and nulls, checked against documents written by hand.
enum Golden {
  static let status = """
    {"device":{"id":"K3WM","name":"laptop","version":"0.1.0"},
     "folders":[{"id":"00","label":"docs","path":"/srv/docs","state":"idle","inSync":true,"paused":false,
       "files":12,"directories":3,"bytes":4096,"pendingFiles":0,"pendingBytes":0,"conflicts":0,"digest":"ab","held":0,
       "problems":[{"path":"a/b","reason":"permission denied: make it readable"}]}],
     "offered":[{"label":"photos","from":"desk","files":10,"bytes":1000}],
     "peers":[{"id":"XY","name":"desk","connected":true,"address":"192.0.2.7:22500","inSync":true,"behindFiles":0,"behindBytes":0,
       "lastSeen":"2026-11-22T18:42:17Z","bytesSent":1,"bytesReceived":1},
      {"id":"XZ","name":"shed","connected":false,"address":null,"inSync":false,"behindFiles":1,"behindBytes":2,
       "lastSeen":null,"bytesSent":0,"bytesReceived":0}],
     "uptimeSeconds":12}
    """

  static let conflicts = """
    [{"id":1,"folder":"docs","path":"t.txt","copy":"t.conflict-20261122-184217-desk-9f3c.txt",
      "winner":{"device":"laptop","modified":"2026-11-22T18:42:17Z","size":1,"hash":"aa"},
      "loser":{"device":"desk","modified":"2026-11-22T18:42:16.5Z","size":2,"hash":"bb"},"deletedIn":null}]
    """

  static func value<Value: Decodable>(_ text: String, as type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }
}

struct ReportGoldenTests {
  private func expectSame<Value: Codable>(_ text: String, as type: Value.Type) throws {
    let encoded = try ControlJSON.encode(try Golden.value(text, as: type))
    let expected = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSObject
    let found = try JSONSerialization.jsonObject(with: encoded) as? NSObject
    #expect(expected != nil)
    #expect(expected == found, "\(String(decoding: encoded, as: UTF8.self))")
  }

  @Test func theStatusHasTheNamesOfTheContract() throws { try expectSame(Golden.status, as: StatusReport.self) }
  @Test func conflictsHaveTheNamesOfTheContract() throws { try expectSame(Golden.conflicts, as: [ConflictReport].self) }

  @Test func pairingHasTheNamesOfTheContract() throws {
    try expectSame(#"{"event":"code","code":"7K-QF3M-9D2X"}"#, as: PairEvent.self)
    try expectSame(#"{"event":"paired","device":{"id":"XY","name":"desk"}}"#, as: PairEvent.self)
  }

  @Test(arguments: ["scanning", "syncing", "idle", "paused", "blocked"])
  func everyStateHasItsWord(_ word: String) { #expect(FolderReport.State(rawValue: word) != nil) }

  @Test func aMissingFieldThatMayBeNullReadsAsNull() throws {
    let text = Golden.conflicts.replacing(",\"deletedIn\":null", with: "")
    #expect(try Golden.value(text, as: [ConflictReport].self).first?.deletedIn == nil)
  }

  @Test func slashesStayAsTheyAre() throws {
    #expect(String(decoding: try ControlJSON.encode(ShareRequest(path: "/a/b")), as: UTF8.self) == #"{"path":"/a/b"}"#)
  }
}
