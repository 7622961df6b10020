// CoveyTesting
