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
    NamedHistory(
      title: "a folder whose disk fails at the very first look greets nobody",
      history: "3:fail.0.6.6.0.0.0,write.2.0.1.0.0.0,write.0.5.4.0.53.0"),
    NamedHistory(
      title: "a new folder whose marker cannot be written learns nothing before it can",
      history: "3:fail.0.2.1.0.0.0,pause.1.5.1.0.2.0,write.2.6.3.0.0.0"),
    NamedHistory(
      title: "a program that writes over what another wrote into the same file loses nothing",
      history: "3:rewrite.2.0.0.7.0.0,chmod.1.1.1.0.2.6240,rewrite.1.1.1.0.4.0,link.0.0.1.0.5.652080,link.0.0.1.2.0.0,delete.1.0.1.0.0.0,write.0.1.1.3.0.0,directory.1.1.0.0.2.972959,write.2.0.1.0.2.48722,open.2.0.1.0.2.592099,writeHalf.0.0.0.0.3.876925,write.0.0.1.0.0.0,rename.1.1.1.0.4.178004,wait.2.1.0.0.4.774451,writeHalf.2.0.0.0.0.0"),
    NamedHistory(
      title: "what a round brings while a folder comes up again is asked for anew",
      history: "3:directory.0.1.1.4.14.433962,full.0.0.1.0.0.0,open.0.1.0.0.29.495313,resume.1.1.1.0.1.154881,free.1.0.0.0.5.735376,pause.1.1.0.0.9.777456,write.2.0.0.6.0.0,rewrite.1.1.0.0.25.994351,write.1.0.1.0.0.0,mark.2.1.1.0.10.925022,delete.0.0.1.0.7.0,write.1.1.1.0.0.0,overflow.0.1.0.0.26.441674,write.2.1.1.0.0.0,delete.2.0.0.0.20.106278,open.0.1.1.0.8.287646,directory.0.1.0.0.0.0,directory.1.1.1.0.0.0,write.0.0.1.0.18.978392,swap.0.0.1.0.0.0,rewrite.2.0.0.0.27.468974,wait.2.1.1.0.0.0,free.0.1.1.0.13.511142,localRules.1.0.0.0.2.410355,fail.2.0.1.0.10.366616,deleteCopy.0.0.1.0.19.324875,localRules.0.0.0.0.0.0,swap.2.1.1.0.28.420108,write.2.0.1.10.0.0,link.0.1.1.0.23.897593,free.1.0.0.0.4.906248,rename.2.1.0.0.0.0,delete.1.0.1.0.26.893355"),
    NamedHistory(
      title: "what is put into an empty mount point is not agreed",
      history: "3:write.1.0.1.0.111.396534,unmark.2.1.1.0.0.0,unreadable.0.0.0.0.63.0"),
    NamedHistory(
      title: "what changes while the watch is set up is seen",
      history: "3:start.1.0.5.0.5.257728,cut.0.4.4.0.4.565920,directory.0.1.6.9.0.0,touch.0.6.2.0.1.881357,rename.1.5.5.0.4.0"),
    NamedHistory(
      title: "the wish to tell peers ends when the last one leaves",
      history: "3:stop.0.1.2.3.0.0,delete.1.0.3.0.14.523624,stop.2.3.1.2.9.854848"),
    NamedHistory(
      title: "the plan follows the end of first contact by itself",
      history: "3:mark.1.0.5.0.3.91052,writeRest.0.5.2.0.2.344430,free.2.4.1.0.5.44175,fail.1.3.2.0.0.0,free.0.0.3.0.1.347478,swap.2.2.1.0.3.636969"),
    NamedHistory(
      title: "a path that is readable again is looked at again",
      history: "3:free.1.3.1.0.81.309995,directory.1.0.2.0.0.0,readable.2.3.2.0.85.0,unreadable.0.0.2.0.61.0"),
    NamedHistory(
      title: "a file that could not be read once is read again",
      history: "3:write.0.1.2.0.0.0,fail.0.0.2.9.26.820297,rewrite.2.3.6.0.11.0"),
    NamedHistory(
      title: "a loser that a program has open is not hidden by a merge of its own device",
      history: "3:write.1.1.1.0.0.0,open.1.1.1.0.0.0,write.0.1.0.5.84.0,same.2.1.0.0.0.0,mend.1.0.1.0.103.588275"),
    NamedHistory(
      title: "a tombstone is acknowledged though its file never fitted on the disk",
      history: "3:full.0.1.0.0.70.0,write.2.0.2.0.0.0,delete.1.1.6.0.85.0,delete.1.0.2.10.24.0"),
    NamedHistory(
      title: "what a peer says during a pause is asked for anew",
      history: "3:write.0.6.6.0.21.514978,mark.2.2.4.0.24.580134,pause.1.4.3.0.23.126387,write.0.2.5.0.4.380381,pause.1.3.5.0.25.538905,fail.1.0.4.0.14.898880"),
  ]
}
