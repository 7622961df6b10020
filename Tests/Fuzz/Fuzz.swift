import CoveyCore
import CoveyDaemon
import CoveyProtocol
import Glibc
import NIOCore

/// The decoders under libFuzzer, which keeps the inputs that reach new code and varies them. By hand; README says how.
///
/// The first byte of an input chooses the decoder. Nothing may trap, and what is accepted must be what would be written.
@main enum Fuzz {
  private static let decoders: [@Sendable ([UInt8]) throws -> Void] = [
    { bytes in
      var decoder = FrameDecoder(limit: WireLimits.frameByteCountMax)
      var buffer = ByteBuffer(bytes: bytes)
      decoder.append(&buffer)
      while let frame = try decoder.next() {
        _ = try? MessageCoder.decode(frame)
        _ = try? PairingCoder.decode(frame)
      }
    },
    { bytes in
      let message = try MessageCoder.decode(.control(bytes))
      expect((try? frame(in: MessageCoder.encode(message))).flatMap { try? MessageCoder.decode($0) } == message, "what is accepted can be sent on")
    },
    { bytes in
      let message = try PairingCoder.decode(.pairing(bytes))
      expect((try? frame(in: PairingCoder.encode(message))).flatMap { try? PairingCoder.decode($0) } == message, "what is accepted can be sent on")
    },
    { bytes in
      let datagram = try DiscoveryDatagram(bytes)
      expect((try? datagram.encoded()) == bytes, "a datagram is taken whole")
    },
    { bytes in
      let version = try Version(record: bytes)
      expect(version.record == bytes, "a version is canonical")
    },
    { bytes in
      let record = try MembershipRecord(bytes: bytes)
      expect(record.bytes == bytes, "a membership record is canonical")
    },
    { bytes in
      let batch = try Batch(header: bytes)
      expect(batch.header == bytes && batch.range.count == batch.leaves.count, "a batch is canonical")
    },
    { bytes in
      let count = bytes.count < 2 ? 0 : Int(bytes[0]) << 8 | Int(bytes[1])
      let plain = try Inflate.inflate(Array(bytes.dropFirst(2)), exactly: count)
      expect(plain.count == count, "as many bytes as declared")
    },
    { bytes in
      let count = 8 * Int(bytes.first ?? 0)
      let old = Array(bytes.dropFirst().prefix(count))
      let new = Patch.apply(Array(bytes.dropFirst(1 + count)), to: old, byteCount: 1_024)
      expect(new == nil || new?.count == 1_024, "a patch makes what it is for")
    },
    { bytes in
      let rules = try GitIgnore(parsing: bytes, local: Array(bytes.reversed()))
      for path in ["a", "a/b/c", "build/x/keep.o", "é/#d"] { _ = rules.matchingRule(RelativePath(trusted: Array(path.utf8)), isDirectory: nil) }
    },
    { bytes in
      let path = try RelativePath(bytes)
      if let original = ConflictCopyName.original(of: path) { expect(original.parent == path.parent, "a copy lies beside its original") }
    },
    { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      if let code = try? PairingCode(text) { expect((try? PairingCode(code.text)) == code, "a code is shown as it was meant") }
      if let device = try? DeviceID(text: text) { expect((try? DeviceID(text: device.text)) == device, "a device is shown as it was meant") }
      _ = Timestamp(rfc3339: text)?.rfc3339
      _ = bytes.escaped
    },
    { bytes in
      let surroundings = ConfigurationSurroundings(directory: "/etc/covey", userDirectory: "/home/u", privateDirectories: ["/home/u/.covey"])
      _ = try Configuration(text: String(decoding: bytes, as: UTF8.self), surroundings: surroundings)
    },
    { _ = UnifiedDiff(old: Array("one\ntwo\n\nthree".utf8), new: $0).rendered(oldName: "a", newName: "b") },
  ]

  /// What traps is a finding for libFuzzer, and what is not as it should be must be one, too.
  private static func expect(_ isTrue: Bool, _ rule: String) {
    if !isTrue { fatalError("broken: \(rule)") }
  }

  private static func frame(in bytes: ByteBuffer) throws -> Frame? {
    var decoder = FrameDecoder(limit: WireLimits.frameByteCountMax)
    var bytes = bytes
    decoder.append(&bytes)
    return try decoder.next()
  }

  private static func play(_ bytes: [UInt8]) {
    if let first = bytes.first { try? decoders[Int(first) % decoders.count](Array(bytes.dropFirst())) }
  }

  static func main() {
    var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
    var count = Int32(arguments.count - 1)
    exit(arguments.withUnsafeMutableBufferPointer { arguments in
      var start = arguments.baseAddress
      return runDriver(&count, &start) { start, count in
        Fuzz.play(Array(UnsafeBufferPointer(start: start, count: count)))
        return 0
      }
    })
  }
}

/// libFuzzer's loop, for a program with a `main` of its own.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<Int32>, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32
