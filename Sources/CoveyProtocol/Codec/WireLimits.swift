import CoveyCore

/// The greatest counts and lengths on the wire. Nothing above them is sent, and nothing above them is read, let alone kept.
///
/// Counts are per message. A message within all counts may still be too long for a frame; `Message.split` makes several of it.
package enum WireLimits {
  // Frames. Lengths count what stands behind the length itself: the kind and the payload.

  /// Before the peer is known: a hello fits, and whatever comes while two devices pair until the code has proved right.
  package static let unauthenticatedFrameByteCountMax = 4 << 10
  /// A control or pairing frame.
  package static let controlFrameByteCountMax = 1 << 20
  /// The protobuf bytes of one message that travels in several control frames: what names every log of a folder has no other bound.
  package static let messageByteCountMax = 5 << 20
  /// The bytes of one content part, uncompressed.
  package static let contentByteCountMax = 1 << 20
  /// A content frame.
  package static let contentFrameByteCountMax = 1 + ContentHeader.byteCount + contentByteCountMax
  /// Any frame between members.
  package static let frameByteCountMax = contentFrameByteCountMax
  /// Where `Message.split` ends one message and begins another.
  package static let splitByteCount = 512 << 10
  /// The same for batches, before they are packed; even unpacked they fit a frame.
  package static let batchesByteCount = 896 << 10
  /// Strings, byte strings and nested messages in one control frame, all together. The shortest takes two bytes on the wire
  /// and some thirty in memory; without this a small frame could become a large value.
  package static let elementCountMax = 65_536

  // Text.

  /// UTF-8, as in every version that names a device.
  package static let deviceNameByteCountMax = Version.deviceNameByteCountMax
  package static let programVersionByteCountMax = 64
  package static let platformByteCountMax = 64
  package static let folderLabelByteCountMax = 255
  /// A host name has at most 253 bytes, a port five.
  package static let addressByteCountMax = 300
  package static let addressesPerDeviceMax = 16
  /// All addresses of one device together, so that a hello fits the limit that holds before the peer is known.
  package static let addressesByteCountMax = 3_600
  /// Peers in one message.
  package static let peerAddressCountMax = 1_000

  // Membership.

  package static let membershipHeadCountMax = 1_024
  /// Records in one message; a longer log takes several.
  package static let membershipRecordCountMax = 4_096
  package static let membershipRecordByteCountMax = 64 << 10
  /// Ed25519. Shorter ones pass here and fail where they are verified.
  package static let signatureByteCountMax = 64

  // Folders.

  package static let folderCountMax = 1_024
  /// Logs in one vector of what a device knows of a folder: a new one for every device, and for every start after a crash.
  package static let vectorCountMax = 65_536
  /// Devices that one round end speaks of.
  package static let acknowledgementCountMax = 4_096
  /// Numbers in the vectors that one round end spells out: 4 MiB once decoded.
  package static let acknowledgedNumberCountMax = 262_144
  /// Bytes that the acknowledgements of one round end take: beside knowledge and dropped of ``vectorCountMax`` logs they fit a message.
  package static let acknowledgementsByteCountMax = 1_280 << 10
  package static let sliceCountMax = 1_000
  package static let recordsPerSliceMax = 1_000
  package static let recordByteCountMax = Version.recordByteCountMax
  /// A thousand hashes and what stands before them.
  package static let batchHeaderByteCountMax = 36 << 10

  // Content.

  package static let itemsPerRequestMax = 1_000
  /// Bytes that one request asks for.
  package static let requestedByteCountMax: Int64 = 8 << 20
  /// The old stretch that one item of a request tells of.
  package static let baseByteCountMax = 1 << 20
  /// Sums of old stretches in one request: 512 KiB.
  package static let baseSumsPerRequestMax = 65_536
  /// Files and offsets within them.
  package static let fileByteCountMax = Version.byteCountMax
  package static let knownManifestCountMax = 64
  package static let chunksPerAnswerMax = 16_384
  package static let runsPerAnswerMax = 8_192
  package static let chunkByteCountMax: UInt32 = 4 << 20

  // Pairing. Upper bounds only: a share or tag of a wrong length is a failed run, and the pairing machine counts it as one.

  package static let pairingFieldByteCountMax = 128

  /// The addresses that may be told of one device: the first ones that fit. They are hints, so the rest is left out.
  package static func addresses(_ all: [String]) -> [String] {
    var chosen: [String] = []
    var byteCount = 0
    for address in all where !address.isEmpty && address.utf8.count <= addressByteCountMax {
      byteCount += address.utf8.count
      guard chosen.count < addressesPerDeviceMax, byteCount <= addressesByteCountMax else { break }
      chosen.append(address)
    }
    return chosen
  }
}
