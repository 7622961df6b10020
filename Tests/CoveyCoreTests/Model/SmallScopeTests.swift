import Testing

/// Every history of three operations: two devices, two names, users, scans, rounds whole and cut, applied plans, lost states.
@Suite struct SmallScopeTests {
  private static let alphabet: [ModelOperation] = [0, 1].flatMap { i -> [ModelOperation] in
    [
      .write(i, "a"), .write(i, "a/x"), .delete(i, "a"), .delete(i, "a/x"), .makeDirectory(i, "a"), .chmod(i, "a", UInt16(1 + i)), .scan(i),
      .round(i, 1 - i, nil), .round(i, 1 - i, 1), .applyAll(i, [0, 1]), .wipe(i),
    ]
  }

  private static let starts: [[ModelOperation]] = [
    [], [.makeDirectory(0, "a"), .write(0, "a/x"), .quiet], [.write(0, "a"), .quiet],
  ]

  @Test(arguments: starts.indices)
  func `every short history keeps every promise`(start: Int) throws {
    for first in Self.alphabet {
      for second in Self.alphabet {
        for third in Self.alphabet {
          let operations = Self.starts[start] + [first, second, third]
          let fault = try RandomHistoryTests.fault(ModelHistory(devices: 2, ticksPerSecond: 4, operations: operations), isEager: false)
          #expect(fault == nil, "\(operations)")
        }
      }
    }
  }
}
