import CoveyCore
import FoundationEssentials
package import NIOCore

/// What two devices say while they pair, as frames.
///
/// The ``FrameDecoder`` before it keeps to ``WireLimits/unauthenticatedFrameByteCountMax`` until the code has proved right.
package enum PairingCoder {
  /// The message as one frame, length and kind included.
  /// - Throws: ``WireError`` when the message is outside ``WireLimits`` or its frame too long.
  package static func encode(_ frame: PairingFrame) throws(WireError) -> ByteBuffer {
    try frame.checkLimits()
    return try FrameWriter.frame(ProtoPairingMessage(frame), kind: .pairing)
  }

  /// - Throws: ``WireError`` when the frame is no pairing message within ``WireLimits``.
  package static func decode(_ frame: Frame) throws(WireError) -> PairingFrame {
    guard case .pairing(let bytes) = frame else { throw .unexpectedFrame }
    let message = try PairingFrame(ProtoReader.read(ProtoPairingMessage.self, bytes, shape: .pairingMessage))
    try message.checkLimits()
    return message
  }
}

extension ProtoPairingMessage {
  fileprivate init(_ frame: PairingFrame) {
    switch frame {
    case .hello(let version, let slot, let nonce):
      var proto = ProtoPairingHello()
      proto.version = UInt32(version)
      proto.slot = UInt32(slot)
      proto.nonce = Data(nonce)
      hello = proto
    case .open(let nonce): open.nonce = Data(nonce)
    case .fail: fail = ProtoNothing()
    case .publicShare(let share, let associatedData):
      var proto = ProtoPairingShare()
      proto.share = Data(share)
      proto.associatedData = Data(associatedData)
      publicShare = proto
    case .confirm(let tag): confirm.tag = Data(tag)
    case .welcome(let welcome):
      var proto = ProtoPairingWelcome()
      proto.team = Data(welcome.team)
      proto.records = welcome.records.map(ProtoSignedRecord.init)
      proto.role = UInt32(welcome.role)
      proto.rank = welcome.rank
      self.welcome = proto
    case .join(let join):
      var proto = ProtoPairingJoin()
      proto.keyAgreementKey = Data(join.keyAgreementKey)
      proto.name = join.name
      proto.platform = join.platform
      proto.signature = Data(join.signature)
      self.join = proto
    case .added(let record): added = ProtoSignedRecord(record)
    }
  }
}

extension PairingFrame {
  fileprivate init(_ proto: ProtoPairingMessage) throws(WireError) {
    guard let body = proto.body else { throw .unknownMessage }
    switch body {
    case .hello(let hello):
      guard let version = UInt8(exactly: hello.version), let slot = UInt16(exactly: hello.slot) else {
        throw .invalid("a pairing hello", reason: "version \(hello.version), slot \(hello.slot)")
      }
      self = .hello(version: version, slot: slot, nonce: Array(hello.nonce))
    case .open(let open): self = .open(nonce: Array(open.nonce))
    case .fail: self = .fail
    case .publicShare(let share): self = .publicShare(share: Array(share.share), associatedData: Array(share.associatedData))
    case .confirm(let confirm): self = .confirm(tag: Array(confirm.tag))
    case .welcome(let welcome):
      guard let role = UInt8(exactly: welcome.role) else { throw .invalid("a role", reason: "\(welcome.role)") }
      self = .welcome(
        PairingWelcome(team: Array(welcome.team), records: welcome.records.map(SignedRecord.init), role: role, rank: welcome.rank))
    case .join(let join):
      self = .join(
        PairingJoin(
          keyAgreementKey: Array(join.keyAgreementKey), name: join.name, platform: join.platform, signature: Array(join.signature)))
    case .added(let record): self = .added(SignedRecord(record))
    }
  }
}
