import CLinux
package import CoveyCore
package import Crypto
import Glibc
package import Logging
package import ServiceLifecycle
import UnixSignals

/// The daemon of one home: config, lock, control socket, and the service that does the work, up and down in that order.
package enum Daemon {
  package struct Options: Sendable {
    /// Absolute paths to share that may not be shared yet.
    package var folders: [String]
    package init(folders: [String] = []) { self.folders = folders }
  }

  /// What the work needs to begin.
  package struct Surroundings: Sendable {
    package let home: Home
    package let key: Curve25519.Signing.PrivateKey
    package let device: DeviceID
    package let configuration: Configuration
    /// For reading the config again and for edits that commands make.
    package let file: ConfigurationFile
    package let log: Logger
  }

  /// Said once, when the daemon can be talked to.
  package struct Ready: Sendable {
    package let device: DeviceID
    /// `HOST:PORT`, as bound.
    package let address: String
    /// For who shows live progress within this process.
    package let service: any ControlService
  }

  /// How long what is in flight may take to finish once the daemon is told to stop.
  package static let graceDuration = Duration.seconds(3)

  /// Runs until SIGTERM or SIGINT, or until the service fails. SIGHUP reads the config again.
  /// - Parameters:
  ///   - makeService: builds what does the work; nothing of it runs yet.
  ///   - onReady: called when both the service and the control socket are up and the options' folders are shared.
  /// - Throws: ``HomeError`` at once when another daemon has this home; ``ConfigurationError`` with the line of a bad setting.
  package static func run(
    home: Home, options: Options, userDirectory: String?, log: Logger,
    makeService: @escaping @Sendable (Surroundings) async throws -> any DaemonService,
    onReady: @escaping @Sendable (Ready) async -> Void
  ) async throws {
    covey_keep_freed_memory()
    let directory = try HomeDirectory(making: home)
    let lock = try HomeLock(directory)
    let setup = try DeviceSetup.perform(home, userDirectory: userDirectory)
    let service = try await makeService(
      Surroundings(
        home: home, key: setup.key, device: setup.device, configuration: setup.configuration,
        file: ConfigurationFile(home, userDirectory: userDirectory), log: log))
    let opened = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingOldest(1))
    let control = ControlServer(home: home, service: service, log: log, onReady: { opened.continuation.yield() })
    let announcement = Announcement(opened: opened.stream, service: service, folders: options.folders, onReady: onReady)
    var group = ServiceGroupConfiguration(
      services: [
        .init(service: service, successTerminationBehavior: .gracefullyShutdownGroup, failureTerminationBehavior: .gracefullyShutdownGroup),
        .init(service: ReloadOnHangup(service: service, log: log)),
        .init(service: control, failureTerminationBehavior: .gracefullyShutdownGroup),
        .init(service: announcement, successTerminationBehavior: .ignore, failureTerminationBehavior: .gracefullyShutdownGroup),
      ],
      gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet(log))
    group.maximumGracefulShutdownDuration = graceDuration
    // The lock is given back when all has ended.
    defer { withExtendedLifetime(lock) {} }
    do { try await ServiceGroup(configuration: group).run() } catch is CancellationError {
      log.warning("stopped before everything in flight was finished; it goes on at the next start")
    }
  }

  private static func quiet(_ log: Logger) -> Logger {
    var quiet = log
    quiet.logLevel = max(log.logLevel, .warning)
    return quiet
  }
}

/// What does the daemon's work, for as long as it runs.
package protocol DaemonService: ControlService, Service {
  var device: DeviceID { get }
  /// Returns the bound `HOST:PORT` once this device can be reached.
  func listening() async throws -> String
  /// Shares a folder unless it is shared already.
  func shareIfNew(_ path: String) async throws
}

/// Shares what the command line named and says that all is up, once it is.
private struct Announcement: Service {
  let opened: AsyncStream<Void>
  let service: any DaemonService
  let folders: [String]
  let onReady: @Sendable (Daemon.Ready) async -> Void

  func run() async throws {
    do {
      try await cancelWhenGracefulShutdown {
        for await _ in opened {
          let address = try await service.listening()
          for path in folders { try await service.shareIfNew(path) }
          await onReady(Daemon.Ready(device: service.device, address: address, service: service))
          return
        }
      }
    } catch is CancellationError {
      // Told to stop before it was up.
    }
  }
}

/// Reads the config again at every SIGHUP.
private struct ReloadOnHangup: Service {
  let service: any ControlService
  let log: Logger

  func run() async throws {
    for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
      do {
        let report = try await service.reload(EmptyRequest())
        log.notice("the config was read again", metadata: ["changes": "\(report.changes.isEmpty ? "none" : report.changes.joined(separator: "; "))"])
      } catch {
        // A mistake in the file must not stop a daemon that runs well.
        log.error("the config was not taken over: correct it and send SIGHUP again", metadata: ["error": "\(error)"])
      }
    }
  }
}
