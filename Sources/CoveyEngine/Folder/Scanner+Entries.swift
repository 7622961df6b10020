import CoveyCore
import Dispatch
import Synchronization

extension Scanner {
  /// The entries below a directory, page by page; while one is compared the next is read.
  struct EntryCursor {
    let scanner: Scanner
    let directory: RelativePath?
    private var page: [Entry] = []
    private var next = 0
    private var isLastPage = false
    private var ahead: PageAhead?

    init(scanner: Scanner, directory: RelativePath?) { self.scanner = scanner; self.directory = directory }

    mutating func isAtEnd() throws -> Bool {
      if next == page.count, !isLastPage {
        let last = page.last?.path
        page = try ahead?.take() ?? Self.read(scanner, directory, after: last)
        next = 0
        isLastPage = page.count < Scanner.pageSize
        ahead = isLastPage ? nil : PageAhead { [scanner, directory, last = page.last?.path] in try Self.read(scanner, directory, after: last) }
      }
      return next == page.count
    }

    /// Goes on behind `path`, or behind the last entry without one, and answers with the entry of `path` itself. Entries are compared
    /// where they stand: copying each costs as much as looking at its file.
    mutating func advance(to path: RelativePath?, passing: (Entry) throws -> Void) throws -> Entry? {
      while try !isAtEnd() {
        if let path {
          if page[next].path == path {
            next += 1
            return page[next - 1]
          }
          guard page[next].path < path else { return nil }
        }
        next += 1
        try passing(page[next - 1])
      }
      return nil
    }

    private static func read(_ scanner: Scanner, _ directory: RelativePath?, after last: RelativePath?) throws -> [Entry] {
      try scanner.store.read(scanner.folder) { try $0.entries(below: directory, after: last, limit: Scanner.pageSize) }
    }
  }

  /// A page that is read on another thread until it is taken.
  private final class PageAhead: Sendable {
    private let page = Mutex<Result<[Entry], any Error>?>(nil)
    private let isRead = DispatchSemaphore(value: 0)

    init(_ read: @escaping @Sendable () throws -> [Entry]) {
      DispatchQueue.global().async { [self] in
        let result = Result(catching: read)
        page.withLock { $0 = result }
        isRead.signal()
      }
    }

    func take() throws -> [Entry] {
      isRead.wait()
      return try page.withLock { try $0?.get() ?? [] }
    }
  }
}
