/// A history that broke a promise once, with what was wrong.
struct NamedHistory: Sendable, CustomStringConvertible {
  var title: String
  var history: String
  var description: String { title }

  static let all: [NamedHistory] = [
    NamedHistory(
      title: "a loser that a program has open while a directory takes its path still becomes a conflict copy",
      history:
        "3:write.0.6.2.8.27.0,swap.0.4.3.0.27.460377,open.0.6.4.0.0.0,directory.1.6.4.0.24.0,rewrite.2.1.3.0.13.585063,rewrite.2.1.2.0.27.758711"),
    NamedHistory(
      title: "trouble with a path is forgotten once it is looked at again",
      history:
        "3:deleteCopy.2.5.5.0.3.0,write.1.0.3.0.0.0,open.1.3.6.0.8.0,chmod.1.3.2.0.24.864862,wait.2.4.2.0.27.0,directory.1.1.2.0.0.0,editCopy.1.2.2.0.25.959707,resume.1.5.1.0.28.0,fail.0.3.4.0.11.816620"
    ),
  ]
}
