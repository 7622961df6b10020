extension VersionVector {
  /// SHA-256 of its canonical form: equal exactly for equal vectors, for telling whether two devices know the same.
  package var hash: Bytes32 {
    var writer = CanonicalWriter()
    writer.raw("covey/vector/v1\0".utf8)
    writer.vector(self)
    return Root(smallContent: writer.bytes).digest
  }
}
