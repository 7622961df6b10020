/// Whether what is reported as done survives a power cut.
package enum Durability: Hashable, Sendable {
  /// Everything is flushed before it is reported.
  case full
  /// The system flushes when it likes; only the marker is always flushed.
  case fast
}
