// CoveyDisk
