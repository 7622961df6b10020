import CoveyDaemon
import CoveyNetwork
import CoveyTesting
import Testing

/// What people and editors leave in a config: read, or refused with a reason, never a trap.
@Suite struct HostileTextTests {
  private static let config = """
    [device]
    name = "laptop"
    listen = "[::1]:0"
    advertise = ["home.example.org:22500"]
    discovery = false
    [[folder]]
    label = "docs"
    id = "00112233445566778899AABBccddeeff"
    path = "/srv/docs"
    rescan = "90s"
    durability = "fast"
    [limits]
    send = "10MB"
    """

  @Test func `configs, and edits of them`() {
    var input = HostileInput([Array(Self.config.utf8), Array("[[folder]]\nlabel='''x\n'''\n[limits]\nsend=0x7fffffffffffffff".utf8)], seed: 1)
    input.feed(randomCount: 20_000) { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      do throws(ConfigurationError) { _ = try ConfigurationTests.read(text) } catch { #expect(!error.reason.isEmpty) }
      var document = ConfigurationDocument(text: text)
      document.apply(.setName("other"))
      document.apply(.removeFolder(label: "docs"))
    }
  }

  @Test func `sizes, durations and addresses`() {
    let examples = ["1.5 GiB", "999999999999999TB", "90s", "36525d", "2w", "[2001:db8::7]:22500", "host.example:65535", "192.0.2.7:0"]
    var input = HostileInput(examples.map { Array($0.utf8) }, seed: 2)
    input.feed(randomCount: 60_000) { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      if let count = Quantity.byteCount(text) { #expect(count >= 0) }
      if let duration = Quantity.duration(text) { #expect(duration >= .zero && Quantity.duration(Quantity.text(of: duration)) != nil) }
      if let address = try? HostPort(text) { #expect((try? HostPort(address.description)) == address) }
    }
  }
}
