import CoveyCore
package import CoveyProtocol
import Synchronization
import Logging

/// Making and using codes.
extension DeviceRunner {
  /// Makes a code and tells what becomes of it; the stream ends when the code does.
  package func invite(lifetime: Duration) async throws -> (code: PairingCode, news: AsyncStream<PairingDesk.News>) {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<8 {
      let code = PairingCode.make(using: &generator)
      // Somebody else on this network may have a code open in this slot: a joiner would find both.
      if setup.usesDiscovery, await !setup.discovery.findPairing(slot: code.slot, for: .milliseconds(200)).isEmpty { continue }
      do {
        let news = try pairing.open(code, lifetime: lifetime, at: setup.now())
        let (desk, now) = (pairing, setup.now)
        start {
          try? await Task.sleep(for: lifetime)
          desk.expire(at: now())
        }
        return (code, news)
      } catch OpenInviteError.slotTaken {
        continue
      } catch {
        throw EngineError(code: .invalid, message: "no code was made: \(error)")
      }
    }
    throw EngineError(code: .unavailable, message: "no free code was found on this network: try again")
  }

  package func cancel(_ code: PairingCode) { pairing.close(code) }

  /// The inviter's side of one connection.
  func receive(_ channel: any PairingChannel) async {
    let now = setup.now
    guard let randomness = try? Self.randomness() else { return channel.close() }
    var inviter = PairingInviter(
      source: Self.source(of: channel.remoteAddress), remote: channel.remoteKey, signer: setup.key, graph: team.snapshot,
      randomness: randomness, time: setup.wallClock(), at: now())
    var slot: UInt16?
    defer { channel.close() }
    while true {
      let left = inviter.deadline.map { $0.duration(since: now()) } ?? .seconds(5)
      let event: PairingInviter.Event
      do {
        if let frame = try await channel.receive(within: left) {
          if case .hello(_, let named, _) = frame { slot = named }
          event = .received(frame)
        } else {
          event = .closed
        }
      } catch {
        event = inviter.deadline.map { $0 <= now() } == true ? .tick : .malformed
      }
      for effect in pairing.handle(event, by: &inviter, at: now()) {
        switch effect {
        case .send(let frame):
          guard (try? await channel.send(frame)) != nil else { return }
        case .store(let record):
          let new = team.insert([record])
          await membershipChanged(new, except: nil)
        case .paired(let device):
          setup.logger.notice("paired", metadata: ["peer": "\(device.device.shortForm)", "address": "\(channel.remoteAddress)"])
          pairing.tell(.paired(device), slot: slot)
          // The joiner hangs up once it has its record.
          _ = try? await channel.receive(within: .seconds(5))
          return
        case .failed(let reason):
          let text = reason.text(peer: channel.remoteAddress)
          setup.logger.warning("pairing failed: \(text)")
          switch reason {
          case .withdrawn: pairing.tell(.withdrawn(text), slot: slot)
          case .wrongCode(let tries):
            pairing.tell(.refused(address: channel.remoteAddress, triesLeft: OpenInvites.runCountMax - tries), slot: slot)
          default: break
          }
        case .close: return
        case .wake: continue
        }
      }
      if inviter.deadline == nil { return }
    }
  }

  /// Uses a code: found on the local network, or at an address. Nothing is changed here before the team is joined.
  package func join(_ code: PairingCode, at address: String?) async throws -> (team: JoinedTeam, address: String) {
    var addresses: [String] = []
    if let address {
      addresses = [address]
    } else {
      addresses = await setup.discovery.findPairing(slot: code.slot, for: .seconds(2)).shuffled()
      guard !addresses.isEmpty else {
        throw EngineError(code: .notFound, message: "nobody on the local network has this code open: check it, or name the other device with --at HOST:PORT")
      }
    }
    var joiner = PairingJoiner(
      code: code, signer: setup.key, keyAgreementKey: setup.keyAgreementKey, name: name, platform: "linux")
    var failure = "the code was not accepted: ask for a new one"
    for address in addresses where joiner.canTryAgain {
      do {
        let channel = try await setup.network.connectForPairing(to: address)
        defer { channel.close() }
        switch await run(&joiner, over: channel, try Self.randomness()) {
        case .success(let joined): return (joined, address)
        case .failure(let reason): failure = reason.text(peer: address)
        }
      } catch {
        failure = "\(error): check the address, and that 'covey run' runs there"
      }
    }
    throw EngineError(code: .failed, message: failure)
  }

  private func run(
    _ joiner: inout PairingJoiner, over channel: any PairingChannel, _ randomness: PairingRandomness
  ) async -> Result<JoinedTeam, PairingFailure> {
    let now = setup.now
    var event = PairingJoiner.Event.connected(to: channel.remoteKey, randomness)
    var due = now().advanced(by: PairingJoiner.runDuration)
    while true {
      for effect in joiner.handle(event, at: now()) {
        switch effect {
        case .send(let frame): try? await channel.send(frame)
        case .joined(let team): return .success(team)
        case .failed(let reason): return .failure(reason)
        case .close: return .failure(.closed)
        case .wake(let moment): due = moment
        }
      }
      do {
        event = try await channel.receive(within: due.duration(since: now())).map { .received($0) } ?? .closed
      } catch {
        event = due <= now() ? .tick : .malformed
      }
    }
  }

  static func randomness() throws -> PairingRandomness {
    var generator = SystemRandomNumberGenerator()
    return try PairingRandomness(using: &generator)
  }

  /// The address without its port; of IPv6 the first half, which is what one site has.
  static func source(of address: String) -> String {
    let host = address.lastIndex(of: ":").map { String(address[..<$0]) } ?? address
    guard host.contains(":") else { return host }
    return host.drop { $0 == "[" }.split(separator: ":", omittingEmptySubsequences: false).prefix(4).joined(separator: ":")
  }
}
