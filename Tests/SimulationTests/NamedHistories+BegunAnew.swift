/// Histories that broke a promise where the record of a device began anew.
extension NamedHistory {
  static let begunAnew: [NamedHistory] = [
    NamedHistory(
      title: "a folder that was not mounted when its record began is no edit of what came since",
      history: "5:rewrite.1.2.0.0.98.998605,write.2.0.0.0.0.0,start.0.3.1.0.102.0,readable.2.3.1.0.40.885702,localRules.4.2.3.0.0.0,unmark.1.2.3.6.115.0,write.3.0.3.0.0.0,readable.2.2.0.0.77.0,lose.1.1.0.0.105.0,fail.2.0.1.0.193.933449,start.1.1.0.0.176.0,start.0.1.1.0.36.294947,kill.1.0.0.0.0.0"),
    NamedHistory(
      title: "a folder that is shared again serves what its history holds",
      history: "3:cycle.1.0.1.0.7.680742,open.0.1.0.0.20.935767,cut.2.0.0.0.4.999496,sever.2.1.1.0.11.954281,same.0.1.0.8.27.27891,same.2.0.1.0.8.150954,sever.0.1.0.8.10.497403,touch.1.1.1.0.4.88043,sever.2.1.0.0.28.972253,delete.0.1.1.0.18.90024,link.2.0.1.0.26.274506,same.0.0.1.0.2.512383,rename.1.1.1.0.1.927800,sever.2.1.0.0.29.594088,writeRest.2.0.0.0.7.55494,rename.0.1.0.0.0.0,directory.1.0.1.0.0.0,unshare.1.1.1.0.11.173869,unshare.0.0.0.0.0.0,write.0.0.1.0.0.0"),
    NamedHistory(
      title: "an older content that comes back may hide a tombstone from another device that lost its state",
      history: "4:write.2.0.5.0.0.0,quiet.2.0.0.0.0.0,lose.3.6.3.0.0.0,delete.3.3.3.0.11.724836,link.0.0.0.0.0.0,delete.1.0.3.0.17.121568,restore.3.5.0.0.15.987923,rename.3.4.2.0.30.0,write.3.5.3.0.15.459401,start.3.1.4.0.0.0,chmod.3.5.1.0.15.720463,lose.2.4.5.0.0.0,rename.0.6.2.0.0.0,write.0.3.2.0.15.744193,close.1.6.3.0.4.870434,delete.0.0.2.0.0.0,write.3.3.4.0.0.409166"),
    NamedHistory(
      title: "no tombstone tells what a directory took the place of",
      history: "3:save.1.1.0.0.28.211502,write.2.1.3.0.25.976572,scan.0.1.3.0.20.128797,write.1.0.1.0.0.0,delete.0.3.3.0.16.803195,start.1.0.1.0.24.0,kill.2.2.3.0.26.921914,quiet.0.1.0.0.0.0,open.2.2.0.0.10.549173,save.0.0.2.0.18.0,lose.2.3.2.0.0.0,delete.0.1.0.0.0.0,delete.2.3.1.0.9.249959,write.2.0.2.0.25.510441,start.0.1.0.0.19.0,directory.0.1.3.0.14.0,kill.2.0.0.0.0.0,delete.0.1.2.0.3.0"),
    NamedHistory(
      title: "no marker is written where the folder was unmounted as it came up",
      history: "3:mend.0.0.0.0.40.0,write.1.1.0.0.0.0,editCopy.2.0.0.0.77.0,kill.1.0.1.0.58.0,unmark.1.0.1.2.0.0,start.1.1.0.0.28.0"),
    NamedHistory(
      title: "nor where it was unmounted at any later call",
      history: "3:quiet.0.0.1.0.0.0,write.2.0.0.0.0.0,unmark.2.1.1.8.0.0,rewrite.2.0.1.0.7.0,kill.2.1.1.0.13.0,start.2.0.1.0.2.0,directory.0.1.1.0.24.0"),
    NamedHistory(
      title: "a tombstone that is dropped between handshake and round is asked after",
      history: "2:write.0.0.1.0.0.0,directory.1.0.1.0.0.0,quiet.1.1.0.0.13.999129,save.0.0.1.0.0.0,write.0.0.1.8.5.0,kill.0.0.1.0.7.0,deleteCopy.0.0.1.6.7.0,start.0.0.0.0.18.0,rename.1.1.0.7.0.0,close.0.1.0.0.17.946481,write.1.1.1.2.19.431420,restore.0.1.0.0.0.0,directory.0.0.1.0.1.0"),
    NamedHistory(
      title: "a directory that is slow to open is not met anew by a second answer",
      history: "3:delete.2.1.0.0.28.0,wait.0.0.0.7.0.0,mend.1.1.0.0.11.0,start.2.1.0.0.16.180753,free.0.0.0.0.0.0,kill.2.0.1.0.26.139792,close.1.0.0.0.3.0,write.0.0.1.4.15.0,mark.1.0.1.0.7.453849,write.1.0.1.0.14.556867,powerCut.0.0.1.0.0.0,free.0.0.1.0.0.0,unreadable.0.0.0.0.14.538820,touch.0.0.0.0.0.0,swap.0.0.1.0.27.40705,fail.0.1.1.0.0.0,delete.2.1.1.0.4.0,rename.2.1.0.0.19.240480,start.0.1.1.0.19.13379,directory.2.0.0.0.0.0"),
    NamedHistory(
      title: "a held file that turns out to be a conflict copy is held no longer",
      history: "4:directory.2.0.3.0.17.806599,touch.0.4.4.0.19.377991,write.0.2.3.0.27.122835,chmod.2.2.6.0.0.0,write.0.1.4.0.23.374772,save.1.2.2.0.0.0,write.2.1.5.0.0.0,chmod.1.1.1.0.23.0,start.3.0.3.0.18.0,cut.2.0.6.5.0.0,link.3.3.1.0.10.0,writeHalf.1.2.0.0.21.625979,chmod.0.6.0.0.9.732444,close.1.5.1.0.13.0,write.2.3.1.0.0.0,restore.1.5.4.0.13.359246,delete.1.3.5.0.4.43872,directory.1.1.0.0.0.0,save.3.4.3.0.16.124935,write.0.5.1.0.5.771526,deleteCopy.1.3.1.0.5.758039,editCopy.1.2.1.0.32.552506,write.2.6.0.0.0.0,quiet.0.3.6.0.15.276907,deleteCopy.2.5.3.0.29.464989,write.3.6.1.0.5.278460,write.3.0.2.3.22.875,chmod.2.0.5.0.27.182415,save.0.1.3.0.0.0,directory.2.4.1.0.19.190230,rename.2.0.0.0.31.801289,quiet.1.1.5.0.0.0,delete.2.6.1.0.31.0,restore.3.3.3.0.1.0,write.1.4.6.9.26.0,same.0.4.5.0.25.869036,kill.2.0.3.0.0.0,save.1.3.3.0.29.0,mend.3.1.2.0.18.0,rewrite.0.1.6.0.5.295261,restore.0.4.0.0.0.0"),
    NamedHistory(
      title: "what was deleted is taken from who lost its state, though another had put something there before it heard of that",
      history: "3:write.1.0.1.0.0.0,write.0.1.0.0.31.111293,unshare.1.0.0.0.99.0,same.2.0.0.0.107.40785,rewrite.2.0.1.10.38.325318,rename.2.0.0.0.115.206211,delete.0.0.1.0.1.0,unshare.2.0.1.0.0.977613"),
    NamedHistory(
      title: "what was deleted as a conflict copy is taken from who lost its state and has it still at the path it had to leave",
      history: "3:write.0.1.1.0.19.502077,start.0.1.1.0.113.436665,cut.1.0.0.9.26.283610,write.0.0.0.8.78.0,write.2.0.0.0.52.531975,link.2.1.0.10.47.0,same.1.0.0.0.59.0,lose.0.1.0.0.97.0,deleteCopy.2.1.0.0.0.0,delete.1.0.0.0.0.0"),
    NamedHistory(
      title: "who meets the folder anew does not begin it beside a device whose word it passed over",
      history: "3:same.0.2.5.0.61.692811,mend.2.3.1.0.35.249395,sever.0.2.2.0.41.864708,directory.2.0.5.7.2.526252,copy.1.1.0.0.107.404196,directory.2.1.2.0.0.0,write.0.6.2.0.20.593667,write.0.3.1.0.0.0,hold.2.0.4.0.106.261721,open.1.0.6.0.11.949437,directory.0.2.1.0.46.954818,cut.1.0.1.0.15.779880,swap.2.0.6.0.104.524103,start.2.1.5.0.93.378567,writeRest.2.5.5.0.68.0,mend.0.4.5.0.46.0,putBack.1.5.0.0.108.183631,kill.1.6.5.0.83.134297,chmod.0.2.1.0.14.19559,unshare.0.6.0.0.0.0,directory.0.2.3.0.9.0,wait.0.3.2.0.10.0,touch.2.5.6.0.0.228484"),
    NamedHistory(
      title: "who comes again after it lost its state is not sent rounds from where it was before",
      history: "3:kill.1.1.6.0.1.0,write.0.6.5.0.0.0,delete.0.1.5.0.2.898809,delete.0.0.0.0.5.0,directory.2.0.3.0.0.0,powerCut.2.0.0.0.0.0,rename.0.4.4.0.2.0,rules.1.2.5.0.0.0,quiet.0.4.2.0.5.339691,cut.2.0.1.0.5.0,mend.2.1.0.0.3.0,lose.0.5.4.0.0.875419"),
    NamedHistory(
      title: "who begins a folder anew learns first what a device knows that only doubts its record",
      history: "2:directory.1.1.1.0.0.0,directory.0.0.0.0.0.0,same.0.1.0.0.14.0,quiet.1.0.1.0.0.459619,delete.0.0.1.0.0.0,quiet.0.0.0.0.0.0,save.0.0.0.0.0.0,kill.0.0.0.0.0.0,quiet.0.1.1.0.0.0,save.1.0.1.0.13.0,chmod.0.1.1.3.15.0,lose.1.0.0.0.0.0,restore.0.0.1.0.0.0"),
    NamedHistory(
      title: "unequal digests of a peer that has something to do again are no reason to wake up",
      history: "5:cut.3.5.6.3.0.0,write.0.1.0.0.0.0,quiet.2.4.3.0.9.423763,link.1.5.1.0.5.653129,writeRest.4.2.4.0.6.0,directory.2.2.1.0.5.0,localRules.1.2.3.0.6.543540,restore.0.2.2.11.3.0,cut.1.5.2.3.2.0,editCopy.4.6.0.0.9.234622,mark.4.2.0.0.5.99188,rewrite.4.2.3.0.7.332121,open.4.6.6.0.9.0,hold.2.2.6.0.0.0,overflow.3.2.5.0.0.0,save.0.3.0.0.6.0,kill.2.3.3.0.6.0,quiet.2.6.3.0.7.0,lose.0.1.3.7.0.0,powerCut.2.2.6.5.0.0,mend.0.0.5.0.0.0,rename.2.2.0.0.8.0,rename.2.5.1.0.1.0,readable.4.1.1.0.8.0,editCopy.0.4.6.0.6.0,rewrite.0.1.2.0.5.321997,mend.2.5.3.0.4.387207,localRules.0.4.2.0.0.0,kill.4.5.5.7.8.397709,write.1.5.0.0.7.330666"),
    NamedHistory(
      title: "a folder that died as it was marked, and was marked anew where it is mounted, is no edit of what the mount point took in",
      history: "4:delete.2.0.0.0.19.398261,save.1.3.4.0.19.72771,kill.1.6.4.0.69.388286,write.2.6.3.0.0.0,unmark.1.5.1.0.25.914337,delete.3.4.2.0.34.0,delete.0.5.0.0.67.0,start.1.3.4.0.0.0,editCopy.2.0.2.0.134.0,kill.1.6.2.0.0.0,write.1.6.3.11.0.0,mark.1.2.3.0.0.0"),
    NamedHistory(
      title: "nor is a folder of which a record that knew nothing yet was put back",
      history: "4:save.1.3.4.0.0.0,quiet.1.2.3.0.0.745422,write.2.6.3.0.0.0,unmark.1.5.1.0.0.0,restore.1.5.5.0.128.7748,start.1.3.4.0.0.0,rewrite.0.0.6.0.111.0,fail.1.3.4.0.0.0,kill.1.6.2.0.0.0,write.1.6.3.11.0.0,mark.1.2.3.0.0.0"),
    NamedHistory(
      title: "nor is one whose record was lost while it was not mounted",
      history: "4/3:fail.2.2.3.0.0.0,kill.3.5.1.10.6.920592,lose.0.5.1.11.17.774191,unmark.3.0.1.0.17.778583,start.2.2.3.0.28.880387,wait.0.0.2.0.24.0,swap.0.3.4.0.37.0,stop.2.0.3.0.27.0,cut.0.6.1.0.23.0,lose.3.6.1.0.18.0,write.0.1.1.0.0.0,start.3.3.4.0.0.0,powerCut.1.2.1.0.20.0,wait.3.2.4.0.27.363509,rename.1.3.3.0.15.0,mark.3.6.4.0.0.0,kill.3.0.4.0.0.0,write.3.1.2.0.0.0"),
    NamedHistory(
      title: "what an open conflict copy holds is not authored again by who lost its state",
      history: "4:sever.2.3.0.2.40.0,kill.1.1.2.0.0.0,quiet.3.1.1.0.0.0,write.1.0.1.0.0.0,start.0.0.3.0.49.248860,write.0.0.1.0.0.0,same.3.3.0.0.98.743655,unshare.2.2.0.0.0.0,cut.0.3.2.0.132.0,deleteCopy.3.1.3.0.0.0,kill.3.0.3.5.0.0,delete.1.0.3.0.38.610764"),
    NamedHistory(
      title: "what was put back where its delete was told, a moment before the record was lost, is in history",
      history: "4:copy.2.1.1.0.6.939240,sever.0.1.0.0.7.887943,write.2.1.1.0.4.677618,rewrite.2.1.0.0.7.688819,directory.1.1.0.0.6.360571,swap.1.0.0.0.5.397971,write.1.0.0.9.3.165103,mend.3.0.0.0.7.277003,cut.3.1.0.0.4.953285,chmod.3.0.1.0.1.785474,putBack.2.1.1.7.4.50484,touch.0.0.0.0.7.623778,sever.2.1.0.5.5.632294,rename.0.0.1.10.0.0,sever.0.0.0.0.6.198892,rename.2.1.0.4.2.552662,rewrite.0.0.1.2.0.0,sever.3.1.0.11.6.791105,write.0.0.1.0.2.508825,write.2.0.1.0.0.0,cut.0.1.0.0.2.249216,rewrite.3.0.1.0.5.309740,open.2.0.0.0.7.26753,write.1.1.0.0.0.0,write.2.1.0.6.2.301996,putBack.0.1.0.0.3.478140,cut.0.0.1.0.6.0,rename.0.1.0.0.6.357279,unshare.0.0.0.0.0.0"),
  ]
}
