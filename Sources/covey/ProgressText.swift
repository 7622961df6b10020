import CoveyCore
import CoveyDaemon

/// What moves now, for people at a terminal: rates over the last seconds, and the time left where it can be told.
enum ProgressText {
  /// `scanning 12400 files/s, 310 MB/s, 4 s left`, and the like for what is received and sent; empty when nothing moves.
  static func parts(_ folders: [FolderReport]) -> [String] {
    let scanning = folders.filter { $0.state == .scanning }.compactMap(\.progress)
    let all = folders.compactMap(\.progress)
    var parts: [String] = []
    let (seen, read) = (sum(scanning, \.scannedFilesPerSecond), sum(scanning, \.readBytesPerSecond))
    if seen > 0 || read > 0 {
      let rates = [seen > 0 ? "\(Int64(seen.rounded())) files/s" : nil, read > 0 ? rate(read) : nil].compactMap(\.self)
      parts.append("scanning \(rates.joined(separator: ", "))" + left(scanning, \.scanSecondsLeft))
    }
    // What has arrived but is not counted as placed yet still shows in a rate; without anything to do it is over.
    let (received, sent) = (sum(all, \.receivedBytesPerSecond), sum(all, \.sentBytesPerSecond))
    if received > 0, folders.contains(where: { $0.pendingFiles > 0 }) { parts.append("receiving \(rate(received))" + left(all, \.fetchSecondsLeft)) }
    if sent > 0, folders.contains(where: { !$0.inSync }) { parts.append("sending \(rate(sent))" + left(all, \.sendSecondsLeft)) }
    return parts
  }

  private static func sum(_ progress: [ProgressReport], _ rate: KeyPath<ProgressReport, Double>) -> Double { progress.reduce(0) { $0 + $1[keyPath: rate] } }

  private static func rate(_ bytesPerSecond: Double) -> String { "\(Int64(min(bytesPerSecond, 1e18)).byteCountText)/s" }

  /// The longest time left of any folder.
  private static func left(_ progress: [ProgressReport], _ seconds: KeyPath<ProgressReport, Double?>) -> String {
    guard let most = progress.compactMap({ $0[keyPath: seconds] }).max(), most < 1e9 else { return "" }
    return ", \(StatusText.duration(Int64(most.rounded(.up)))) left"
  }
}
