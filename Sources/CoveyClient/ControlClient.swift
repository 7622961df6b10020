import AsyncHTTPClient
import CoveyCore
package import CoveyDaemon
import Foundation
import Glibc
import NIOCore
import NIOHTTP1

/// Talks to the daemon of a home over its control socket.
package struct ControlClient {
  private static let answerByteCountMax = 64 << 20

  private let http: HTTPClient
  private let base: String

  /// Connects for the time of `body`; nothing is sent before the first question.
  package static func with<Result>(_ home: Home, _ body: (ControlClient) async throws -> Result) async throws -> Result {
    let socket: ControlSocketPath
    do { socket = try ControlSocketPath(home) } catch {
      if case .notThere = error { throw CommandFailure.noDaemon }
      throw error
    }
    var configuration = HTTPClient.Configuration()
    configuration.timeout.connect = .seconds(10)
    // Nobody listens: that is an answer, and waiting does not make it another.
    configuration.connectionPool.retryConnectionEstablishment = false
    let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    let outcome: Swift.Result<Result, any Error>
    do {
      let host = socket.path.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
      outcome = .success(try await body(ControlClient(http: http, base: "http+unix://\(host)/v1/")))
    } catch {
      outcome = .failure(error)
    }
    try await http.shutdown()
    return try withExtendedLifetime(socket) { try outcome.get() }
  }

  /// Sends one request and waits for its answer.
  /// - Parameter timeout: nil for what takes as long as it takes; that the daemon lives shows in the connection.
  /// - Throws: ``ControlError`` as the daemon told it; ``CommandFailure`` when there is no daemon or it went away.
  package func ask<Report: Decodable>(
    _ name: String, _ request: some Encodable, timeout: Duration? = .seconds(60), as type: Report.Type = Report.self
  ) async throws -> Report {
    let response = try await send(name, request, timeout: timeout)
    let data: Data
    do { data = Data(try await response.body.collect(upTo: Self.answerByteCountMax).readableBytesView) } catch { throw Self.failure(error) }
    if response.status != .ok { throw try Self.told(data) }
    return try Self.decode(type, data)
  }

  /// Sends one request and hands over what comes, line by line, until the daemon or `each` ends it.
  package func follow<Event: Decodable>(_ name: String, _ request: some Encodable, each: (Event) async throws -> Void) async throws {
    let response = try await send(name, request, timeout: nil)
    if response.status != .ok {
      throw try Self.told(Data(try await response.body.collect(upTo: Self.answerByteCountMax).readableBytesView))
    }
    var line = Data()
    var chunks = response.body.makeAsyncIterator()
    while true {
      let chunk: ByteBuffer?
      do { chunk = try await chunks.next() } catch { throw Self.failure(error) }
      guard let chunk else { return }
      for byte in chunk.readableBytesView {
        guard byte == UInt8(ascii: "\n") else {
          line.append(byte)
          guard line.count <= Self.answerByteCountMax else { throw CommandFailure(.failed, "the daemon sends an endless line: restart it") }
          continue
        }
        if line.isEmpty { continue }
        if let told = try? JSONDecoder().decode(ControlError.Envelope.self, from: line) { throw told.error }
        try await each(try Self.decode(Event.self, line))
        line.removeAll(keepingCapacity: true)
      }
    }
  }

  private func send(_ name: String, _ request: some Encodable, timeout: Duration?) async throws -> HTTPClientResponse {
    var message = HTTPClientRequest(url: base + name)
    message.method = .POST
    message.headers.add(name: "content-type", value: "application/json")
    message.body = .bytes(ByteBuffer(bytes: try ControlJSON.encode(request)))
    let deadline = timeout.map { NIODeadline.now() + TimeAmount($0) } ?? .distantFuture
    do { return try await http.execute(message, deadline: deadline) } catch { throw Self.failure(error) }
  }

  private static func decode<Value: Decodable>(_ type: Value.Type, _ data: Data) throws -> Value {
    do { return try JSONDecoder().decode(type, from: data) } catch {
      throw CommandFailure(.failed, "the daemon's answer is not understood: restart it, so that it has the version of this command")
    }
  }

  private static func told(_ data: Data) throws -> ControlError { try decode(ControlError.Envelope.self, data).error }

  private static func failure(_ error: any Error) -> any Error {
    if error is CancellationError { return error }
    if let error = error as? IOError {
      switch error.errnoCode {
      case ENOENT, ECONNREFUSED, ENOTDIR: return CommandFailure.noDaemon
      case EACCES, EPERM: return CommandFailure(.failed, "the daemon of this home belongs to another user: name your own with --home")
      default: break
      }
    }
    if let error = error as? HTTPClientError {
      switch error {
      case .deadlineExceeded, .readTimeout, .connectTimeout, .getConnectionFromPoolTimeout:
        return CommandFailure(.failed, "the daemon does not answer: look at its log, or restart it")
      case .remoteConnectionClosed: return CommandFailure(.failed, "the daemon went away: look at its log and start it again with 'covey run'")
      default: break
      }
    }
    return CommandFailure(.failed, "the daemon cannot be asked (\(String(describing: error).escaped)): restart it")
  }
}
