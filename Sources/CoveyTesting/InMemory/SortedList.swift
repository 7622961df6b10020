package import CoveyCore

/// Unique elements in ascending order, as a value: the cursor of the in-memory index.
///
/// - Complexity: looking up is O(log *n*); inserting and removing move what stands behind.
package struct SortedList<Element: Comparable & Sendable>: Sendable {
  package private(set) var elements: [Element] = []

  package init() {}

  package var count: Int { elements.count }
  package var isEmpty: Bool { elements.isEmpty }

  package func contains(_ element: Element) -> Bool {
    let index = firstIndex(notBelow: element)
    return index < elements.count && elements[index] == element
  }

  package mutating func insert(_ element: Element) {
    let index = firstIndex(notBelow: element)
    if index == elements.count || elements[index] != element { elements.insert(element, at: index) }
  }

  package mutating func remove(_ element: Element) {
    let index = firstIndex(notBelow: element)
    if index < elements.count, elements[index] == element { elements.remove(at: index) }
  }

  /// Makes the element a member, or no member.
  package mutating func set(_ element: Element, member: Bool) {
    if member { insert(element) } else { remove(element) }
  }

  /// Up to `limit` elements above `element`; nil begins at the start.
  package func elements(after element: Element?, limit: Int) -> ArraySlice<Element> {
    guard let element else { return elements.prefix(limit) }
    var index = firstIndex(notBelow: element)
    if index < elements.count, elements[index] == element { index += 1 }
    return elements[index...].prefix(limit)
  }

  private func firstIndex(notBelow element: Element) -> Int {
    var low = 0
    var high = elements.count
    while low < high {
      let middle = (low + high) / 2
      if elements[middle] < element { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension SortedList<RelativePath> {
  /// Up to `limit` paths below `directory` (nil: all) and after `path`.
  package func paths(below directory: RelativePath?, after path: RelativePath?, limit: Int) -> ArraySlice<RelativePath> {
    guard let directory else { return elements(after: path, limit: limit) }
    let start = RelativePath(trusted: directory.rangeBelow.lower)
    let page = elements(after: path.map { max($0, start) } ?? start, limit: limit)
    guard let last = page.last, !last.isBelow(directory) else { return page }
    return page.prefix { $0.isBelow(directory) }
  }
}
