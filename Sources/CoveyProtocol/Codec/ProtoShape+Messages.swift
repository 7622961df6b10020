import CoveyCore

// The fields of covey.proto, in the order of their numbers.

extension ProtoShape {
  static let controlMessage = ProtoShape(
    oneOf: .message(hello), .message(membershipHeads), .message(membershipRecords), .message(nothing), .message(folders),
    .message(folderHandshake), .message(batches), .message(roundEnd), .message(folderStatus), .message(contentRequest),
    .message(contentUnavailable), .message(manifestRequest), .message(manifestAnswer), .message(cancel), .message(addresses),
    .message(nothing), .message(nothing))

  static let pairingMessage = ProtoShape(
    oneOf: .message(ProtoShape(.number, .number, .bytes)), .message(ProtoShape(.bytes)), .message(nothing),
    .message(ProtoShape(.bytes, .bytes)), .message(ProtoShape(.bytes)),
    .message(ProtoShape(.bytes, .messages(signedRecord, WireLimits.membershipRecordCountMax), .number, .number)),
    .message(ProtoShape(.bytes, .bytes, .bytes, .bytes)), .message(signedRecord))

  private static let nothing = ProtoShape()
  private static let hello = ProtoShape(.number, .bytes, .bytes, .list(WireLimits.addressesPerDeviceMax))
  private static let membershipHeads = ProtoShape(.list(WireLimits.membershipHeadCountMax))
  private static let signedRecord = ProtoShape(.bytes, .bytes)
  private static let membershipRecords = ProtoShape(.messages(signedRecord, WireLimits.membershipRecordCountMax))
  private static let folders = ProtoShape(.messages(ProtoShape(.bytes, .bytes, .number, .number, .number), WireLimits.folderCountMax))
  private static let vector = ProtoShape(.words(WireLimits.vectorCountMax), .numbers(WireLimits.vectorCountMax))
  private static let knowledge = ProtoShape(
    .words(WireLimits.vectorCountMax), .numbers(WireLimits.vectorCountMax), .words(WireLimits.vectorCountMax))
  private static let folderHandshake = ProtoShape(.bytes, .message(knowledge), .message(vector), .number, .bytes)
  private static let slice = ProtoShape(.bytes, .bytes, .list(WireLimits.recordsPerSliceMax))
  private static let batches = ProtoShape(.bytes, .messages(slice, WireLimits.sliceCountMax), .bytes)
  private static let acknowledgement = ProtoShape(.bytes, .words(2 * WireLimits.vectorCountMax), .numbers(2 * WireLimits.vectorCountMax))
  private static let roundEnd = ProtoShape(
    .bytes, .message(knowledge), .message(vector), .number, .bytes,
    .messages(acknowledgement, WireLimits.acknowledgementCountMax))
  private static let folderStatus = ProtoShape(.bytes, .bytes, .number, .number, .number, .bytes)
  private static let contentItem = ProtoShape(
    .bytes, .bytes, .number, .number, .number, .words(PatchBase.sumCount(forByteCount: WireLimits.baseByteCountMax)))
  private static let contentRequest = ProtoShape(
    .number, .bytes, .messages(contentItem, WireLimits.itemsPerRequestMax))
  private static let contentUnavailable = ProtoShape(.number, .number)
  private static let manifestRequest = ProtoShape(
    .number, .bytes, .bytes, .bytes, .number, .list(WireLimits.knownManifestCountMax))
  private static let run = ProtoShape(.bytes, .numbers(WireLimits.chunksPerAnswerMax), .number, .number)
  private static let manifestAnswer = ProtoShape(.number, .bytes, .messages(run, WireLimits.runsPerAnswerMax), .number)
  private static let cancel = ProtoShape(.number)
  private static let addresses = ProtoShape(
    .messages(ProtoShape(.bytes, .list(WireLimits.addressesPerDeviceMax)), WireLimits.peerAddressCountMax))
}
