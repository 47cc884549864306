"""The packed program's entry."""

import multiprocessing

from das_copy_trader.cli.main import app

if __name__ == "__main__":
    multiprocessing.freeze_support()
    app()
