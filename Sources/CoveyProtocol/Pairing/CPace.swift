import CSodium
import CoveyCore
package import Crypto

/// CPace with ristretto255 and SHA-512: two sides that know one short secret agree on a key, and who does not know it learns
/// whether one guess was right, no more.
///
/// Source: draft-irtf-cfrg-cpace-21, suite CPACE-RISTR255-SHA512, initiator and responder.
package enum CPace {
  package static let shareByteCount = 32
  /// Random bytes of which a scalar is made.
  package static let scalarSeedByteCount = 64

  private static let domain = Array("CPaceRistretto255".utf8)
  private static let hashBlockByteCount = 128
  private static let hashByteCount = 64

  /// libsodium wants this once; it is safe from any thread.
  private static let isReady = sodium_init() >= 0

  /// Each part behind its length: `lv_cat` of the draft.
  package static func joined(_ parts: [UInt8]...) -> [UInt8] {
    var out = CanonicalWriter()
    for part in parts { out.string(part) }
    return out.bytes
  }

  /// The point that both sides multiply, made of the secret and of what names this run.
  /// - Parameters:
  ///   - channel: what both know of the connection and of each other (`CI`).
  ///   - session: random bytes of both sides (`sid`).
  package static func generator(secret: [UInt8], channel: [UInt8], session: [UInt8]) throws(CPaceError) -> [UInt8] {
    guard isReady else { throw .unavailable }
    // The padding fills the first block of the hash, so that hashing the secret takes the same time whatever follows.
    let padding = max(0, hashBlockByteCount - 1 - joined(secret).count - joined(domain).count)
    let text = joined(domain, secret, [UInt8](repeating: 0, count: padding), channel, session)
    var digest = hash([], SymmetricKey(data: text), []).withUnsafeBytes { Array($0) }
    defer { sodium_memzero(&digest, hashByteCount) }
    var point = [UInt8](repeating: 0, count: shareByteCount)
    guard crypto_core_ristretto255_from_hash(&point, digest) == 0 else { throw .invalidPoint }
    return point
  }

  /// A scalar from 64 random bytes.
  package static func scalar(seed: [UInt8]) throws(CPaceError) -> SymmetricKey {
    guard isReady else { throw .unavailable }
    guard seed.count == scalarSeedByteCount else { throw .invalidScalar }
    var scalar = [UInt8](repeating: 0, count: shareByteCount)
    defer { sodium_memzero(&scalar, shareByteCount) }
    crypto_core_ristretto255_scalar_reduce(&scalar, seed)
    return SymmetricKey(data: scalar)
  }

  /// What one side sends: the generator times its scalar.
  package static func share(of scalar: SymmetricKey, generator: [UInt8]) throws(CPaceError) -> [UInt8] {
    try multiply(generator, by: scalar).withUnsafeBytes { Array($0) }
  }

  /// What both sides know then and nobody else does (`K`): never to be used but inside ``sessionKey(_:session:transcript:)``.
  /// - Throws: ``CPaceError/invalidPoint`` when the share is no point or the neutral one; the run must end then.
  package static func multiply(_ share: [UInt8], by scalar: SymmetricKey) throws(CPaceError) -> SymmetricKey {
    guard isReady else { throw .unavailable }
    guard share.count == shareByteCount else { throw .invalidPoint }
    guard scalar.bitCount == shareByteCount * 8 else { throw .invalidScalar }
    var factor = scalar.withUnsafeBytes { Array($0) }
    var product = [UInt8](repeating: 0, count: shareByteCount)
    defer {
      sodium_memzero(&factor, shareByteCount)
      sodium_memzero(&product, shareByteCount)
    }
    guard crypto_scalarmult_ristretto255(&product, factor, share) == 0 else { throw .invalidPoint }
    return SymmetricKey(data: product)
  }

  /// The shares with what was said along with them, the initiator's first.
  package static func transcript(
    initiatorShare: [UInt8], initiatorData: [UInt8], responderShare: [UInt8], responderData: [UInt8]
  ) -> [UInt8] {
    joined(initiatorShare, initiatorData) + joined(responderShare, responderData)
  }

  /// The key of the run (`ISK`).
  package static func sessionKey(_ product: SymmetricKey, session: [UInt8], transcript: [UInt8]) -> SymmetricKey {
    // The product is the last part of a `joined` list: its length stands before it.
    hash(joined(domain + Array("_ISK".utf8), session) + [UInt8(product.bitCount / 8)], product, transcript)
  }

  /// The key under which both sides confirm that they have the same session key.
  package static func confirmationKey(_ sessionKey: SymmetricKey, session: [UInt8]) -> SymmetricKey {
    hash(Array("CPaceMac".utf8) + session, sessionKey, [])
  }

  /// A public name for the run that is different in every other (`sid_output`).
  package static func sessionName(transcript: [UInt8]) -> [UInt8] {
    SHA512.hash(data: Array("CPaceSidOutput".utf8) + transcript).withUnsafeBytes { Array($0) }
  }

  /// SHA-512 over three parts of which the middle one is secret; what held it is zeroed.
  private static func hash(_ prefix: [UInt8], _ secret: SymmetricKey, _ suffix: [UInt8]) -> SymmetricKey {
    var input = prefix
    input.reserveCapacity(prefix.count + secret.bitCount / 8 + suffix.count)
    secret.withUnsafeBytes { input.append(contentsOf: $0) }
    input.append(contentsOf: suffix)
    let inputCount = input.count
    var digest = [UInt8](repeating: 0, count: hashByteCount)
    defer {
      sodium_memzero(&input, inputCount)
      sodium_memzero(&digest, hashByteCount)
    }
    crypto_hash_sha512(&digest, input, UInt64(inputCount))
    return SymmetricKey(data: digest)
  }
}

/// Why a run of CPace must end.
package enum CPaceError: Error, Hashable, Sendable {
  /// The other side's share is no point of the group, or the neutral one.
  case invalidPoint
  case invalidScalar
  /// libsodium did not start.
  case unavailable
}
