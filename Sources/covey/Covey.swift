import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon
import Glibc

@main
struct Covey: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "covey",
    abstract: "Keeps folders the same on a team's machines, directly between them.",
    version: ProgramVersion.text,
    groupedSubcommands: [
      CommandGroup(
        name: "Main",
        subcommands: [
          Run.self, Init.self, Pair.self, Share.self, Accept.self, Unshare.self, Folders.self, Devices.self, Pause.self, Resume.self,
          StatusCommand.self, Scan.self,
        ]),
      CommandGroup(name: "Conflicts and history", subcommands: [Conflicts.self, Held.self, Approve.self, History.self, Restore.self, Undo.self, Verify.self, Log.self, Why.self]),
    ])

  static func main() async {
    // Before any thread can make a file that others could read.
    umask(0o077)
    // A pipe that nobody reads any more is an error of the write, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    Glibc.exit(await execute().rawValue)
  }

  /// The command line; what is not UTF-8 is refused, since the standard library would put other characters in its place.
  private static func arguments() throws(CommandFailure) -> [String] {
    var arguments: [String] = []
    for index in 1..<max(Int(CommandLine.argc), 1) {
      guard let bytes = CommandLine.unsafeArgv[index] else { break }
      guard let text = String(validatingCString: bytes) else {
        let name = UnsafeRawBufferPointer(start: bytes, count: strlen(bytes)).escaped
        throw CommandFailure(.usage, "\(name) is not valid UTF-8: rename it, since only such names are shared")
      }
      arguments.append(text)
    }
    return arguments
  }

  /// Runs the command line and says how it ended.
  private static func execute() async -> ExitStatus {
    do {
      var command = try parseAsRoot(ArgumentOrder.normalised(try arguments()))
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return .done
    } catch let failure as CommandFailure {
      if let message = failure.message { Output.error(message) }
      return failure.status
    } catch let error as ControlError {
      Output.error(error.message)
      return error.code == .usage ? .usage : .failed
    } catch let error as HomeError {
      Output.error("\(error)")
      return .failed
    } catch let error as ConfigurationError {
      Output.error("\(error)")
      return .failed
    } catch {
      return report(error)
    }
  }

  /// Errors of the parser, and its requests for help and the like, which are none.
  private static func report(_ error: any Error) -> ExitStatus {
    switch exitCode(for: error) {
    case .success:
      Output.text(fullMessage(for: error))
      return .done
    case .validationFailure:
      let message = message(for: error)
      Output.error("\(message.hasSuffix(".") ? message.dropLast() : message[...]): see 'covey help'")
      return .usage
    default:
      Output.error("\(error)")
      return .failed
    }
  }
}
