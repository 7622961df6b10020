/// Puts arguments into the order that the parser wants: the command's names first, then options.
///
/// People write `covey conflicts --home H show 3` and mean the same as `covey conflicts show 3 --home H`.
enum ArgumentOrder {
  private static let nested: [String: Set<String>] = [
    "conflicts": ["list", "show", "diff", "resolve"],
    "devices": ["list", "rename"],
    "held": ["list", "accept", "revert"],
  ]

  static func normalised(_ arguments: [String]) -> [String] {
    var rest = arguments
    var options: [String] = []
    while let option = takeOption(&rest) { options += option }
    guard let command = rest.first, !command.hasPrefix("-") else { return arguments }
    rest.removeFirst()
    var names = [command]
    if let inner = nested[command] {
      var probe = rest
      var before: [String] = []
      while let option = takeOption(&probe) { before += option }
      if let next = probe.first, inner.contains(next) {
        names.append(next)
        options += before
        rest = Array(probe.dropFirst())
      }
    }
    return names + options + rest
  }

  /// Takes one of the options that every command has from the front.
  private static func takeOption(_ arguments: inout [String]) -> [String]? {
    guard let first = arguments.first else { return nil }
    if first == "--home", arguments.count > 1 {
      defer { arguments.removeFirst(2) }
      return Array(arguments[..<2])
    }
    guard first == "--json" || first.hasPrefix("--home=") else { return nil }
    return [arguments.removeFirst()]
  }
}
