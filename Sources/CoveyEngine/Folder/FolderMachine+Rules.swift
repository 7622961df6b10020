import CoveyCore

/// The ignore rules: what the record goes by, and how it comes to go by others.
extension FolderMachine {
  /// The rules that the record goes by: what is absent under them was not deleted, whatever the files say by now.
  mutating func recallRules() throws {
    let source = try read { try $0.rules() }
    (rules, rulesSource, areRulesRecalled) = (try GitIgnore(parsing: source.shared, local: source.local), source, true)
  }

  /// New rules count from the next scan on. First the disk is looked at where the old ones hid it: what is absent there was never agreed.
  mutating func changeRules(to source: RulesSource) throws -> [FolderEffect] {
    do {
      let new = try GitIgnore(parsing: source.shared, local: source.local)
      rulesProblem = nil
      newRules = (new, source)
      return [.lookAgain(old: rules, new: new)]
    } catch {
      // The old rules stay, and nothing newly named is synced or deleted under them.
      rulesProblem = Problem(path: Array(".coveyignore".utf8), reason: "\(error): mend it; the rules before it stay in force", blocks: true)
      rulesSource = source
      return []
    }
  }

  /// The rules before stay in force until the folder's directory is there again.
  mutating func lookedInVain(_ reason: String, at now: Instant) -> [FolderEffect] {
    newRules = nil
    return block(reason, at: now)
  }

  mutating func looked(_ changes: [ObservedChange], isLast: Bool) throws -> [FolderEffect] {
    guard let (new, source) = newRules else { return [] }
    if !changes.isEmpty {
      try write(flush: false) { records in
        var ledger = ledger(records)
        for change in changes { try ledger.observe(change.path, change.now) }
      }
    }
    guard isLast else { return [] }
    let old = rules
    try write(flush: true) { records in
      var ledger = Ledger(index: records, device: setup.device, deviceName: setup.deviceName, rules: new, safeguards: setup.safeguards)
      try ledger.rulesChanged(from: old) { try records.entry($0)?.observation != nil }
      try records.setRules(source)
      try seal(ledger, in: records)
    }
    rules = new
    rulesSource = source
    newRules = nil
    looking.wantsWhole = true
    planning.begin()
    // What is ignored from now on counts as held.
    settling.isDue = true
    return [.announce]
  }
}
