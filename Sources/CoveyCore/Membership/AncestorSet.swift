/// Which nodes of a graph lie before one of its nodes: a bit for each place in the order of arrival.
struct AncestorSet: Hashable, Sendable {
  private var words: [UInt64] = []

  func contains(_ index: Int) -> Bool {
    let word = index >> 6
    return word < words.count && words[word] & (1 << UInt64(index & 63)) != 0
  }

  mutating func insert(_ index: Int) {
    let word = index >> 6
    while words.count <= word { words.append(0) }
    words[word] |= 1 << UInt64(index & 63)
  }

  mutating func formUnion(_ other: AncestorSet) {
    while words.count < other.words.count { words.append(0) }
    for index in other.words.indices { words[index] |= other.words[index] }
  }
}
