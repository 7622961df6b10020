package import CoveyCore

/// Devices that lack one large content at the same time, and share the work: each brings a part of it from a peer that has it whole
/// and passes that on to the others, so that whoever wrote it sends it about once, however many want it.
///
/// Who brings what follows from the devices and the offset alone, so that nothing has to be agreed. Where two devices see different
/// members, most parts still have the same bringer, and the rest is only asked for once more.
package struct Swarm: Hashable, Sendable {
  /// Below this it is not worth the waiting for each other.
  package static let byteCountMin: Int64 = 4 << 20
  /// What one device brings in one piece; not less than what is asked for in one item.
  static let stripeByteCount: Int64 = 512 << 10

  package var own: DeviceID
  /// The others; connected, and not known to have the content.
  package var fellows: [DeviceID]

  package init(own: DeviceID, fellows: [DeviceID]) {
    self.own = own
    self.fellows = fellows
  }

  /// The fellow who brings the bytes at this offset; nil when this device does.
  package func fellow(bringing offset: Int64) -> DeviceID? {
    let stripe = UInt64(clamping: offset / Self.stripeByteCount)
    // The highest of mixed values: when one device goes, only its own stripes find another bringer.
    let bringer = (fellows + [own]).max { (Self.mix(stripe, $0), $0) < (Self.mix(stripe, $1), $1) }
    return bringer == own ? nil : bringer
  }

  /// Spreads stripes evenly over devices, whose keys are random (the finalizer of SplitMix64).
  private static func mix(_ stripe: UInt64, _ device: DeviceID) -> UInt64 {
    var z = device.key.words.0 ^ (stripe &* 0x9E37_79B9_7F4A_7C15)
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
