import CoveyCore
package import Foundation
import Hummingbird

/// One verb of the control interface: its name in the address, and how bytes become a call and its answer bytes again.
package struct ControlRoute: Sendable {
  /// `POST /v1/name` with JSON; those that only look also take `GET /v1/name?key=value`.
  package let name: String
  let allowsGet: Bool
  let call: @Sendable (_ input: Input, _ service: any ControlService) throws -> Answer

  enum Input: Sendable {
    case json(Data)
    case query(String)
  }

  enum Answer: Sendable {
    case document(@Sendable () async throws -> Data)
    /// One JSON object a line.
    case stream(@Sendable (_ send: @escaping @Sendable (Data) async throws -> Void) async throws -> Void)
  }

  private static func ask<Request: Decodable & Sendable, Report: Encodable & Sendable>(
    _ name: String, get: Bool = false,
    _ verb: @escaping @Sendable (any ControlService) -> @Sendable (Request) async throws -> Report
  ) -> ControlRoute {
    ControlRoute(name: name, allowsGet: get) { input, service in
      let request = try decode(Request.self, input)
      return .document { try ControlJSON.encode(try await verb(service)(request)) }
    }
  }

  private static func follow<Request: Decodable & Sendable, Event: Encodable & Sendable>(
    _ name: String, get: Bool = false,
    _ verb: @escaping @Sendable (any ControlService, Request, @escaping @Sendable (Event) async throws -> Void) async throws -> Void
  ) -> ControlRoute {
    ControlRoute(name: name, allowsGet: get) { input, service in
      let request = try decode(Request.self, input)
      return .stream { send in try await verb(service, request) { try await send(try ControlJSON.encode($0)) } }
    }
  }

  static let all: [ControlRoute] = [
    ask("status", get: true) { service in { try await service.status($0) } },
    follow("watch", get: true) { try await $0.watch($1, send: $2) },
    follow("pair") { try await $0.pair($1, send: $2) },
    ask("join") { service in { try await service.join($0) } },
    ask("devices", get: true) { service in { try await service.devices($0) } },
    ask("devices/rename") { service in { try await service.renameDevice($0) } },
    ask("share") { service in { try await service.share($0) } },
    ask("accept") { service in { try await service.accept($0) } },
    ask("unshare") { service in { try await service.unshare($0) } },
    ask("folders", get: true) { service in { try await service.folders($0) } },
    ask("pause") { service in { try await service.pause($0) } },
    ask("resume") { service in { try await service.resume($0) } },
    ask("scan") { service in { try await service.scan($0) } },
    ask("conflicts", get: true) { service in { try await service.conflicts($0) } },
    ask("conflicts/show", get: true) { service in { try await service.conflict($0) } },
    ask("conflicts/resolve") { service in { try await service.resolve($0) } },
    ask("held", get: true) { service in { try await service.held($0) } },
    ask("held/decide") { service in { try await service.decideHeld($0) } },
    ask("approve") { service in { try await service.approve($0) } },
    ask("undo") { service in { try await service.undo($0) } },
    ask("verify") { service in { try await service.verify($0) } },
    ask("history") { service in { try await service.history($0) } },
    ask("restore") { service in { try await service.restore($0) } },
    follow("log") { try await $0.log($1, send: $2) },
    ask("why") { service in { try await service.why($0) } },
    ask("reload") { service in { try await service.reload($0) } },
  ]

  static let byPath: [String: ControlRoute] = Dictionary(uniqueKeysWithValues: all.map { ("/v1/" + $0.name, $0) })

  private static func decode<Request: Decodable>(_ type: Request.Type, _ input: Input) throws -> Request {
    do {
      switch input {
      case .json(let data): return try JSONDecoder().decode(type, from: data.isEmpty ? Data("{}".utf8) : data)
      case .query(let text): return try URLEncodedFormDecoder().decode(type, from: text)
      }
    } catch {
      throw ControlError(.usage, "the request is not understood (\("\(error)".escaped)): compare it with the documentation of this verb")
    }
  }
}

/// The JSON of the control interface.
package enum ControlJSON {
  /// Keys in order, slashes as they are, on one line.
  package static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
  }
}
