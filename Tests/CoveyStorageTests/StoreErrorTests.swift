import CoveyStorage
import Testing

@Suite struct StoreErrorTests {
  /// Result codes by their numbers in SQLite's documentation, extended ones included.
  @Test(arguments: [
    (11, .damaged), (267, .damaged), (26, .foreign), (13, .full), (4874, .full), (8, .readOnly), (1032, .readOnly),
    (14, .permissionDenied), (3, .permissionDenied), (5, .locked), (261, .locked), (19, .refused), (1299, .refused), (10, .io), (778, .io), (7, .io),
  ] as [(Int32, StoreError.Code)])
  func `every result code of SQLite has a meaning and a remedy`(code: Int32, meaning: StoreError.Code) {
    let error = StoreError(resultCode: code, detail: "what SQLite says", path: "/home/state.db")
    #expect(error.code == meaning)
    #expect(error.description.hasPrefix("/home/state.db: "))
    #expect(error.message.contains(": ") && error.message.contains("what SQLite says"))
  }
}
