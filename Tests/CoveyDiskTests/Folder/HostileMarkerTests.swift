import CoveyCore
import CoveyDisk
import CoveyEngine
import CoveyTesting
import Testing

@Suite struct HostileMarkerTests {
  @Test(arguments: [nil, LogID(0xDEF)])
  func `a spoiled marker is none, or exactly what would be written`(firstLog: LogID?) {
    let marker = FolderMarker(
      folder: FolderID(high: 1, low: 2), device: DeviceID(key: Bytes32(words: (1, 2, 3, 4))), log: LogID(0xABC), reserved: 10_000, machine: "here",
      firstLog: firstLog)
    #expect(FolderMarker(text: marker.text) == marker)
    var input = HostileInput([Array(marker.text.utf8)], seed: 1)
    input.feed(randomCount: 40_000) { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      if let marker = FolderMarker(text: text) { #expect(marker.text == text) }
      _ = StagedName(text)
    }
  }
}
