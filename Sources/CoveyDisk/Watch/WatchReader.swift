import CoveyCore
import CoveyEngine
import Glibc

/// One run of a watch: the inotify instance, the thread that reads it, and the lock under which events are read and reported.
///
/// Safe to share: everything that changes is used only while `lock` is held.
final class WatchReader: @unchecked Sendable {
  private static let bufferByteCount = 64 << 10
  /// How long the second half of a rename may keep the first waiting, in milliseconds.
  private static let moveWait: Int32 = 1
  /// How long events gather before they are read, in milliseconds, where some have just been.
  private static let gathering: Int32 = 1

  private let root: String
  private let calls: InotifyCalls
  private let report: @Sendable (WatchReport) -> Void
  private let inotify: Int32
  /// Ends the thread when something is written to the second.
  private let wake: (read: Int32, write: Int32)
  private let buffer: UnsafeMutableRawBufferPointer
  private let lock = RecursiveLock()
  private let tree: WatchTree
  private var thread: pthread_t?
  private var isReporting = false
  private var isStopped = false

  /// Watches the tree; nothing is reported before ``run()``.
  init(root: String, calls: InotifyCalls, report: @escaping @Sendable (WatchReport) -> Void) throws(DiskError) {
    let directory = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw DiskError(watching: root, errno) }
    let inotify = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
    guard inotify >= 0 else {
      let code = errno
      close(directory)
      throw DiskError(watching: root, code)
    }
    var pipeEnds: [Int32] = [-1, -1]
    guard pipe(&pipeEnds) == 0 else {
      let code = errno
      close(directory)
      close(inotify)
      throw DiskError(watching: root, code)
    }
    for end in pipeEnds { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    self.root = root
    self.calls = calls
    self.report = report
    self.inotify = inotify
    wake = (pipeEnds[0], pipeEnds[1])
    buffer = .allocate(byteCount: Self.bufferByteCount, alignment: 8)
    tree = WatchTree(root: directory) { calls.add(inotify, $0, $1) } removeWatch: { inotify_rm_watch(inotify, $0) }
    tree.watchAll()
    tree.watchTool()
    tree.watchName(of: root)
  }

  deinit {
    close(inotify)
    close(wake.read)
    close(wake.write)
    buffer.deallocate()
  }

  /// Starts the thread.
  func run() throws(DiskError) {
    let context = Unmanaged.passRetained(self)
    let code = lock.withLock {
      var thread = pthread_t()
      let code = pthread_create(&thread, nil, { context in
        guard let context else { return nil }
        Unmanaged<WatchReader>.fromOpaque(context).takeRetainedValue().readUntilStopped()
        return nil
      }, context.toOpaque())
      if code == 0 { self.thread = thread }
      return code
    }
    guard code == 0 else {
      context.release()
      throw DiskError(code: .other, path: "", message: "no thread can be started to watch the folder: \(String(cString: strerror(code)))")
    }
  }

  func drain() {
    lock.withLock {
      guard !isReporting else { return }
      var queuedByteCount: Int32 = 0
      guard ioctl(inotify, UInt(FIONREAD), &queuedByteCount) == 0 else { return }
      // What comes while this reads is for the thread: otherwise a busy folder would never be drained.
      var rest = Int(queuedByteCount)
      repeat {
        let count = readOnce()
        rest -= count
        if count == 0 { break }
      } while rest > 0
    }
  }

  var isInPlace: Bool { lock.withLock { tree.stands(at: root) } }

  func watch(_ directory: RelativePath) {
    lock.withLock {
      guard !isStopped else { return }
      tree.watch(directory)
      deliver()
    }
  }

  func stop() {
    let thread: pthread_t? = lock.withLock {
      isStopped = true
      var byte: UInt8 = 0
      _ = write(wake.write, &byte, 1)
      defer { self.thread = nil }
      return self.thread
    }
    guard let thread else { return }
    // A report that stops its own watch cannot wait for its own thread.
    if thread == pthread_self() { pthread_detach(thread) } else { pthread_join(thread, nil) }
  }

  private func readUntilStopped() {
    lock.withLock { deliver() }
    var events = [pollfd(fd: inotify, events: Int16(POLLIN), revents: 0), pollfd(fd: wake.read, events: Int16(POLLIN), revents: 0)]
    while true {
      let count = poll(&events, 2, -1)
      if count < 0, errno != EINTR { return }
      if count > 0, events[1].revents != 0 { return }
      if count > 0 { lock.withLock { _ = readOnce() } }
      // A thousand files that are put in place are a thousand events: a wake-up for each would cost more than what it tells.
      if poll(&events[1], 1, Self.gathering) > 0 { return }
    }
  }

  /// Reads one buffer of events, reports them, and returns how many bytes they had.
  private func readOnce() -> Int {
    guard !isReporting, !isStopped else { return 0 }
    var total = 0
    repeat {
      let count = calls.read(inotify, buffer)
      if count == 0 { break }
      tree.handle(InotifyEvent.events(in: UnsafeRawBufferPointer(rebasing: buffer[..<count])))
      total += count
      // The kernel queues the halves of a rename one after the other, yet the first can be read alone.
    } while tree.endsInsideMove && waitForEvent()
    tree.endBatch()
    deliver()
    return total
  }

  private func waitForEvent() -> Bool {
    var event = pollfd(fd: inotify, events: Int16(POLLIN), revents: 0)
    return poll(&event, 1, Self.moveWait) > 0
  }

  private func deliver() {
    guard !isReporting else { return }
    isReporting = true
    defer { isReporting = false }
    // A report may watch a directory, which may have something to report itself.
    while true {
      let reports = tree.takeReports()
      if reports.isEmpty { return }
      for item in reports where !isStopped { report(item) }
    }
  }
}

/// A lock that its holder may take again.
///
/// Safe to share: what it points to is a mutex of the system, made once and never moved.
private final class RecursiveLock: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init() {
    var attributes = pthread_mutexattr_t()
    pthread_mutexattr_init(&attributes)
    pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
    pthread_mutex_init(mutex, &attributes)
    pthread_mutexattr_destroy(&attributes)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func withLock<R>(_ body: () -> R) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }
}

extension DiskError {
  init(watching root: String, _ code: Int32) {
    let cause = String(cString: strerror(code))
    switch code {
    case ENOENT: self.init(code: .notFound, path: root, message: "the folder's directory is not there: mount or restore it")
    case ENOTDIR: self.init(code: .wrongKind, path: root, message: "the folder is not a directory")
    case EACCES: self.init(code: .permissionDenied, path: root, message: "the folder's directory cannot be read: give this user the right to")
    case EMFILE:
      self.init(
        code: .tooManyWatches, path: root,
        message: "the kernel gives no further watch: sudo sysctl -w fs.inotify.max_user_instances=1024, or raise the limit of open files")
    default: self.init(code: .other, path: root, message: "the folder cannot be watched: \(cause)")
    }
  }
}
