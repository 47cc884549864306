"""What can be wrong with the database."""


class StorageError(Exception):
    """The database cannot be used; the message is a sentence for people. Exit code 3 at start.

    StorageError
    ├── DatabaseDamagedError   not a database, or its integrity check fails
    ├── DatabaseLockedError    another program holds it
    ├── DatabaseNewerError     written by a newer version of the program
    ├── DatabaseReadOnlyError  it or its folder cannot be written
    └── DatabaseWriteError     a write failed while running (disk full, locked, removed)
    """


class DatabaseDamagedError(StorageError):
    """Not a database, or its integrity check fails."""


class DatabaseLockedError(StorageError):
    """Another program holds it."""


class DatabaseNewerError(StorageError):
    """Written by a newer version of the program."""


class DatabaseReadOnlyError(StorageError):
    """It or its folder cannot be written."""


class DatabaseWriteError(StorageError):
    """A write failed while running. What was to be stored is not stored."""
