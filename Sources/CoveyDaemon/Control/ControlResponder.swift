import CoveyCore
import CoveyEngine
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// Answers requests on the control socket: finds the route, reads the body within its limit, calls the service.
struct ControlResponder {
  static let bodyByteCountMax = 1 << 20

  let service: any ControlService
  let log: Logger

  func respond(to request: Request) async throws -> Response {
    do {
      let answer = try await answer(to: request)
      switch answer {
      case .document(let make):
        return Self.response(.ok, try await cancelWhenGracefulShutdown { try await make() } + Data("\n".utf8))
      case .stream(let run):
        return stream(run, body: request.body)
      }
    } catch {
      let told = Self.controlError(error, log: log)
      return try Self.response(Self.status(of: told.code), ControlJSON.encode(ControlError.Envelope(error: told)) + Data("\n".utf8))
    }
  }

  private func answer(to request: Request) async throws -> ControlRoute.Answer {
    guard let route = ControlRoute.byPath[request.uri.path] else {
      throw ControlError(.notFound, "there is no \(request.uri.path.escaped) here: use the covey of the same version as the daemon")
    }
    switch request.method {
    case .get where route.allowsGet: return try route.call(.query(request.uri.query ?? ""), service)
    case .post:
      let body: ByteBuffer
      do { body = try await request.body.collect(upTo: Self.bodyByteCountMax) } catch is NIOTooManyBytesError {
        throw ControlError(.tooLarge, "the request is larger than \(Self.bodyByteCountMax) bytes: name fewer things at once")
      }
      return try route.call(.json(Data(body.readableBytesView)), service)
    default: throw ControlError(.usage, "\(request.method.rawValue.escaped) is not for \(request.uri.path.escaped): use POST")
    }
  }

  /// How often a stream on which nothing else happens is tried: a code whose maker has gone away must not be good for long.
  private static let beatInterval = Duration.milliseconds(250)

  private func stream(
    _ run: @escaping @Sendable (@escaping @Sendable (Data) async throws -> Void) async throws -> Void, body: RequestBody
  ) -> Response {
    let log = log
    return Response(
      status: .ok, headers: [.contentType: "application/x-ndjson", .connection: "close"],
      body: ResponseBody { writer in
        let lines = StreamedLines(writer)
        do {
          try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await cancelWhenGracefulShutdown { try await run { try await lines.write($0) } } }
            // A client that has gone away shows in a write that fails; the framework's own watch for it traps when it happens.
            group.addTask {
              while true {
                try await Task.sleep(for: Self.beatInterval)
                try await lines.beat()
              }
            }
            try await group.next()
            group.cancelAll()
          }
        } catch {
          try await lines.write(try ControlJSON.encode(ControlError.Envelope(error: Self.controlError(error, log: log))))
        }
        try await lines.finish()
      })
  }

  private static func response(_ status: HTTPResponse.Status, _ data: Data) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json", .connection: "close"], body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
  }

  /// What a client is told of an error; our own mistakes also go to the log, and not what a disk says of the path that was named.
  private static func controlError(_ error: any Error, log: Logger) -> ControlError {
    if let error = error as? ControlError { return error }
    if error is CancellationError { return ControlError(.unavailable, "the daemon is stopping: start it again with 'covey run'") }
    // Nobody is there to be told: a command that follows was interrupted.
    if error is ChannelError || error is IOError { return ControlError(.unavailable, "the command has gone away: give it again") }
    if let error = error as? PathError { return ControlError(.usage, "this cannot be shared (\(error)): name another path") }
    if let error = error as? DiskError { return ControlError(error.code.word, "\(error)".escaped) }
    log.error("a command failed", metadata: ["error": "\(error)"])
    return ControlError(.failed, "\(error)".escaped)
  }

  private static func status(of code: ControlError.Code) -> HTTPResponse.Status {
    switch code {
    case .usage: .badRequest
    case .notFound: .notFound
    case .conflict: .conflict
    case .denied: .forbidden
    case .unavailable: .serviceUnavailable
    case .tooLarge: .contentTooLarge
    case .failed: .internalServerError
    }
  }
}

/// Writes JSON documents as lines of one response; who writes waits until there is room.
///
/// Unchecked: the server's own writer may be used from anywhere and takes a buffer whole, only the protocol in front of it does not say so.
private struct StreamedLines: @unchecked Sendable {
  private let writer: any ResponseBodyWriter

  init(_ writer: any ResponseBodyWriter) { self.writer = writer }

  func write(_ document: Data) async throws {
    var writer = writer
    try await writer.write(ByteBuffer(bytes: document + Data("\n".utf8)))
  }

  /// An empty line, which clients pass over.
  func beat() async throws {
    var writer = writer
    try await writer.write(ByteBuffer(bytes: [UInt8(ascii: "\n")]))
  }

  func finish() async throws { try await writer.finish(nil) }
}

extension DiskError.Code {
  /// The word that a program is told.
  fileprivate var word: ControlError.Code {
    switch self {
    case .notFound: .notFound
    case .permissionDenied, .readOnly: .denied
    case .noSpace, .tooManyWatches: .unavailable
    case .outsideFolder, .nameNotPossible: .usage
    case .wrongKind, .changed, .notEmpty, .exists: .conflict
    case .input, .other: .failed
    }
  }
}
