import CoveyDaemon
import Foundation
import Testing

struct HomeTests {
  @Test func oneDirectoryHoldsEverythingWhereOneIsNamed() throws {
    let home = try Home.located(option: "a/../b", environment: ["COVEY_HOME": "/other"], currentDirectory: "/cwd")
    #expect(home.config == "/cwd/b/config.toml")
    #expect(home.identity == "/cwd/b/identity")
    #expect(home.state == "/cwd/b/state.db")
    #expect(home.controlSocket == "/cwd/b/control.sock")
    #expect(try Home.located(option: nil, environment: ["COVEY_HOME": "/other"], currentDirectory: "/cwd").config == "/other/config.toml")
  }

  @Test func otherwiseTheStandardDirectoriesAreUsed() throws {
    let home = try Home.located(option: nil, environment: ["HOME": "/home/u", "XDG_STATE_HOME": "/state"], currentDirectory: "/")
    #expect(home.config == "/home/u/.config/covey/config.toml")
    #expect(home.state == "/state/covey/state.db")
    // Their standard says that relative ones are to be ignored.
    let relative = try Home.located(option: nil, environment: ["HOME": "/home/u", "XDG_CONFIG_HOME": "x"], currentDirectory: "/")
    #expect(relative.config == "/home/u/.config/covey/config.toml")
    #expect(throws: HomeError.self) { try Home.located(option: nil, environment: [:], currentDirectory: "/") }
  }

  private func mode(_ path: String) throws -> Int {
    try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  @Test func aNewHomeIsClosedToOthers() throws {
    let directory = TemporaryDirectory()
    let home = Home(directory: directory.path + "/a/b")
    _ = try HomeDirectory(making: home)
    #expect(try mode(home.stateDirectory) == 0o700)
  }

  @Test func anOpenDirectoryIsClosedWhileNothingSecretIsInIt() throws {
    let directory = TemporaryDirectory()
    let home = Home(directory: directory.path + "/home")
    try FileManager.default.createDirectory(atPath: home.stateDirectory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
    _ = try HomeDirectory(making: home)
    #expect(try mode(home.stateDirectory) == 0o700)
  }

  @Test func anOpenDirectoryWithKeysIsRefused() throws {
    let directory = TemporaryDirectory()
    let home = Home(directory: directory.path + "/home")
    _ = try HomeDirectory(making: home)
    try FileManager.default.createDirectory(atPath: home.identity, withIntermediateDirectories: false)
    try FileManager.default.setAttributes([.posixPermissions: 0o750], ofItemAtPath: home.stateDirectory)
    let error = #expect(throws: HomeError.self) { try HomeDirectory(making: home) }
    #expect(error?.description.contains("chmod 700") == true)
    #expect(try mode(home.stateDirectory) == 0o750)
  }

  @Test func aDirectoryThatOthersCouldWriteToIsOnlyTakenEmpty() throws {
    let directory = TemporaryDirectory()
    let home = Home(directory: directory.path + "/home")
    try FileManager.default.createDirectory(atPath: home.stateDirectory, withIntermediateDirectories: false)
    try Data("[device]\n".utf8).write(to: URL(filePath: home.config))
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: home.stateDirectory)
    #expect(throws: HomeError.self) { try HomeDirectory(making: home) }
  }

  @Test func aLinkIsNoHome() throws {
    let directory = TemporaryDirectory()
    let home = Home(directory: directory.path + "/link")
    try FileManager.default.createSymbolicLink(atPath: home.stateDirectory, withDestinationPath: directory.path)
    let error = #expect(throws: HomeError.self) { try HomeDirectory(making: home) }
    #expect(error?.description.contains("symlink") == true)
  }

  @Test func aHomeThatWasNeverMadeIsToldApart() {
    let directory = TemporaryDirectory()
    #expect(throws: HomeError.notThere) { try HomeDirectory(existing: Home(directory: directory.path + "/none")) }
  }

  @Test func onlyOneHoldsTheLock() throws {
    let directory = TemporaryDirectory()
    let home = try HomeDirectory(making: Home(directory: directory.path))
    var first: HomeLock? = try HomeLock(home)
    let error = #expect(throws: HomeError.self) { try HomeLock(home) }
    #expect(error?.description == "another covey runs on this home (pid \(getpid())): stop it first")
    withExtendedLifetime(first) {}
    first = nil
    #expect(throws: Never.self) { try HomeLock(home) }
  }

  @Test func aLongSocketPathIsReachedThroughItsDirectory() throws {
    let directory = TemporaryDirectory()
    let short = try ControlSocketPath(Home(directory: directory.path))
    #expect(short.path == directory.path + "/control.sock")
    let home = Home(directory: directory.path + "/" + String(repeating: "d", count: 120))
    #expect(throws: HomeError.notThere) { try ControlSocketPath(home) }
    _ = try HomeDirectory(making: home)
    let long = try ControlSocketPath(home)
    #expect(long.path.utf8.count <= ControlSocketPath.byteCountMax)
    #expect(FileManager.default.createFile(atPath: long.path, contents: nil))
    #expect(FileManager.default.fileExists(atPath: home.controlSocket))
  }

  @Test(arguments: [
    ("a", "/x", "/x/a"), ("/a//b/./c/..", "/x", "/a/b"), ("../../..", "/x/y", "/"), ("", "/x", "/x"), ("/", "/x", "/"),
  ])
  func pathsAreMadeAbsoluteAsText(_ path: String, _ directory: String, _ absolute: String) {
    #expect(LexicalPath.absolute(path, in: directory) == absolute)
  }
}
