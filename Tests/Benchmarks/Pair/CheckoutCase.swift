import Foundation

/// A source tree of 20,000 files that git takes from one branch to another: how long the other side is behind when git is done.
func checkoutCase(_ contender: some Contender) throws {
  guard isWanted("git-checkout", isCheap: false) else { return }
  let (tree, outside) = (contender.folders.from + "/source", root + "/source")
  // What git keeps for itself stays outside: it is not what people share.
  let common = ["--git-dir=\(root)/source.git", "-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "gc.auto=0"]
  defer { try? files.removeItem(atPath: root + "/source.git") }
  func git(_ arguments: String..., in place: String) throws { try runTool("/usr/bin/git", common + ["--work-tree=\(place)", "-C", place] + arguments) }
  try makeFiles(20_000, byteCounts: 1024...12_288, perDirectory: 40, at: outside, &generator)
  try git("init", "-q", "-b", "one", in: outside)
  try git("add", "-A", in: outside)
  try git("commit", "-q", "-m", "one", in: outside)
  try git("checkout", "-q", "-b", "two", in: outside)
  for index in stride(from: 0, to: 20_000, by: 4) {
    let path = outside + "/d\(index / 40)/f\(index)"
    if index % 40 == 0 {
      try files.removeItem(atPath: path)
      try bytes(4096, &generator).write(to: URL(fileURLWithPath: path + "-new"))
    } else {
      try bytes(4096, &generator).write(to: URL(fileURLWithPath: path))
    }
  }
  try git("add", "-A", in: outside)
  try git("commit", "-q", "-m", "two", in: outside)
  try git("checkout", "-q", "one", in: outside)
  try files.moveItem(atPath: outside, toPath: tree)
  try contender.settle()
  let checkout = try seconds { try git("checkout", "-q", "two", in: tree) }
  let behind = try seconds { try contender.settle() }
  try report.add("git-checkout", contender.name, ["seconds": rounded(behind), "checkoutSeconds": rounded(checkout)])
  try contender.removeTree(tree)
  try contender.settle()
}
