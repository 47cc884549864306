"""Storage: one SQLite file. It follows what the memory holds and never leads while the program runs."""
