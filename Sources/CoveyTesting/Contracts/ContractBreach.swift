/// What a port promised and its implementation did not keep.
package struct ContractBreach: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

/// - Throws: ``ContractBreach`` unless both are equal.
func expect<Value: Equatable>(_ actual: Value, is expected: Value, _ promise: String) throws {
  guard actual == expected else { throw ContractBreach("\(promise): \(actual) instead of \(expected)") }
}

/// - Throws: ``ContractBreach`` unless the promise is kept.
func expect(_ isKept: Bool, _ promise: String) throws {
  guard isKept else { throw ContractBreach(promise) }
}

/// - Throws: ``ContractBreach`` when `body` does not throw.
func expectThrows(_ promise: String, _ body: () throws -> Void) throws {
  do { try body() } catch { return }
  throw ContractBreach(promise)
}
