"""The console script `sav`."""
