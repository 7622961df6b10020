/// Asks for a one-time code and for what becomes of it.
package struct PairRequest: Codable, Hashable, Sendable {
  /// How long the code is good; nil: ten minutes.
  package var expiresSeconds: Int64?
  package init(expiresSeconds: Int64? = nil) { self.expiresSeconds = expiresSeconds }
}

/// What happens to a code, in order: `code` first; `paired` or `expired` or `withdrawn` last.
package struct PairEvent: Codable, Hashable, Sendable {
  package enum Kind: String, Codable, Hashable, Sendable {
    case code
    /// Somebody tried and failed.
    case refused
    case paired
    case expired
    /// Too many wrong tries: the code is dead.
    case withdrawn
  }
  package var event: Kind
  package var code: String?
  /// RFC 3339; until when the code is good.
  package var expires: String?
  /// Where a failed try came from.
  package var address: String?
  package var triesLeft: Int?
  package var device: Device?

  package struct Device: Codable, Hashable, Sendable {
    package var id: String
    package var name: String
  }
}

/// Joins a team with a code.
package struct JoinRequest: Codable, Hashable, Sendable {
  package var code: String
  /// `HOST:PORT`; nil: found on the local network.
  package var at: String?
  /// Absolute; every offered folder goes to `into/LABEL` unless it is placed below.
  package var into: String?
  package var placements: [Placement]

  package struct Placement: Codable, Hashable, Sendable {
    package var label: String
    /// Absolute.
    package var path: String
    package init(label: String, path: String) { self.label = label; self.path = path }
  }

  package init(code: String, at: String? = nil, into: String? = nil, placements: [Placement] = []) {
    self.code = code
    self.at = at
    self.into = into
    self.placements = placements
  }
}

package struct JoinReport: Codable, Hashable, Sendable {
  /// The device that had the code.
  package var device: PairEvent.Device
  package var placed: [JoinRequest.Placement]
  package var offered: [OfferReport]
}
