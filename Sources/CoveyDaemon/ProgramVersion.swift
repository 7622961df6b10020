/// The version of this program, as `--version`, the status and other devices name it.
package enum ProgramVersion {
  package static let text = "0.1.0"
}
