import CoveyCore
import Testing

struct UnifiedDiffTests {
  private func diff(_ old: String, _ new: String, editCountMax: Int = UnifiedDiff.editCountMax) -> [String] {
    UnifiedDiff(old: Array(old.utf8), new: Array(new.utf8), editCountMax: editCountMax).rendered(oldName: "a", newName: "b")
  }

  @Test func equalTextsHaveNoDifference() {
    #expect(diff("a\nb\n", "a\nb\n").isEmpty)
    #expect(diff("", "").isEmpty)
  }

  @Test func aChangedLineStandsInItsContext() {
    #expect(
      diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n")
        == ["--- a", "+++ b", "@@ -2,7 +2,7 @@", " 2", " 3", " 4", "-5", "+five", " 6", " 7", " 8"])
  }

  @Test func anEmptySideIsNamedByTheLineBefore() {
    #expect(diff("", "x\n") == ["--- a", "+++ b", "@@ -0,0 +1 @@", "+x"])
    #expect(diff("x\ny\n", "") == ["--- a", "+++ b", "@@ -1,2 +0,0 @@", "-x", "-y"])
  }

  @Test func aMissingLineEndIsSaid() {
    #expect(diff("x", "x\n") == ["--- a", "+++ b", "@@ -1 +1 @@", "-x", "\\ No newline at end of file", "+x"])
  }

  @Test func changesFarApartStandInHunksOfTheirOwn() {
    let old = (1...20).map { "\($0)\n" }.joined()
    let new = old.replacing("\n2\n", with: "\n2!\n").replacing("\n19\n", with: "\n19!\n")
    #expect(diff(old, new).filter { $0.hasPrefix("@@") } == ["@@ -1,5 +1,5 @@", "@@ -16,5 +16,5 @@"])
  }

  @Test func binaryIsNoText() {
    #expect(UnifiedDiff.isText(Array("é\n".utf8)))
    #expect(!UnifiedDiff.isText([0x61, 0x00]))
    #expect(!UnifiedDiff.isText([0xFF]))
  }

  /// Carries a diff without context out, and counts its changes.
  private func apply(_ lines: [String], to old: [String]) -> (new: [String], changes: Int) {
    var out: [String] = []
    var next = 0
    for line in lines.dropFirst(2) {
      if line.hasPrefix("@@") {
        let numbers = line.split(separator: " ")[1].dropFirst().split(separator: ",").compactMap { Int($0) }
        let first = numbers.count > 1 && numbers[1] == 0 ? numbers[0] : numbers[0] - 1
        while next < first { out.append(old[next]); next += 1 }
      } else if line.hasPrefix("-") {
        next += 1
      } else {
        out.append(String(line.dropFirst()))
      }
    }
    return (out + old[next...], lines.dropFirst(2).count { !$0.hasPrefix("@@") })
  }

  private func longestCommon(_ a: [String], _ b: [String]) -> Int {
    var row = [Int](repeating: 0, count: b.count + 1)
    for x in a {
      var diagonal = 0
      for (index, y) in b.enumerated() {
        let above = row[index + 1]
        row[index + 1] = x == y ? diagonal + 1 : max(above, row[index])
        diagonal = above
      }
    }
    return row[b.count]
  }

  @Test(arguments: [0, 3, UnifiedDiff.editCountMax])
  func everyDiffLeadsFromOneTextToTheOtherAndIsTheShortest(_ editCountMax: Int) {
    for seed in UInt64(0)..<400 {
      var random = SplitMix(seed: seed)
      let old = (0..<Int.random(in: 0...12, using: &random)).map { _ in String("abc".randomElement(using: &random) ?? "a") }
      let new = (0..<Int.random(in: 0...12, using: &random)).map { _ in String("abc".randomElement(using: &random) ?? "a") }
      let lines = UnifiedDiff(old: Array(old.map { $0 + "\n" }.joined().utf8), new: Array(new.map { $0 + "\n" }.joined().utf8), editCountMax: editCountMax)
        .rendered(oldName: "a", newName: "b", context: 0)
      let (found, changes) = apply(lines, to: old)
      #expect(found == new, "seed \(seed)")
      if editCountMax == UnifiedDiff.editCountMax {
        #expect(changes == old.count + new.count - 2 * longestCommon(old, new), "seed \(seed)")
      }
    }
  }
}
