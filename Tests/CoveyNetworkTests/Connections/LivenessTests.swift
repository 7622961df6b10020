import CoveyNetwork
import NIOCore
import Testing

struct LivenessTests {
  private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
  private var liveness = Liveness(NetworkLimits(), at: LivenessTests.start)

  private func at(_ seconds: Int64) -> NIODeadline { Self.start + .seconds(seconds) }

  @Test mutating func silenceIsAskedAboutAndThenEnded() {
    #expect(liveness.check(at: at(59)) == .fine)
    #expect(liveness.check(at: at(60)) == .sendPing)
    #expect(liveness.check(at: at(89)) == .fine)
    #expect(liveness.check(at: at(90)) == .close(.silent))
  }

  @Test mutating func anAnswerBeginsTheTimeAnew() {
    _ = liveness.check(at: at(60))
    liveness.received(8, frames: 1, isInsideFrame: false, at: at(61))
    #expect(liveness.nextCheck == at(121))
    #expect(liveness.check(at: at(121)) == .sendPing)
  }

  @Test mutating func aFrameThatDoesNotGrowIsEnded() {
    for second in 0..<30 { liveness.received(1, frames: 0, isInsideFrame: true, at: at(Int64(second))) }
    #expect(liveness.check(at: at(29)) == .fine)
    #expect(liveness.check(at: at(30)) == .close(.slowFrame))
  }

  @Test mutating func aLargeFrameOnASlowLinkIsNoStall() {
    // A mebibyte at 4 KiB a second takes more than four minutes.
    for second in 0..<256 {
      liveness.received(4 << 10, frames: 0, isInsideFrame: true, at: at(Int64(second)))
      #expect(liveness.check(at: at(Int64(second))) == .fine)
    }
  }

  @Test mutating func framesInARowAreEachTimedOnTheirOwn() {
    for second in 0..<100 {
      liveness.received(10, frames: 1, isInsideFrame: true, at: at(Int64(second)))
      #expect(liveness.check(at: at(Int64(second))) == .fine)
    }
  }

  @Test mutating func whoDoesNotReadBlamesNobodyAndShowsThatItLives() {
    liveness.received(1, frames: 0, isInsideFrame: true, at: at(1))
    liveness.paused()
    for half in 1...20 { #expect(liveness.check(at: at(Int64(half) * 30)) == .sendSign) }
    liveness.resumed(at: at(600))
    #expect(liveness.check(at: at(629)) == .fine)
    #expect(liveness.check(at: at(630)) == .close(.slowFrame), "the half frame has its time from now on")
  }
}

struct LinkRateTests {
  @Test func aLinkThatNeverFillsTheBufferHasNoRate() {
    var rate = LinkRate(writeBuffer: (0, 1_000))
    rate.becameWritable(at: .uptimeNanoseconds(5))
    #expect(rate.bytesPerSecond == nil)
  }

  @Test func theRateIsWhatWasDrainedInTheMeantime() throws {
    var rate = LinkRate(writeBuffer: (500_000, 1_500_000))
    rate.becameFull(at: .uptimeNanoseconds(1_000_000_000))
    rate.becameWritable(at: .uptimeNanoseconds(1_500_000_000))
    #expect(rate.bytesPerSecond == 2_000_000)
    for second in 2..<40 {
      rate.becameFull(at: .uptimeNanoseconds(UInt64(second) * 1_000_000_000))
      rate.becameWritable(at: .uptimeNanoseconds(UInt64(second) * 1_000_000_000 + 100_000_000))
    }
    let settled = try #require(rate.bytesPerSecond)
    #expect(abs(settled - 10_000_000) < 10_000, "it follows the link")
  }
}

struct CompressionTests {
  @Test(arguments: [
    (nil, false, nil), (100e6, false, nil), (10e6, false, 1), (1e6, false, 6),
    // Within one machine two daemons share the processor; so slow a link there is the mouth of a tunnel.
    (nil, true, nil), (10e6, true, nil), (1e6, true, 6),
  ] as [(Double?, Bool, Int32?)])
  func contentIsCompressedTheHarderTheSlowerTheLink(rate: Double?, isLoopback: Bool, level: Int32?) {
    #expect(NetworkLimits().compressionLevel(at: rate, isLoopback: isLoopback) == level)
  }
}
