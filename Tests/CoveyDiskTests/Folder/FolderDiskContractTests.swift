import CoveyDisk
import CoveyTesting
import Testing

@Suite struct FolderDiskContractTests {
  @Test(arguments: FolderDiskContract.rules)
  func inMemoryDiskKeeps(_ rule: FolderDiskContract.Rule) throws {
    try rule.check(InMemoryWorld(InMemoryDisk()))
  }

  @Test(arguments: FolderDiskContract.rules.filter { $0.description.contains("spellings") })
  func inMemoryDiskThatFoldsNamesKeeps(_ rule: FolderDiskContract.Rule) throws {
    try rule.check(InMemoryWorld(InMemoryDisk(foldsNames: true)))
  }

  @Test(arguments: FolderDiskContract.rules)
  func linuxDiskKeeps(_ rule: FolderDiskContract.Rule) throws {
    try rule.check(try TestFolder())
  }

  @Test(arguments: FolderDiskContract.rules)
  func linuxDiskKeepsWithoutOpenat2(_ rule: FolderDiskContract.Rule) throws {
    try rule.check(try TestFolder(durability: .fast, opensBeneath: false))
  }
}
