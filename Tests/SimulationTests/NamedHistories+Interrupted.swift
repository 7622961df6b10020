/// Histories that broke a promise where something was begun, and a crash, a full disk or an unmounted folder came before its end.
extension NamedHistory {
  static let interrupted: [NamedHistory] = [
    NamedHistory(
      title: "what a user overwrote while it was put aside awaits nobody, though it turns out to be the winner",
      history: "3:write.1.2.4.0.8.729076,delete.1.3.1.0.17.969578,rewrite.2.0.5.0.6.669060,editCopy.0.1.2.0.7.575614,write.1.6.5.3.10.835236,delete.2.0.1.7.0.0,wait.1.0.5.0.0.0,write.2.3.0.0.27.545568,delete.2.2.5.0.26.608308,open.1.0.0.0.15.366639,write.0.0.6.5.29.966992,write.0.3.1.0.20.38885,write.2.0.6.0.0.0,write.2.5.1.0.1.83889,delete.2.4.6.0.12.242539,rewrite.0.4.2.0.14.363189,write.0.4.0.0.11.779404,touch.2.1.5.0.26.917670,editCopy.2.1.2.0.29.558303,touch.1.0.6.9.12.0,rewrite.1.0.6.0.0.0,write.2.0.3.0.14.282555,chmod.0.3.1.0.16.279027,deleteCopy.1.3.6.0.14.10055,same.0.1.6.0.14.102590,chmod.0.0.2.0.8.701304,delete.0.2.3.0.20.932622,write.0.5.6.0.6.375206,writeHalf.0.6.6.0.3.595905,rename.2.6.1.10.26.99988,write.2.0.4.6.4.708769,writeHalf.0.5.2.0.26.944593,delete.1.4.1.0.3.636089,delete.1.0.4.0.3.214682"),
    NamedHistory(
      title: "what was put in place and could not be recorded, for its folder was unmounted, is nobody's edit",
      history: "4:editCopy.1.0.0.0.132.744445,mark.2.1.1.0.134.96218,write.1.0.0.6.7.0,rewrite.0.0.3.0.93.864611,rewrite.2.2.1.0.59.778096,clock.1.2.3.0.28.380418,unmark.2.3.0.0.0.0,write.3.3.1.0.59.265720,write.0.0.0.0.124.213175,rewrite.1.0.0.0.0.0"),
    NamedHistory(
      title: "what a folder held when it was unmounted makes no second copy of a loser",
      history: "5:resume.1.1.0.0.28.437450,rewrite.0.1.1.0.18.847198,close.2.0.1.0.10.41909,open.2.0.1.0.32.589630,full.0.0.1.0.47.572156,clock.2.1.0.0.45.486074,fail.4.1.0.0.31.751032,write.1.0.1.0.0.0,writeHalf.2.0.1.0.32.283499,resume.2.0.0.0.33.695025,swap.1.1.1.0.18.2740,fail.1.1.1.0.27.286237,open.4.0.1.0.28.545215,same.3.0.0.0.0.0,rewrite.1.0.0.0.0.0,writeHalf.1.0.0.0.25.861823,write.1.1.1.0.38.384700,close.1.0.1.0.28.272353,writeHalf.1.1.0.0.4.79290,mark.3.1.0.0.49.672,free.3.1.1.0.30.0,write.2.0.0.0.21.830573,close.3.1.1.0.30.93349,writeRest.2.0.0.0.0.0,wait.4.1.1.0.11.919892,swap.1.1.1.0.49.352784,rename.0.1.1.0.38.822931,unmark.3.0.0.0.0.0,rewrite.2.1.0.0.15.0,directory.0.1.0.0.0.0"),
    NamedHistory(
      title: "a copy that its user edited before it was recorded keeps the edit",
      history: "3:write.0.0.1.0.0.0,link.1.0.0.0.45.21202,same.1.1.0.8.2.587395,chmod.1.0.1.0.70.677991,rules.0.1.1.0.77.0,editCopy.1.0.0.0.0.0,unmark.1.0.1.0.85.0,deleteCopy.2.0.0.0.0.0"),
    NamedHistory(
      title: "a step that found its folder unmounted was not begun, whatever is staged under its name by then",
      history: "3:write.0.1.3.0.0.0,rules.2.0.2.0.0.0,editCopy.0.1.3.0.106.0,rename.2.1.3.0.0.0,unmark.1.1.1.0.0.0,write.0.0.2.0.21.202333,writeHalf.0.1.0.0.99.0,fail.0.0.2.9.0.0,directory.0.1.3.0.46.0,free.0.0.3.6.0.0,unmark.0.2.3.4.0.0,fail.0.0.1.0.0.0,same.2.0.1.0.0.0,chmod.0.2.3.0.92.0,rewrite.1.2.3.0.35.0,full.0.1.0.0.118.0"),
    NamedHistory(
      title: "the rules that were in force count from the first moment after a restart",
      history: "3:directory.2.1.0.0.0.0,sever.0.0.1.0.17.606288,rules.1.0.3.0.0.0,writeHalf.0.3.2.0.16.440635,sever.2.3.1.0.24.749004,clock.2.1.3.0.25.706467,restore.0.3.0.0.20.544575,kill.1.3.2.0.0.0"),
    NamedHistory(
      title: "a folder comes up although what it found was to be recorded before its numbers could be reserved",
      history: "3:start.2.1.1.0.28.607643,powerCut.1.1.1.0.8.905657,fail.1.1.0.2.0.0,link.0.0.0.0.5.0,start.1.0.0.0.0.0,rules.1.0.0.0.18.120526"),
    NamedHistory(
      title: "a file that gave way to a directory that could not be made is found in its copy",
      history: "5:rewrite.0.1.0.0.27.198235,rewrite.0.1.0.0.30.437847,writeRest.1.1.0.0.28.660948,fail.2.0.0.0.11.0,localRules.3.0.0.0.0.0,directory.3.1.1.0.15.447836,rules.0.0.0.9.32.659866,writeRest.4.0.0.0.46.499315,delete.3.0.1.0.8.66018,clock.2.1.0.0.32.347978,write.1.0.0.0.32.127821,free.3.0.0.0.37.482968,write.2.0.0.0.0.0,rules.2.1.0.0.0.0,rename.4.0.0.0.28.422104,close.4.1.0.0.42.760352,touch.1.0.1.0.43.359722,unreadable.1.1.1.0.7.518336,free.4.0.0.0.35.651390,write.2.1.1.0.48.60953,quiet.0.0.1.0.0.0,localRules.1.1.1.0.0.0,wait.0.0.1.0.0.0,localRules.2.0.1.0.0.0,write.0.1.0.0.0.0,fail.2.1.1.7.6.412135,free.1.1.0.0.3.530476,delete.0.0.0.0.0.0,pause.4.0.1.6.28.475355,swap.3.1.0.0.4.271497,directory.3.1.1.0.0.0,same.4.1.0.0.6.496053,fail.0.0.1.0.25.643737,resume.3.0.1.0.36.769628,fail.3.0.1.0.27.583787,fail.0.1.0.10.2.275070,write.0.1.1.0.24.14844"),
    NamedHistory(
      title: "a directory that took a file's place in the very moment of its replacement stands there, and the file counts as deleted",
      history: "2:directory.0.1.1.2.0.0,write.0.0.3.0.0.0,write.0.1.3.0.13.176517,write.1.0.3.0.0.0,chmod.1.2.3.0.39.741372,directory.0.0.0.5.27.299979"),
    NamedHistory(
      title: "a directory that could not be removed is in sync as soon as something is to be in it",
      history: "3:directory.0.0.5.0.80.0,localRules.2.2.0.0.0.0,write.1.6.6.0.48.0,pause.1.3.1.0.53.0,directory.2.2.1.10.0.0,rewrite.2.6.3.0.0.0,delete.0.0.2.0.40.141563,write.1.3.5.0.66.637237"),
    NamedHistory(
      title: "after a power cut nothing stands below what has become a file",
      history: "2:directory.0.0,write.0.2,quiet,powerCut.1.0.0.10,chmod.1.2.1,delete.0.2.1.0.30,write.1.0.1.0.80"),
    NamedHistory(
      title: "what was acknowledged to others is known after a power cut",
      history: "2:directory.0.0,write.0.2,quiet,powerCut.0.0.0.16,write.0.0.1,chmod.1.2.1.0.30,write.0.0.1.0.80"),
    NamedHistory(
      title: "whatever took the place of what had been written there before the power cut",
      history: "2:directory.0.0,write.0.2,quiet,powerCut.0.0.0.16,write.0.0.1,chmod.1.2.1.0.30,delete.0.0.1.0.80"),
    NamedHistory(
      title: "an empty mount point has no rules, and takes nothing away that they had hidden",
      history: "5:readable.0.2.2.0.174.933564,link.1.0.3.10.0.0,readable.1.3.3.0.146.782544,rewrite.1.0.3.0.95.82632,rules.4.2.1.4.0.0,write.0.0.0.5.0.0,delete.4.1.3.0.168.964696,deleteCopy.3.0.3.0.187.480215,delete.2.0.1.0.188.524841,rewrite.3.0.2.0.81.61582,wait.4.1.3.0.155.0,mark.0.2.1.0.178.0,write.3.0.0.0.159.0,rules.1.1.1.2.0.0,readable.2.0.1.0.73.0,unmark.4.3.1.0.145.0"),
    NamedHistory(
      title: "what is ignored and was changed under the rule is served from history",
      history: "3:write.0.1.0.0.0.0,same.0.0.0.0.0.0,start.1.0.1.0.107.0,rename.0.1.0.5.0.0,kill.1.1.1.3.0.0,save.1.0.1.0.82.0,same.2.0.0.4.0.0,powerCut.2.1.1.9.24.0,directory.2.0.1.0.0.0,delete.1.0.0.0.0.0,localRules.2.1.0.0.0.0"),
    NamedHistory(
      title: "what a program wrote into a file that gave way to a directory is found after a crash before that was made",
      history: "4:swap.1.4.5.0.1.941025,same.1.1.2.0.4.721983,delete.0.3.3.0.0.0,wait.0.6.2.1.3.709876,quiet.1.3.0.0.3.0,directory.3.4.6.0.6.215764,directory.3.1.4.0.1.183686,open.2.1.4.0.0.0,same.3.0.6.0.6.957986,lose.0.1.0.0.0.733050,delete.1.1.1.0.6.36102,write.1.1.1.0.7.782076,writeHalf.2.2.2.6.4.660657,swap.2.4.1.0.3.0,kill.2.4.0.0.0.0"),
    NamedHistory(
      title: "what is gone, and cannot be looked at once more just then, is looked for again",
      history: "3:mark.2.1.1.0.15.981824,write.2.1.0.0.0.0,readable.0.0.0.0.2.289591,overflow.0.1.0.8.2.388433,directory.0.1.0.0.25.688786,write.0.1.1.0.0.0,wait.2.1.0.0.25.38055,rename.1.0.1.0.23.948202,write.0.0.1.0.0.0,rename.2.0.1.0.20.238158,delete.1.1.1.0.22.0,deleteCopy.2.0.1.5.14.194055,directory.1.1.0.0.2.886997,link.2.0.0.0.0.0,quiet.1.0.1.0.17.539493,delete.2.1.0.0.0.0,scan.0.0.0.0.1.632987,writeRest.1.0.0.0.12.166242,localRules.1.0.0.0.0.0,chmod.1.1.1.0.0.0,rename.2.1.1.0.5.3500,close.1.0.1.0.6.660280,delete.1.0.0.0.0.0,unmark.2.0.0.0.0.0,directory.2.1.0.0.15.34920,fail.1.1.1.10.0.0,write.0.1.0.0.6.297081"),
    NamedHistory(
      title: "a directory out of which the last file goes while it is found not to be empty is removed at once",
      history: "3:directory.1.0.2.0.0.0,rules.1.1.3.0.0.0,quiet.2.2.0.0.7.419818,write.2.3.1.0.0.0,rename.1.0.1.0.0.0,unmark.0.3.1.2.14.605294,rewrite.0.3.3.0.3.997843,scan.1.0.1.9.27.491267,open.0.2.0.0.18.392040,write.0.2.2.0.26.0,rewrite.1.0.2.0.24.868898,free.1.2.2.0.23.683789,delete.2.3.1.8.0.0,link.2.3.1.0.0.0,rewrite.0.0.3.0.9.775582"),
    NamedHistory(
      title: "what is moved onto the same bytes that others deleted lives on, though its arrival cannot be taken in at once",
      history: "2:directory.0.0.0.0.0.0,write.0.2.0.0.0.0,quiet.0.0.0.0.0.0,kill.0.0.0.24.0.0,rename.0.2.1.0.30.0,rename.1.1.0.0.30.0,rename.0.0.1.0.80.0"),
    NamedHistory(
      title: "what is moved away and back while it is put in place is nowhere deleted",
      history: "3:cut.2.0.1.0.6.880357,write.0.0.1.0.0.0,write.1.0.0.0.0.0,quiet.2.0.1.0.0.0,write.0.1.0.0.0.0,touch.0.0.0.7.10.838641,deleteCopy.1.1.0.0.28.623967,save.0.0.0.0.1.385471,chmod.1.0.0.0.28.225081,chmod.0.0.0.5.0.0,rename.0.1.0.0.0.0,directory.1.1.1.0.0.0,wait.0.0.0.0.26.62208,delete.2.1.1.0.20.849590,rename.2.1.0.0.0.0,chmod.0.0.1.0.0.0,editCopy.0.0.1.0.16.126898,rename.2.0.1.0.0.0"),
    NamedHistory(
      title: "what a program wrote into a file that gave way is in history where the state is lost while its folder is not mounted",
      history: "4/3:write.3.0.0.0.137.0,rewrite.2.0.0.0.23.139406,close.3.1.1.0.68.0,sever.2.0.1.0.115.276315,write.0.0.0.0.0.0,open.1.0.1.0.0.0,start.0.1.0.0.60.115591,write.0.1.1.0.100.718276,writeHalf.1.0.1.0.0.0,unmark.1.1.0.0.0.0,lose.1.0.0.0.0.0"),
    NamedHistory(
      title: "a loser that history should have and does not is not asked for again and again",
      history: "4:same.0.1.1.0.142.0,unmark.1.1.0.5.0.0,chmod.0.1.0.0.0.0,writeHalf.3.1.1.0.103.877128,readable.1.0.0.0.24.0,rename.3.1.0.0.83.0,lose.1.1.1.0.19.334496,chmod.0.1.0.0.1.0,kill.0.0.1.11.0.0,write.0.0.1.3.138.978438,start.1.1.1.0.0.0,powerCut.2.0.1.0.0.0,rewrite.3.0.1.0.29.0,rename.3.0.1.0.64.0,lose.3.1.0.0.0.0,directory.2.1.1.0.12.0,delete.3.1.1.0.0.0"),
    NamedHistory(
      title: "what was known in a directory that was not is gone when a file takes its place",
      history: "2/1:write.0.2.6.0.15.0,quiet.0.1.3.0.11.327109,directory.0.0.3.10.2.438358,kill.0.5.1.0.0.0,write.1.1.1.0.8.0,write.0.2.6.10.2.0,rename.0.4.3.0.5.884671,same.0.0.3.0.6.319785,write.1.6.2.0.3.0,directory.1.1.6.0.0.0,start.0.2.5.0.15.0,hold.1.5.2.0.0.0,cut.1.3.6.0.9.826596,same.0.0.6.11.7.612832,write.0.4.4.0.17.945517"),
    NamedHistory(
      title: "what was put into a directory that its user renamed before that was recorded is looked at again",
      history: "4:delete.0.2.0.0.72.191298,deleteCopy.0.1.5.0.25.504159,editCopy.1.5.1.0.118.515960,chmod.0.0.4.0.127.496373,write.1.4.2.0.110.974597,write.0.1.2.0.0.0,open.3.0.0.0.147.211714,write.0.3.1.0.70.109623,write.0.6.4.0.32.249104,deleteCopy.2.2.1.0.127.402055,rename.3.1.2.0.18.130404,touch.2.2.1.0.118.701278,writeHalf.2.5.1.0.60.989508,write.2.2.5.0.115.615718,touch.2.1.0.4.60.0,same.1.4.4.0.159.447297,open.2.0.0.0.55.77171,directory.0.3.1.0.150.101537,swap.1.5.5.0.30.0,swap.3.3.0.0.118.216717,delete.0.4.3.0.142.605365,open.0.1.1.0.0.0,rewrite.1.3.6.0.68.945926,write.0.3.5.0.113.984157,directory.2.1.5.7.0.0,write.2.4.5.10.125.466111,touch.3.5.5.0.71.157551,delete.3.2.0.0.41.958434,write.3.6.2.0.43.610705,write.0.0.2.1.159.294903,delete.2.6.2.3.0.0,rewrite.0.1.1.0.41.384414,same.2.4.3.4.66.654035,rewrite.2.4.6.0.0.0,same.3.4.2.0.155.308441,editCopy.2.5.1.0.136.196088,write.0.1.3.4.42.348961,directory.3.1.4.0.137.586419,write.0.0.2.0.124.152540,delete.3.5.6.0.121.931515,wait.3.1.5.0.0.0,rename.1.2.3.0.127.447375,rename.2.1.0.0.123.83169,directory.2.5.2.0.65.108186,directory.0.3.1.0.128.801010,directory.3.6.3.0.129.438751,rewrite.1.1.5.0.117.246197,deleteCopy.0.4.1.0.122.264931,write.2.0.2.1.127.0,swap.1.0.6.0.13.874867,rename.0.6.1.9.63.117057"),
    NamedHistory(
      title: "two steps never have to do with one path at once",
      history: "3/2:deleteCopy.1.0.0.0.33.195082,directory.2.0.1.0.0.0,rewrite.2.0.0.0.23.578019,rename.2.1.1.0.106.413299,delete.0.1.0.0.33.939812,chmod.1.1.1.0.105.308523,directory.2.0.1.0.10.424899,editCopy.2.1.0.0.49.939178,same.1.0.0.8.0.0,rewrite.2.1.0.0.17.944421,same.2.0.1.0.0.0,delete.0.0.0.0.0.0,rename.0.1.1.0.67.200608,rename.2.0.1.8.4.47938,swap.2.1.1.0.96.598971,wait.0.1.1.4.98.226977,rewrite.0.1.0.0.74.992923,write.1.1.0.0.95.0,same.2.1.1.0.4.329530,write.0.1.1.2.37.24685,write.0.0.1.0.66.376703,writeRest.1.0.0.0.48.272141,rename.0.0.1.0.0.0,chmod.0.1.0.0.71.128787,delete.1.0.1.0.12.769818,editCopy.0.1.0.0.0.0,write.0.1.1.3.0.0,same.2.1.0.0.0.0,rename.2.0.0.0.115.608424,directory.1.1.1.0.55.535274,delete.2.1.1.0.0.0"),
    NamedHistory(
      title: "nothing is put on and on into a directory of which the disk does not tell that it is gone",
      history: "4/3:delete.2.1.2.0.5.646285,deleteCopy.1.3.2.0.2.597197,overflow.3.0.3.0.7.551678,write.2.3.0.0.5.790073,delete.0.1.3.11.0.0,delete.0.2.1.0.6.162784,readable.1.3.3.0.7.776359,write.0.1.2.0.5.118048,overflow.1.0.0.0.7.0,resume.3.3.3.0.4.51723,rewrite.2.1.3.0.5.558451,same.3.1.2.0.0.0,unmark.2.0.3.0.7.232132,editCopy.3.1.0.0.4.711755,resume.2.1.1.0.5.282673,fail.0.0.1.0.6.98312,overflow.2.1.2.11.5.893480,directory.2.2.2.0.7.500622,delete.1.1.3.0.7.905838,localRules.2.0.0.0.5.394425,wait.1.1.1.3.2.4302,rename.3.0.1.0.7.299979,write.3.3.1.0.3.773217,localRules.3.0.1.4.4.908043,localRules.1.2.2.0.0.0,localRules.0.3.0.0.2.332593,unmark.2.0.0.0.6.104807,swap.3.2.2.0.3.804669,delete.1.2.2.0.2.379533,directory.1.0.1.0.0.0,delete.0.1.0.0.5.660433,pause.3.0.3.0.0.0,wait.3.2.3.0.0.0,rename.2.0.2.0.6.500792,unreadable.3.2.0.0.4.871027,unmark.3.0.0.0.4.75245,editCopy.1.2.0.0.1.226115,mark.1.2.3.0.3.392230,mark.2.0.3.0.5.600428,close.1.0.2.0.5.24509,delete.1.2.0.0.3.521976,directory.2.1.2.0.4.852719,same.0.3.3.7.1.0,rules.3.0.2.0.2.223579,fail.2.3.1.0.5.131375,rename.0.3.0.0.7.461735,pause.0.2.0.5.0.0,chmod.3.0.2.0.3.257511,chmod.0.3.1.0.1.463725,directory.2.2.0.0.1.399600,write.2.0.3.0.4.394264,overflow.1.2.0.0.0.0,write.2.1.3.0.1.702426,delete.1.2.3.0.2.37106,unmark.2.2.0.0.0.0,rewrite.3.2.2.0.1.282249,full.2.1.2.0.1.0,writeHalf.2.2.0.0.0.0,rename.1.3.0.0.3.566063,fail.1.0.3.0.7.0,write.0.3.0.0.3.861227,delete.0.3.2.0.1.375169,rewrite.3.1.0.0.7.444293,write.1.3.3.4.6.0,localRules.3.2.3.0.5.0,scan.0.0.2.0.4.0,rename.0.1.2.0.7.776029,localRules.3.0.3.0.3.0,editCopy.0.3.3.0.7.0,free.0.0.3.0.7.0,deleteCopy.1.2.1.0.3.0,delete.0.0.1.0.4.0,write.1.2.2.0.0.0,quiet.1.1.2.0.4.0,resume.3.1.1.0.6.774880,directory.1.2.3.2.0.0,delete.2.2.2.1.0.0,fail.1.0.0.10.3.918142,chmod.3.2.1.0.5.92664,rename.1.3.2.0.0.0,rename.0.0.2.0.1.221289,link.3.1.1.10.4.354072,delete.2.2.2.6.6.42946,fail.0.0.3.0.5.532730,mark.2.2.1.0.5.919039,localRules.0.3.3.0.0.0,write.3.1.0.0.0.0,write.2.2.3.5.0.0,editCopy.2.2.0.8.2.109638,write.1.2.0.0.1.107914,pause.3.1.0.0.1.987913,wait.1.0.0.0.5.111517,deleteCopy.0.0.0.0.0.0,readable.3.0.3.0.6.551920,rename.0.3.0.0.5.458165,link.3.1.3.5.2.708230,overflow.1.3.1.0.0.0,directory.1.2.2.0.1.154672,free.3.3.0.0.6.498607,readable.1.1.3.0.6.828663,rewrite.3.0.2.0.0.0,rename.1.2.3.0.3.323545,free.1.2.3.0.1.383920,delete.1.0.1.0.0.0,delete.3.2.1.0.6.838697,rewrite.0.3.1.0.4.69877,close.3.2.2.0.1.806877,fail.1.0.3.5.0.0,close.2.3.0.0.1.193151"),
  ]
}
