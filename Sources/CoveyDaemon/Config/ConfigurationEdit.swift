package import CoveyCore
package import CoveyNetwork

/// One change of a config, as a command makes it.
package enum ConfigurationEdit: Hashable, Sendable {
  case setName(String)
  case setListen(HostPort)
  case setAdvertise(Advertisement)
  case setDiscovery(Bool)
  case addFolder(FolderSettings)
  /// Nothing happens to the folder's files.
  case removeFolder(label: String)
  case setFolderID(FolderID, label: String)
  case setFolderPath(String, label: String)
}

extension Configuration {
  /// This after `edit`.
  package func applying(_ edit: ConfigurationEdit) -> Configuration {
    var out = self
    switch edit {
    case .setName(let name): out.device.name = name
    case .setListen(let listen): out.device.listen = listen
    case .setAdvertise(let advertise): out.device.advertise = advertise
    case .setDiscovery(let discovery): out.device.discovery = discovery
    case .addFolder(let folder): out.folders.append(folder)
    case .removeFolder(let label): out.folders.removeAll { $0.label == label }
    case .setFolderID(let id, let label):
      if let index = folders.firstIndex(where: { $0.label == label }) { out.folders[index].id = id }
    case .setFolderPath(let path, let label):
      if let index = folders.firstIndex(where: { $0.label == label }) { out.folders[index].path = path }
    }
    return out
  }
}
