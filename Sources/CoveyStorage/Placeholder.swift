// CoveyStorage
