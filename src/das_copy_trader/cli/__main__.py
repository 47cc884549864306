"""`python -m das_copy_trader.cli`."""

from das_copy_trader.cli.main import app

app()
