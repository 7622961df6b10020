/// Where everything of one device lies: its config, its keys, its state, its control socket.
package struct Home: Hashable, Sendable {
  /// Holds `config.toml`; the same as ``stateDirectory`` when one directory was named.
  package let configDirectory: String
  /// Holds `identity/`, `state.db`, `control.sock` and `lock`.
  package let stateDirectory: String

  package var config: String { configDirectory + "/config.toml" }
  package var identity: String { stateDirectory + "/identity" }
  package var state: String { stateDirectory + "/state.db" }
  package var controlSocket: String { stateDirectory + "/" + Self.socketName }
  package var lock: String { stateDirectory + "/lock" }
  package static let socketName = "control.sock"

  /// Everything in one directory.
  /// - Parameter directory: an absolute path.
  package init(directory: String) {
    configDirectory = directory
    stateDirectory = directory
  }

  package init(configDirectory: String, stateDirectory: String) {
    self.configDirectory = configDirectory
    self.stateDirectory = stateDirectory
  }

  /// The home that a command means: `--home`, else `COVEY_HOME`, else the XDG directories with their usual defaults.
  /// - Parameters:
  ///   - option: what `--home` named; may be relative to `currentDirectory`.
  ///   - environment: the process's variables; `XDG_CONFIG_HOME` and `XDG_STATE_HOME` count only when absolute, as their standard says.
  /// - Throws: ``HomeError`` when neither says where.
  package static func located(option: String?, environment: [String: String], currentDirectory: String) throws(HomeError) -> Home {
    if let named = option ?? environment["COVEY_HOME"], !named.isEmpty {
      return Home(directory: LexicalPath.absolute(named, in: currentDirectory))
    }
    func base(_ variable: String, _ fallback: String) throws(HomeError) -> String {
      if let value = environment[variable], value.hasPrefix("/") { return LexicalPath.absolute(value, in: "/") }
      guard let user = environment["HOME"], user.hasPrefix("/") else {
        throw HomeError("HOME is not set: name a directory with --home or COVEY_HOME")
      }
      return LexicalPath.absolute(user + "/" + fallback, in: "/")
    }
    return Home(
      configDirectory: try base("XDG_CONFIG_HOME", ".config") + "/covey",
      stateDirectory: try base("XDG_STATE_HOME", ".local/state") + "/covey")
  }
}

/// Why a home cannot be used, with the remedy.
package struct HomeError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}
