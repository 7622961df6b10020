import Foundation

/// A listening socket on a free port of the loopback interface.
struct Listener {
  let descriptor: Int32
  let port: UInt16

  init() throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = loopback(port: 0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, size) == 0 && listen(descriptor, 16) == 0 && getsockname(descriptor, address, &size) == 0
      }
    }
    guard isBound else { throw Failure("no port of the loopback interface is free") }
    self.descriptor = descriptor
    port = UInt16(bigEndian: address.sin_port)
  }
}

func loopback(port: UInt16) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  return address
}

/// A slow link in front of a port of the loopback interface: a rate, a delay, and a count of what passed.
///
/// What is read waits for its turn on the link and then for the delay; when the link has more than its buffer of bytes on the way,
/// nothing is read, and the sender's own flow control slows it down. All connections share the link.
///
/// Safe to share between its threads: what changes is used only while `lock` is held.
nonisolated final class Relay: @unchecked Sendable {
  let port: UInt16
  private let target: UInt16
  private let bytesPerSecond: Double
  private let delay: Double
  private let lock = NSLock()
  /// When the link is free again, for each direction. Guarded by `lock`.
  private var free = [0.0, 0.0]
  private var passed = 0
  private var descriptors: [Int32] = []

  /// - Parameter roundTrip: in seconds; each way takes half of it.
  @MainActor init(to target: UInt16, bitsPerSecond: Double, roundTrip: Double) throws {
    let listener = try Listener()
    self.target = target
    port = listener.port
    bytesPerSecond = bitsPerSecond / 8
    delay = roundTrip / 2
    descriptors = [listener.descriptor]
    Thread.detachNewThread { [self] in accept(on: listener.descriptor) }
  }

  var passedByteCount: Int { lock.withLock { passed } }

  func stop() { lock.withLock { for descriptor in descriptors { shutdown(descriptor, Int32(SHUT_RDWR)) } } }

  private func accept(on listener: Int32) {
    while true {
      let client = Foundation.accept(listener, nil, nil)
      guard client >= 0 else { return }
      let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = target.bigEndian
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      let isConnected = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
      }
      guard isConnected else {
        close(client)
        close(server)
        continue
      }
      for descriptor in [client, server] {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
      }
      lock.withLock { descriptors += [client, server] }
      carry(from: client, to: server, direction: 0)
      carry(from: server, to: client, direction: 1)
    }
  }

  private func carry(from source: Int32, to sink: Int32, direction: Int) {
    let way = Way(byteCountMax: Int(bytesPerSecond * 2 * delay) + (256 << 10))
    Thread.detachNewThread { [self] in
      var buffer = [UInt8](repeating: 0, count: 16 << 10)
      while true {
        let count = read(source, &buffer, buffer.count)
        guard count > 0 else { break }
        let due = lock.withLock {
          passed += count
          free[direction] = max(free[direction], now()) + Double(count) / bytesPerSecond
          return free[direction] + delay
        }
        way.push(Array(buffer[..<count]), due: due)
      }
      way.push([], due: now() + delay)
    }
    Thread.detachNewThread {
      while true {
        let (bytes, due) = way.pop()
        let wait = due - now()
        if wait > 0 { usleep(UInt32(wait * 1e6)) }
        guard !bytes.isEmpty, send(bytes, to: sink) else { break }
      }
      shutdown(sink, Int32(SHUT_WR))
    }
  }
}

private nonisolated func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

private nonisolated func send(_ bytes: [UInt8], to sink: Int32) -> Bool {
  var offset = 0
  while offset < bytes.count {
    let count = bytes.withUnsafeBytes { Foundation.send(sink, $0.baseAddress?.advanced(by: offset), bytes.count - offset, Int32(MSG_NOSIGNAL)) }
    guard count > 0 else { return false }
    offset += count
  }
  return true
}

/// What is on its way in one direction of one connection, from the thread that reads to the one that writes.
///
/// Safe to share: what changes is used only while `condition` is held.
private nonisolated final class Way: @unchecked Sendable {
  private let condition = NSCondition()
  private let byteCountMax: Int
  private var queue: [(bytes: [UInt8], due: Double)] = []
  private var head = 0
  private var byteCount = 0

  init(byteCountMax: Int) { self.byteCountMax = byteCountMax }

  func push(_ bytes: [UInt8], due: Double) {
    condition.lock()
    while byteCount > byteCountMax { condition.wait() }
    queue.append((bytes, due))
    byteCount += bytes.count
    condition.broadcast()
    condition.unlock()
  }

  func pop() -> (bytes: [UInt8], due: Double) {
    condition.lock()
    defer { condition.unlock() }
    while head == queue.count { condition.wait() }
    let item = queue[head]
    head += 1
    if head > 256 {
      queue.removeFirst(head)
      head = 0
    }
    byteCount -= item.bytes.count
    condition.broadcast()
    return item
  }
}
