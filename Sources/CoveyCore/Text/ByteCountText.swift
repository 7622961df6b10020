extension Int64 {
  /// This many bytes for people: `0 B`, `999 B`, `1.2 MB`, `34 GB`; powers of a thousand.
  package var byteCountText: String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
    guard magnitude >= 1000 else { return "\(self) B" }
    var value = Double(self)
    var unit = 0
    // 999.5 would be shown as 1000 of the smaller unit.
    while abs(value) >= 999.5, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    if abs(value) < 9.95 {
      let tenths = Int64((value * 10).rounded())
      return "\(tenths / 10).\((tenths % 10).magnitude) \(units[unit])"
    }
    return "\(Int64(value.rounded())) \(units[unit])"
  }
}
