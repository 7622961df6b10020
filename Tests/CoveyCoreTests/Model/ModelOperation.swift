/// One thing that happens in a history: a user's act, a step of a device, an accident. Devices are numbered from 0.
enum ModelOperation: Hashable, Sendable {
  case write(Int, String)
  /// Writes the same bytes, whoever does it.
  case same(Int, String)
  case link(Int, String)
  case touch(Int, String)
  case delete(Int, String)
  case makeDirectory(Int, String)
  case chmod(Int, String, UInt16)
  case rename(Int, String, String)
  case deleteCopy(Int, Int)
  case editCopy(Int, Int)
  /// The synced rules file names these paths from now on.
  case rules(Int, [String])
  /// The rules of this device alone.
  case localRules(Int, [String])
  case scan(Int)
  /// The first gets a round from the second, whole or cut after so many versions.
  case round(Int, Int, Int?)
  case apply(Int, String, [Int])
  case applyAll(Int, [Int])
  /// Both scan, the first gets a whole round from the second and applies it.
  case sync(Int, Int)
  /// A message chosen now by the second, and delivered later.
  case send(Int, Int)
  case deliver(Int)
  case restate(Int)
  case drop(Int)
  /// Not yet a member.
  case out(Int)
  case remove(Int, Int)
  case join(Int, Int)
  case keepHeld(Int)
  case dropHeld(Int)
  case wipe(Int)
  case snap(Int)
  case restore(Int)
  case gone(Int)
  case quiet
}

/// A history: how many devices, how many ticks of the clock make a second, what happens.
struct ModelHistory: Sendable {
  var devices: Int
  var ticksPerSecond: Int64
  var operations: [ModelOperation]
}
