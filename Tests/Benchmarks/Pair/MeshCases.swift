import Foundation

/// Many devices that all know each other.
func meshCases() throws {
  guard isWanted("mesh-20-small", isCheap: false) || isWanted("mesh-20-100MiB", isCheap: false) else { return }
  let devices = (0..<20).map { Device(program: options.program, root: root, name: "mesh-\($0)") }
  let address = try devices[0].start(sharing: true)
  defer { for device in devices { device.stop() } }
  for device in devices.dropFirst() {
    _ = try device.start(sharing: false)
    try device.join(devices[0], at: address)
  }
  for device in devices { try device.waitUntilInSync(peers: 19) }
  try measureSpread("mesh-20-small", byteCount: 1024, devices)
  try measureSpread("mesh-20-100MiB", byteCount: 100 << 20, devices)
}

/// One file from the first to all others, and how often the first sent it.
private func measureSpread(_ name: String, byteCount: Int, _ devices: [Device]) throws {
  guard isWanted(name, isCheap: false) else { return }
  let outside = root + "/\(name)"
  try bytes(byteCount, &generator).write(to: URL(fileURLWithPath: outside))
  let sent = try devices[0].sentByteCount()
  let time = try seconds {
    try files.moveItem(atPath: outside, toPath: devices[0].folder + "/" + name)
    for device in devices { while access(device.folder + "/" + name, F_OK) != 0 { usleep(1000) } }
  }
  for device in devices { try device.waitUntilInSync(peers: 19) }
  let author = try devices[0].sentByteCount() - sent
  try report.add(name, "covey", ["seconds": rounded(time), "authorSentBytes": author, "authorSentCopies": rounded(Double(author) / Double(byteCount))])
}
