package import CoveyCore
package import CoveyNetwork

/// What `config.toml` says, with defaults where it is silent.
package struct Configuration: Hashable, Sendable {
  package var device: DeviceSettings
  package var folders: [FolderSettings]
  package var limits: LimitSettings

  package init(device: DeviceSettings = DeviceSettings(), folders: [FolderSettings] = [], limits: LimitSettings = LimitSettings()) {
    self.device = device
    self.folders = folders
    self.limits = limits
  }

  package func folder(labelled label: String) -> FolderSettings? { folders.first { $0.label == label } }
}

package struct DeviceSettings: Hashable, Sendable {
  /// Empty: the name of the machine.
  package var name: String
  package var listen: HostPort
  /// Told to peers instead of the addresses we find out.
  package var advertise: Advertisement
  /// Whether this device announces itself on the local network and listens for others.
  package var discovery: Bool

  package init(
    name: String = "", listen: HostPort = DeviceSettings.listenDefault, advertise: Advertisement = .found, discovery: Bool = true
  ) {
    self.name = name
    self.listen = listen
    self.advertise = advertise
    self.discovery = discovery
  }

  package static let listenDefault = HostPort(host: "0.0.0.0", port: 22500)
}

/// Which addresses a device tells its peers.
package enum Advertisement: Hashable, Sendable {
  /// Those it finds out.
  case found
  case none
  case only([HostPort])
}

package struct FolderSettings: Hashable, Sendable {
  package var label: String
  /// Nil until the daemon has made the folder known and written its id down.
  package var id: FolderID?
  /// Absolute, without `.` and `..`.
  package var path: String
  package var rescan: Duration
  /// How long replaced and deleted versions are kept.
  package var history: Duration
  package var durability: Durability

  package init(
    label: String, id: FolderID?, path: String, rescan: Duration = FolderSettings.rescanDefault,
    history: Duration = FolderSettings.historyDefault, durability: Durability = .full
  ) {
    self.label = label
    self.id = id
    self.path = path
    self.rescan = rescan
    self.history = history
    self.durability = durability
  }

  package static let rescanDefault = Duration.seconds(3600)
  package static let historyDefault = Duration.seconds(30 * 86_400)
}

package enum Durability: String, Hashable, Sendable {
  /// What is reported as synced survives a power cut.
  case full
  /// The system flushes when it likes.
  case fast
}

/// Bytes a second of content; zero is no limit.
package struct LimitSettings: Hashable, Sendable {
  package var send: Int64
  package var receive: Int64
  package init(send: Int64 = 0, receive: Int64 = 0) { self.send = send; self.receive = receive }
}
