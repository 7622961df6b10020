import Foundation
import Glibc

/// A local network of its own: hosts are network namespaces, cables lead to a switch that is a namespace, too.
final class LocalNetwork {
  static let canBeMade: Bool = {
    let name = "covey-\(UInt32.random(in: 0...0xFFFFFF))"
    guard Program.works("ip", "netns", "add", name) else { return false }
    defer { _ = Program.works("ip", "netns", "del", name) }
    return Program.works("ip", "-n", name, "link", "add", "bridge", "type", "bridge") && Program.works("ip", "-n", name, "link", "add", "a", "type", "veth", "peer", "name", "b")
  }()

  private let name = "c\(UInt32.random(in: 0...0xFFFFF))"
  private let count: Int
  private var switchName: String { "\(name)-switch" }

  init(_ count: Int) throws {
    self.count = count
    try Program.must("ip", "netns", "add", switchName)
    try Program.must("ip", "-n", switchName, "link", "add", "bridge", "type", "bridge")
    try Program.must("ip", "-n", switchName, "link", "set", "bridge", "up")
    for index in 0..<count {
      let host = hostName(index)
      try Program.must("ip", "netns", "add", host)
      try Program.must("ip", "-n", host, "link", "set", "lo", "up")
      try Program.must("ip", "-n", switchName, "link", "add", "port\(index)", "type", "veth", "peer", "name", "eth0", "netns", host)
      try Program.must("ip", "-n", switchName, "link", "set", "port\(index)", "master", "bridge", "up")
      try Program.must("ip", "-n", host, "addr", "add", "\(address(index))/24", "broadcast", "10.77.0.255", "dev", "eth0")
      try Program.must("ip", "-n", host, "link", "set", "eth0", "up")
    }
  }

  deinit { for name in (0..<count).map(hostName) + [switchName] { _ = Program.works("ip", "netns", "del", name) } }

  private func hostName(_ index: Int) -> String { "\(name)-\(index)" }
  func address(_ index: Int) -> String { "10.77.0.\(index + 1)" }

  /// Where a device on this host runs; it is found by what it announces.
  func place(_ index: Int) -> Device.Place {
    Device.Place(host: "0.0.0.0", port: 22_500, prefix: ["ip", "netns", "exec", hostName(index)], setup: [])
  }

  /// Pulls the host's cable: the host sees that it has no link.
  func pull(_ index: Int) throws { try Program.must("ip", "-n", switchName, "link", "set", "port\(index)", "down") }
  func plug(_ index: Int) throws { try Program.must("ip", "-n", switchName, "link", "set", "port\(index)", "up") }

  /// Cuts the host off somewhere in the network: it sees nothing but that nobody answers.
  func cut(_ index: Int) throws { try Program.must("ip", "-n", switchName, "link", "set", "port\(index)", "nomaster") }
  func heal(_ index: Int) throws { try Program.must("ip", "-n", switchName, "link", "set", "port\(index)", "master", "bridge") }

  /// Makes the host's cable slow, so that a transfer takes its time.
  func slow(_ index: Int, megabitsPerSecond: Int) throws {
    try Program.must("ip", "netns", "exec", hostName(index), "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", "\(megabitsPerSecond)mbit", "burst", "64kb", "latency", "50ms")
  }

  /// Gives the host another address, as a router does now and then.
  func readdress(_ index: Int, to address: String) throws {
    try Program.must("ip", "-n", hostName(index), "addr", "flush", "dev", "eth0")
    try Program.must("ip", "-n", hostName(index), "addr", "add", "\(address)/24", "broadcast", "10.77.0.255", "dev", "eth0")
  }
}
