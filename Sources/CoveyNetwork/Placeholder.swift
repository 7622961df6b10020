// CoveyNetwork
