import CoveyProtocol
import Crypto
import Testing

/// The numbers of draft-irtf-cfrg-cpace-21 for ristretto255 and SHA-512.
@Suite struct CPaceTests {
  static func bytes(_ hex: String) -> [UInt8] { stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) } }

  let secret = Self.bytes("50617373776F7264")
  let channel = Self.bytes("0B415F696E69746961746F720B425F726573706F6E646572")
  let session = Self.bytes("7E4B4791D6A8EF019B936C79FB7F2C57")
  let generator = Self.bytes("222B6B195FE84B1652BADB6F6A3AE3D24341E7306967F0B8115B40D5698C7E56")
  let scalarA = SymmetricKey(data: Self.bytes("DA3D23700A9E5699258AEF94DC060DFDA5EBB61F02A5EA77FAD53F4FF0976D08"))
  let scalarB = SymmetricKey(data: Self.bytes("D2316B454718C35362D83D69DF6320F38578ED5984651435E2949762D900B80D"))
  let shareA = Self.bytes("D6BAC480F2C386C394EFC7C47ADB9925DCD2630B64F240C50F8D0EEC482B9157")
  let shareB = Self.bytes("3EA7E0B19560D7C0B0F5734F63B955286DFA8232B5EBE63324E2D9E7433F7258")
  let dataA = Array("ADa".utf8)
  let dataB = Array("ADb".utf8)
  let product = SymmetricKey(data: Self.bytes("80B69A8A76457AB6A4D7F887A4BF6B55A2F80AC19C333F917A05FC9887C8B40F"))
  let key = SymmetricKey(
    data: Self.bytes(
      "B69EFFBF61B51D56401C0F65601ABE428DE8206FEAAF0E32198896DCAE7B35CD2B38950A39DFD5D4A79164614C2984F7DAA460B588C1E80C3FA2068AF7900447"))
  let sessionName = Self.bytes(
    "BB1C449B35F0EA79A65C209F329A693D475E0CE2387BED9FE4B78F60B2A27C219813FB2CFE175EF40D2222D9261E66DA7D78F7C55A303B1B8611DCDFAB880C47")

  @Test func `Generator, shares, product, key and name are those of the draft`() throws {
    #expect(try CPace.generator(secret: secret, channel: channel, session: session) == generator)
    #expect(try CPace.share(of: scalarA, generator: generator) == shareA)
    #expect(try CPace.share(of: scalarB, generator: generator) == shareB)
    #expect(try CPace.multiply(shareB, by: scalarA) == product)
    #expect(try CPace.multiply(shareA, by: scalarB) == product)
    let transcript = CPace.transcript(
      initiatorShare: shareA, initiatorData: dataA, responderShare: shareB, responderData: dataB)
    #expect(CPace.sessionKey(product, session: session, transcript: transcript) == key)
    #expect(CPace.sessionName(transcript: transcript) == sessionName)
  }

  @Test func `Valid and invalid points are told apart as in the draft`() throws {
    let scalar = SymmetricKey(data: Self.bytes("7CD0E075FA7955BA52C02759A6C90DBBFC10E6D40AEA8D283E407D88CF538A05"))
    let valid = Self.bytes("2C3C6B8C4F3800E7AEF6864025B4ED79BD599117E427C41BD47D93D654B4A51C")
    let expected = SymmetricKey(data: Self.bytes("7C13645FE790A468F62C39BEB7388E541D8405D1ADE69D1778C5FE3E7F6B600E"))
    #expect(try CPace.multiply(valid, by: scalar) == expected)
    for invalid in [
      Self.bytes("2B3C6B8C4F3800E7AEF6864025B4ED79BD599117E427C41BD47D93D654B4A51C"), [UInt8](repeating: 0, count: 32), [],
      Array(valid.dropLast()), valid + [0],
    ] {
      #expect(throws: CPaceError.invalidPoint) { try CPace.multiply(invalid, by: scalar) }
    }
  }

  @Test func `Both sides accept each other's tag when they know the same and no other`() throws {
    func exchange(_ side: CPaceExchange.Side, _ secret: [UInt8]) throws -> CPaceExchange {
      try CPaceExchange(
        side: side, secret: secret, channel: channel, session: session, scalar: side == .initiator ? scalarA : scalarB,
        associatedData: side == .initiator ? dataA : dataB)
    }
    let initiator = try exchange(.initiator, secret)
    let responder = try exchange(.responder, secret)
    #expect(initiator.share == shareA && responder.share == shareB)
    let first = try initiator.confirmation(share: responder.share, associatedData: dataB)
    let second = try responder.confirmation(share: initiator.share, associatedData: dataA)
    #expect(first.accepts(second.tag) && second.accepts(first.tag))
    #expect(first.tag != second.tag && first.tag.count == 64)
    #expect(!first.accepts(first.tag) && !first.accepts([]) && !first.accepts(Array(second.tag.dropLast())))
    let stranger = try exchange(.responder, Array("Passwore".utf8))
    let third = try stranger.confirmation(share: initiator.share, associatedData: dataA)
    let fourth = try initiator.confirmation(share: stranger.share, associatedData: dataB)
    #expect(!third.accepts(fourth.tag) && !fourth.accepts(third.tag))
    #expect(throws: CPaceError.invalidPoint) { try initiator.confirmation(share: initiator.share, associatedData: dataB) }
  }

  @Test func `Scalars are made of 64 bytes and never zero by chance`() throws {
    #expect(throws: CPaceError.invalidScalar) { try CPace.scalar(seed: [1]) }
    let scalar = try CPace.scalar(seed: [UInt8](repeating: 7, count: 64))
    #expect(scalar.bitCount == 256)
    // A scalar of zero would give the neutral point: the run must not go on.
    let zero = try CPace.scalar(seed: [UInt8](repeating: 0, count: 64))
    #expect(throws: CPaceError.invalidPoint) { try CPace.share(of: zero, generator: generator) }
  }
}
