/// Histories that broke a promise where something changed beside what was under way just then.
extension NamedHistory {
  static let underWay: [NamedHistory] = [
    NamedHistory(
      title: "what a file in a directory's place has below it in the record is gone, though a fetch for it was under way as that changed",
      history: "3/1:writeRest.1.3.6.0.20.443709,write.2.5.5.0.5.18265,wait.0.0.3.0.0.0,directory.2.1.4.0.0.0,quiet.1.5.5.0.1.0,directory.0.4.1.0.7.637373,writeRest.2.6.0.0.14.437015,open.0.2.0.0.19.257391,directory.0.2.3.0.26.989626,rename.1.0.3.0.16.897841,write.0.0.5.0.0.0,write.2.3.4.0.14.700055,rename.2.4.1.0.12.185305,write.1.5.6.0.14.552352,writeHalf.0.6.2.0.9.732485,write.0.4.0.0.12.200817,writeHalf.0.4.3.0.11.256156,swap.2.3.4.0.12.609477,write.1.4.1.2.29.0,swap.1.5.0.0.1.311567,delete.2.2.6.0.7.127829,wait.2.5.3.0.11.256060,rewrite.2.4.6.0.4.294673,write.0.1.3.0.13.0,write.0.1.6.0.0.0,write.1.1.2.0.0.38878"),
    NamedHistory(
      title: "and so it is where the directory's place was taken while files were moved into it",
      history: "4:link.3.3.6.0.9.645690,rewrite.3.1.2.0.27.147848,scan.0.0.2.0.39.530678,wait.0.5.5.0.14.222190,chmod.2.1.1.0.34.327039,directory.1.2.6.0.13.88032,write.3.6.0.7.6.0,write.0.5.1.0.37.963549,quiet.0.0.1.0.20.418419,rename.0.0.0.0.35.626910,directory.0.0.5.0.0.0,rename.1.6.0.0.39.122252,rename.2.6.1.0.18.550927,write.1.2.5.0.0.0,rewrite.0.6.6.0.0.0,quiet.2.0.3.0.0.502246,deleteCopy.0.6.6.10.0.0,same.2.1.0.2.27.89337,swap.1.6.0.5.28.683142,touch.2.3.3.0.26.464454,rewrite.3.6.4.6.18.41543,open.1.1.5.0.17.496973,delete.0.6.4.0.0.0,rewrite.0.6.4.0.24.272700,write.0.6.2.0.17.0"),
    NamedHistory(
      title: "what was put into a directory goes with it, though the directory is renamed before that is recorded",
      history: "4:write.2.0.4.0.16.45536,touch.2.2.1.0.59.701278,wait.2.2.4.1.0.0,rewrite.1.5.5.0.102.99255,delete.0.3.1.0.73.0,delete.3.5.6.0.121.0,directory.2.0.4.0.0.0,write.0.3.0.7.155.0,touch.1.1.2.0.37.150933,directory.3.6.3.0.129.0,rewrite.2.1.0.0.84.0,swap.1.0.6.0.0.427,rename.0.6.1.4.63.117057"),
    NamedHistory(
      title: "what a device told before it died is told on also by those who have it from another",
      history: "4:kill.0.1.5.0.31.162343,kill.2.2.1.1.0.0,start.0.6.3.0.25.509604,write.2.0.3.0.11.685431,rename.0.4.6.0.8.0,write.0.6.2.0.34.0,directory.2.1.1.0.0.0,editCopy.3.4.0.0.31.474812,swap.0.2.1.0.29.291043,kill.0.1.2.0.0.0,delete.1.6.3.0.25.0,hold.1.5.2.0.9.952917,powerCut.2.0.2.0.18.0,stop.3.1.6.0.4.0,kill.1.2.0.0.0.0,write.2.6.4.0.0.0,write.1.0.5.0.13.0,quiet.3.5.6.0.6.788883,deleteCopy.0.2.2.0.10.861098,powerCut.3.2.1.5.1.283088,stop.0.3.3.0.33.655213,rename.3.5.1.0.29.0,powerCut.3.4.1.0.16.0"),
    NamedHistory(
      title: "what is moved onto the same bytes is no touch, though what it was moved from cannot be looked at at once",
      history: "3:close.1.1.1.0.81.332130,rewrite.1.1.0.0.76.826559,same.2.0.0.0.99.333607,delete.0.0.1.0.10.572,rewrite.0.0.0.0.69.0,write.1.1.1.0.27.548482,editCopy.2.1.1.0.103.312227,rewrite.2.0.0.0.107.703902,rename.1.0.0.0.28.0,sever.2.1.1.0.34.835933,rewrite.2.1.1.7.0.0,wait.2.1.1.0.20.945259,sever.0.1.0.0.104.517826,delete.2.0.0.0.49.503107,directory.0.1.1.0.0.0,wait.2.0.1.0.0.0,rename.1.1.0.8.0.0,write.1.0.0.0.76.787800,touch.0.1.0.0.20.0,mend.1.0.1.0.0.0,close.2.1.0.0.6.0,write.0.0.1.0.77.427345,open.0.0.0.0.41.240356,mend.0.1.1.0.77.431287,link.1.0.0.7.0.0,swap.2.1.0.0.56.129463,rename.1.1.0.0.0.0"),
    NamedHistory(
      title: "what is to stand where a directory could not be removed is put there as soon as its user renamed that",
      history: "2:quiet.1.0.1.0.0.30951,same.0.5.5.0.3.598627,rewrite.1.4.2.0.2.0,localRules.0.4.1.11.0.0,directory.1.1.6.0.16.604115,delete.1.1.2.0.0.0,unmark.1.0.6.0.12.102882,write.0.4.2.0.7.0,quiet.1.3.5.0.13.0,pause.0.2.5.11.8.75892,write.1.1.3.0.0.0,quiet.1.3.2.0.0.0,rename.0.1.0.0.0.0"),
  ]
}
