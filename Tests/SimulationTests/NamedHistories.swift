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
    NamedHistory(
      title: "a content that a peer could not read for a moment is asked for again",
      history: "2:fail.0.2.5.0.6.0,wait.0.4.4.0.14.0,write.0.1.5.0.0.0,open.1.2.2.0.7.84247,chmod.1.3.1.0.17.721149,touch.1.2.2.0.18.855240,fail.0.6.1.2.10.0,fail.1.2.5.0.18.0,fail.0.3.2.0.16.0"),
    NamedHistory(
      title: "what a device told before it died in the midst of a round is told on",
      history: "3:start.0.3.2.0.57.556394,rewrite.1.1.1.0.91.423257,rename.0.2.2.0.68.6014,link.2.0.0.0.0.0,start.1.0.0.0.108.924610,same.0.1.2.7.77.39656,touch.1.2.1.0.31.780188,start.0.0.0.0.97.59411,scan.2.2.1.0.0.0,start.0.3.1.0.76.832104,delete.1.1.0.0.0.0,sever.0.0.0.0.80.455780,rewrite.1.1.0.0.76.894997,writeRest.1.1.1.0.119.969923,start.2.3.0.0.104.214142,directory.1.0.3.0.0.0,start.1.3.1.0.23.897639,same.1.2.2.0.0.0,powerCut.1.0.0.6.58.609135"),
    NamedHistory(
      title: "what is fetched a second time is not written over what it displaced the first time",
      history: "3:write.0.0.1.0.6.852359,rewrite.1.1.1.0.1.258044,writeHalf.0.1.0.0.29.576314,delete.2.1.1.0.18.0,quiet.0.1.1.0.0.280082,writeHalf.1.0.1.0.7.195860,chmod.1.0.0.2.1.0,delete.0.1.0.0.19.372367,same.1.1.1.0.29.276347,deleteCopy.1.1.0.0.27.305498,rename.1.1.0.4.0.0,touch.0.1.1.0.15.0,directory.1.0.0.0.3.857990,close.0.1.0.0.16.485024,touch.2.1.1.5.8.987594,directory.0.1.0.4.13.428508,chmod.2.1.0.10.4.581957,writeHalf.2.0.0.0.25.0,write.0.1.1.0.29.669738,editCopy.0.1.1.0.20.429771,writeHalf.1.1.0.0.16.347348,touch.0.1.1.0.13.465731,rewrite.0.0.0.10.29.350474,directory.0.0.1.0.0.0,editCopy.1.0.1.0.10.362402,writeHalf.2.1.1.0.24.34982,same.2.0.1.0.0.0"),
    NamedHistory(
      title: "an edit of a late file whose directory is gone comes up in the directory above",
      history: "3:directory.2.0.5.0.93.0,write.1.3.3.11.0.0,write.2.2.4.0.94.0,writeHalf.2.5.0.0.103.0,delete.1.6.4.0.12.824896,write.2.0.2.0.0.0,open.0.3.6.0.0.0,write.2.2.0.0.51.0,writeHalf.0.5.0.0.0.0"),
    NamedHistory(
      title: "a directory that keeps something ignored is not replaced again and again",
      history: "3:directory.2.0.5.0.42.141853,rules.1.1.5.0.0.0,rewrite.0.4.5.0.76.0,clock.1.3.0.0.104.0,directory.0.3.5.0.0.0,write.1.0.0.0.0.0"),
    NamedHistory(
      title: "a loser whose mode changes in the moment in which it is replaced becomes a copy",
      history: "4:chmod.2.1.0.0.25.563867,write.0.0.0.4.38.440673,editCopy.1.1.0.0.22.967791,write.3.0.0.0.0.0,rewrite.0.0.1.0.22.385683,write.2.1.1.0.11.446366,directory.3.1.0.4.31.0,wait.1.1.0.0.0.0,directory.1.0.0.0.0.0,chmod.3.0.1.5.2.0,rewrite.1.1.0.0.30.620884,write.2.1.0.0.26.698025,delete.2.1.1.0.28.0"),
    NamedHistory(
      title: "what somebody wrote where a step was never carried out has not seen what that would have brought",
      history: "2:write.1.6.2.0.0.0,same.0.1.3.0.12.936299,localRules.0.0.0.0.0.0,mark.0.6.4.0.10.529048,write.0.2.0.0.8.14563,readable.1.6.0.0.8.687103,write.0.0.2.0.7.0,quiet.0.3.4.0.0.476218,write.0.5.2.0.13.0,editCopy.1.0.2.0.0.0,rewrite.1.1.2.5.0.0,fail.0.1.1.0.7.0,rewrite.1.3.6.0.18.0,write.0.1.1.4.0.0,write.0.2.4.0.14.0,unmark.0.6.6.11.18.534101,open.0.3.1.0.13.0"),
    NamedHistory(
      title: "a copy that another device made and changed meanwhile is nothing new",
      history: "3:delete.2.1.0.0.48.0,swap.2.1.1.0.17.0,rewrite.0.1.1.0.27.80787,mend.0.1.0.0.96.951567,link.0.1.0.0.26.814755,write.1.1.0.0.0.0,write.0.0.1.0.105.0,editCopy.1.1.1.0.0.850713"),
    NamedHistory(
      title: "a late file is not given up while its folder is unmounted",
      history: "2:write.0.0.0.0.8.0,open.0.0.1.0.0.0,editCopy.1.1.1.0.57.0,delete.1.0.1.0.0.0,localRules.1.1.1.11.26.0,writeRest.0.0.0.0.7.228950,unmark.0.1.0.0.37.0"),
    NamedHistory(
      title: "a loser that only a device which ignores the path has is fetched by the others",
      history: "2:same.0.6.2.0.0.0,directory.0.2.2.0.16.969699,write.0.0.2.0.0.0,delete.0.6.4.4.14.165227,write.1.0.1.0.0.0,localRules.0.1.4.0.0.0"),
    NamedHistory(
      title: "a copy under the name of another one does not hide what was made of that",
      history: "3:rewrite.1.0.0.0.4.0,same.1.3.3.0.25.164215,sever.0.3.6.0.28.709017,directory.0.0.1.0.24.257894,write.2.3.5.0.22.213584,delete.2.3.0.0.20.82102,chmod.0.4.5.0.0.0,same.2.2.4.4.19.702940,delete.0.5.0.0.13.891309,same.1.0.0.6.8.934014,link.1.2.0.0.27.866293,write.0.3.4.2.0.0,write.1.1.6.0.25.867686,editCopy.1.2.6.8.27.785202,rewrite.1.2.6.0.21.474890,same.1.0.0.0.0.874483"),
    NamedHistory(
      title: "what is gone under a rule keeps no directory",
      history: "3:directory.2.6.2.0.22.758925,directory.2.6.0.0.29.0,fail.1.2.4.0.0.0,write.2.1.2.0.0.0,writeRest.0.1.1.0.16.362592,write.2.5.4.0.24.0,touch.1.5.2.0.21.147787,close.0.1.5.0.23.352013,readable.1.5.5.0.9.262193,directory.2.0.6.0.22.367668,unmark.1.6.0.0.24.0,free.2.4.1.0.0.0,link.0.3.0.0.28.589746,write.0.0.4.9.0.0,localRules.0.6.0.0.4.0,write.2.0.6.0.0.0,rewrite.1.3.2.0.0.371702"),
    NamedHistory(
      title: "what is passed over in a pause is not covered by the knowledge that follows it",
      history: "3:readable.1.1.1.0.97.199103,chmod.1.1.1.0.41.468162,chmod.1.1.1.0.3.0,free.0.0.1.0.109.969956,wait.1.0.0.0.5.55137,link.0.1.1.0.87.478281,write.1.1.1.0.110.545907,free.1.1.0.0.108.824962,write.0.0.1.0.64.350927,quiet.0.1.1.0.47.0,write.2.1.0.7.44.563781,write.1.1.1.0.113.851619,write.2.0.0.0.0.0,overflow.2.0.1.0.12.173467,quiet.1.1.0.0.0.604355,delete.0.1.0.0.0.0,deleteCopy.2.0.1.0.0.0,full.0.0.1.0.17.605958,readable.0.0.1.0.117.965308,mark.0.0.0.0.86.0,directory.0.0.0.0.0.0,pause.2.1.0.0.100.250454,rules.1.1.1.0.0.0,resume.2.1.1.0.0.0,same.2.0.1.1.0.0,readable.0.0.0.0.19.965256,pause.2.1.1.4.58.132117,deleteCopy.0.0.0.0.49.686912"),
    NamedHistory(
      title: "what is written anew where its device has dropped a tombstone takes no mode from what was deleted",
      history: "3:delete.0.0.1.0.21.593593,rename.0.3.0.0.98.593632,write.2.0.1.0.0.0,write.0.1.3.0.72.804231,same.2.1.1.0.0.0,chmod.1.0.2.10.65.476518,delete.2.0.1.0.94.951945,rewrite.1.3.0.0.55.0,write.2.0.3.0.0.0"),
    NamedHistory(
      title: "what its user moved away under a rule is awaited in vain",
      history: "3:chmod.2.0.1.0.18.657097,localRules.1.1.0.11.0.0,write.1.0.1.0.0.0,rewrite.0.1.0.0.75.0,rename.1.0.1.0.0.0"),
    NamedHistory(
      title: "what is agreed and still waits for the bytes of a loser gets them",
      history: "2:writeRest.0.3.1.0.53.415224,open.0.2.3.0.71.176666,mark.0.2.6.0.9.0,overflow.1.1.2.0.0.0,unreadable.0.5.0.0.44.880046,unreadable.1.6.1.0.37.433297,link.0.1.5.0.0.0,free.1.1.2.0.14.546243,write.1.0.3.0.11.867440,localRules.0.6.3.6.5.0,directory.0.1.5.7.48.966394,rename.0.0.1.9.7.0,link.0.6.4.0.34.361011,write.1.4.3.0.0.0,localRules.0.0.6.0.11.743551"),
    NamedHistory(
      title: "what a copy of a device brings back that its user had deleted is deleted again",
      history: "3:start.1.5.2.0.1.359018,open.1.5.6.0.5.602450,same.1.0.0.2.16.640252,link.0.6.4.0.11.0,hold.2.5.1.0.0.0,kill.1.1.3.1.28.776167,copy.0.5.2.0.20.0,touch.0.0.2.0.26.514147,delete.0.6.1.0.0.0,sever.1.3.2.0.9.997429,putBack.0.5.5.0.0.0"),
    NamedHistory(
      title: "what its user wrote since stands, when what had been put aside there is settled",
      history: "3:write.2.2.2.0.9.471942,mend.0.1.2.0.7.406514,deleteCopy.0.3.1.0.1.103166,directory.2.2.3.0.15.687869,kill.1.2.1.0.1.411932,clock.2.2.0.0.22.2196,same.2.1.0.4.0.0,wait.2.2.0.0.12.168486,write.0.0.0.0.26.108428,write.0.1.2.0.7.199310,start.1.2.1.4.27.449826,swap.2.0.1.5.0.0,rename.0.3.0.0.25.0,powerCut.2.2.3.0.0.0,write.2.1.3.0.0.0,delete.2.0.0.0.0.0"),
    NamedHistory(
      title: "trouble with a directory is forgotten when it is to stay",
      history: "3:rename.2.3.4.0.36.130980,link.1.2.1.0.109.184626,rewrite.2.3.0.0.66.773588,free.2.5.2.0.111.350235,deleteCopy.0.5.0.0.29.988055,unreadable.1.4.4.0.78.676844,touch.2.4.2.0.95.154164,rewrite.0.5.0.0.0.0,swap.2.2.0.0.15.478886,rules.0.5.3.5.54.162491,free.0.6.4.0.0.0,directory.0.2.6.9.67.673863,write.1.0.0.0.15.57676,directory.0.0.2.0.102.307343,unmark.1.1.5.0.21.135657,delete.2.0.6.6.24.714344,write.0.6.5.0.0.0,directory.1.3.6.0.103.0,free.0.0.3.0.110.0"),
    NamedHistory(
      title: "what stands in for bytes that are gone was not brought back",
      history: "3:write.0.0.1.0.16.507593,full.0.1.0.0.29.910211,delete.1.1.1.0.0.0,delete.1.0.1.0.0.0,rewrite.1.0.0.0.23.529794,delete.0.1.1.0.0.0,writeHalf.1.1.1.0.0.0,resume.2.1.1.0.8.873089,rename.0.1.1.0.2.455736,link.1.1.1.0.0.0,resume.1.0.0.0.1.46088,write.1.1.1.0.5.0,directory.1.0.1.0.23.0,localRules.1.1.0.0.0.0,directory.1.1.0.0.0.0"),
    NamedHistory(
      title: "devices that look at everything by turns are at rest",
      history: "4:kill.1,kill.2,kill.3,scan.0.0.0.0.120,wait.0.900,start.1.0.0.0.120,wait.0.900,start.2.0.0.0.120,wait.0.900,start.3.0.0.0.120"),
    NamedHistory(
      title: "what is ignored from now on counts as held",
      history: "2:resume.1.2.1.0.11.432319,unmark.1.2.2.0.9.810635,free.0.0.3.0.19.573807,directory.0.1.3.3.4.700610,same.0.1.2.0.0.0,delete.0.1.3.0.7.0,write.0.1.0.11.12.993868,writeRest.0.2.3.0.2.0,localRules.1.2.1.9.0.0,directory.0.0.3.0.11.434217,overflow.0.3.3.0.18.686558,delete.0.0.0.0.0.0,fail.1.3.0.9.13.201650,mark.1.0.2.0.15.0,deleteCopy.0.3.2.0.8.716627,rewrite.0.0.3.0.15.65608,fail.1.1.3.0.0.0,wait.1.3.1.8.2.0"),
    NamedHistory(
      title: "what stands where its device ignores it is no second copy",
      history: "5:mark.2.1.1.0.2.0,full.2.1.1.0.2.697256,directory.2.1.0.0.0.0,resume.3.0.1.0.1.0,write.0.0.0.0.0.0,directory.4.0.1.0.0.0,rewrite.0.1.1.0.9.842878,chmod.0.1.0.0.7.330894,delete.1.0.0.0.9.994662,full.4.0.1.0.6.389153,directory.2.0.0.0.9.744548,quiet.0.1.0.0.2.872774,link.3.1.0.0.4.165290,rename.0.0.1.0.6.15304,write.3.1.1.0.0.0,overflow.3.1.1.2.3.0,localRules.3.0.0.0.0.0,free.1.1.1.0.3.792976,unmark.0.0.1.0.7.292440,link.3.0.0.0.5.111287,delete.1.0.0.4.5.573656,write.3.0.0.0.3.103372,pause.4.0.1.0.9.585617,editCopy.2.0.0.0.2.768826,rename.1.1.1.0.1.54151,full.2.1.1.0.1.928820,clock.0.0.0.0.4.30218,free.0.0.0.0.1.438715,delete.1.1.0.0.0.0,unreadable.0.0.1.0.9.492383,localRules.3.1.0.9.2.113381,wait.2.0.1.3.0.0,link.0.0.1.0.0.0,write.1.0.0.4.6.160768,resume.2.1.0.0.2.512242,rules.3.0.1.6.9.877314,write.1.0.1.0.8.667645,delete.2.0.1.0.0.0,readable.0.0.1.0.5.590192,delete.2.1.0.0.0.0,editCopy.4.0.0.0.9.78967"),
    NamedHistory(
      title: "what was gone under a rule and is there again is served",
      history: "2:close.0.0.1.0.26.0,unmark.1.3.2.0.0.0,write.0.1.1.0.0.0,full.1.1.0.0.42.0,mark.0.2.0.9.0.0,unmark.0.1.0.6.0.0,localRules.0.3.1.0.25.0"),
    NamedHistory(
      title: "who lost its state waits for what another device that is there knows",
      history: "3:overflow.2.2.1.0.66.0,clock.2.5.3.0.0.0,pause.2.0.0.0.0.0,write.1.0.5.0.0.0,clock.1.4.3.0.114.0,kill.1.1.3.0.33.0,delete.1.0.3.0.0.0,lose.0.5.2.0.0.89984"),
    NamedHistory(
      title: "a new folder that is unmounted as it comes up is not marked where it was mounted",
      history: "3:wait.1.1.3.0.42.907944,stop.2.3.0.0.7.905525,unmark.2.1.0.2.56.190365,write.0.0.0.0.0.0,start.2.0.2.0.0.0,touch.1.0.3.0.58.410063,kill.1.2.3.0.33.0"),
    NamedHistory(
      title: "what a killed run put in place and did not flush was not deleted by a power cut",
      history: "3:write.1.1.1.0.81.683874,delete.0.6.6.0.88.583423,link.2.6.6.0.77.282688,kill.2.3.6.0.18.407509,writeHalf.2.2.3.0.105.323065,cut.2.0.6.0.13.194916,free.0.0.3.0.103.172369,mark.2.3.4.0.103.920931,start.1.1.0.0.26.226561,start.2.6.4.0.24.524392,powerCut.2.2.6.5.88.0"),
    NamedHistory(
      title: "who lost its state waits a moment for a device that has not said yet what it knows",
      history: "3:overflow.2.2.1.0.66.738503,clock.2.5.3.0.34.0,pause.2.0.0.0.0.0,write.1.0.5.0.0.0,kill.1.1.3.11.67.0,delete.1.0.3.0.0.0,lose.0.6.1.0.36.0,touch.1.3.2.0.0.300263"),
    NamedHistory(
      title: "what was deleted under a rule before anybody else had it is waited for by nobody",
      history: "2:quiet,sever.0.1,write.0.0.0.0.30,localRules.0.0.1.0.30,delete.0.0.0.0.30,localRules.0.0.0.0.60,quiet="),
    NamedHistory(
      title: "and what it had replaced stands there again",
      history: "2:write.0.0,quiet,sever.0.1,write.0.0.0.0.30,localRules.0.0.1.0.30,delete.0.0.0.0.30,localRules.0.0.0.0.60,quiet=a:A1"),
    NamedHistory(
      title: "a directory stays with one in it that cannot be removed, and its tombstone does not",
      history: "3:directory.1.0.1.0.0.0,clock.2.0.0.0.118.0,directory.0.2.2.0.0.0,localRules.2.4.4.0.81.0,write.2.5.3.0.0.0,delete.1.0.3.0.0.0"),
    NamedHistory(
      title: "what is moved back to where it had been deleted from stays there",
      history: "4:cut.1.0.1.0.13.653922,directory.2.0.3.0.0.0,write.1.1.2.0.0.0,quiet.1.3.2.0.0.0,write.3.3.1.0.0.0,link.2.3.3.0.0.0,rewrite.0.3.1.0.16.309926,editCopy.2.3.0.0.26.721411,chmod.3.0.3.0.27.853907,write.3.1.3.0.0.0,delete.2.0.2.0.30.723912,write.1.3.0.0.32.624142,start.1.0.2.0.10.247580,start.0.1.0.0.9.167827,rewrite.2.1.1.0.32.489319,deleteCopy.1.3.2.5.8.439082,lose.0.3.1.0.32.344550,rename.3.2.2.0.13.296672,write.2.0.2.0.34.395419,start.3.2.3.0.7.84775,write.0.2.0.0.0.0,chmod.2.2.3.0.32.30250,write.3.3.1.0.0.0,swap.2.0.1.1.0.0,swap.1.1.2.0.5.52268,start.0.2.3.0.0.0,rewrite.1.0.0.0.14.247895,cut.2.3.2.0.35.596804,write.0.3.0.10.28.540700,delete.2.3.1.0.7.827568,rename.2.2.1.0.12.438916,delete.3.1.3.5.1.280495,write.0.3.2.10.8.175445,directory.1.2.2.0.19.614752,editCopy.3.0.0.0.30.562217,kill.3.3.2.0.0.827669,rename.0.0.3.0.25.954346,restore.0.0.3.0.29.240950,touch.3.0.0.0.28.110295,rename.0.0.1.0.0.0,rename.2.0.1.9.27.415591,write.1.3.2.0.37.419303,rewrite.1.0.3.0.25.658267,delete.3.0.0.0.34.762147,write.1.3.3.0.1.0,rewrite.0.1.2.0.32.366825,rename.2.1.0.6.32.0"),
  ]
}
