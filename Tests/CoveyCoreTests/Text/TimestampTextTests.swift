import CoveyCore
import Testing

struct TimestampTextTests {
  @Test(arguments: [
    (0, 0, "1970-01-01T00:00:00Z"), (1_795_372_937, 0, "2026-11-22T18:42:17Z"), (1_795_372_937, 500_000_000, "2026-11-22T18:42:17.500Z"),
    (1_795_372_937, 1, "2026-11-22T18:42:17.000000001Z"), (1_795_372_937, 120_000, "2026-11-22T18:42:17.000120Z"),
    (951_782_400, 0, "2000-02-29T00:00:00Z"), (4_107_542_399, 0, "2100-02-28T23:59:59Z"), (4_107_542_400, 0, "2100-03-01T00:00:00Z"),
    (-1, 0, "1969-12-31T23:59:59Z"), (-1, 999_000_000, "1969-12-31T23:59:59.999Z"), (4_291_747_200, 0, "2106-01-01T00:00:00Z"),
  ] as [(Int64, Int64, String)])
  func timesAreWrittenAndReadBack(_ seconds: Int64, _ nanoseconds: Int64, _ text: String) {
    let time = Timestamp(seconds: seconds, nanoseconds: nanoseconds)
    #expect(time.rfc3339 == text)
    #expect(Timestamp(rfc3339: text) == time)
  }

  @Test(arguments: [
    ("2026-11-22t18:42:17z", 1_795_372_937), ("2026-11-22 18:42:17Z", 1_795_372_937), ("2026-11-22T19:42:17+01:00", 1_795_372_937),
    ("2026-11-22T13:12:17-05:30", 1_795_372_937),
  ] as [(String, Int64)])
  func otherSpellingsAreRead(_ text: String, _ seconds: Int64) {
    #expect(Timestamp(rfc3339: text)?.seconds == seconds)
  }

  @Test(arguments: [
    "", "2026-11-22", "2026-11-22T18:42:17", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T18:60:00Z",
    "2026-11-22T18:42:17.Z", "2026-11-22T18:42:17+1:00", "2026-11-22T18:42:17ZZ", "+026-11-22T18:42:17Z", "2026-11-22T18:42:1٧Z",
  ])
  func whatIsNoTimeIsRefused(_ text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test func theEndsOfTimeDoNotTrap() {
    for nanoseconds in [Int64.min, .min + 1, -1, .max] { #expect(Timestamp(nanoseconds: nanoseconds).rfc3339.hasSuffix("Z")) }
  }

  @Test(arguments: [
    (0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (1_234_567, "1.2 MB"), (9_949_999, "9.9 MB"), (9_960_000, "10 MB"), (999_499, "999 kB"),
    (999_500, "1.0 MB"), (34_000_000_000, "34 GB"), (.max, "9.2 EB"), (-1_500, "-1.5 kB"),
  ] as [(Int64, String)])
  func byteCountsAreShortForPeople(_ count: Int64, _ text: String) {
    #expect(count.byteCountText == text)
  }
}
