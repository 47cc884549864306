"""What stands behind dev.py: set-up, checks, browser, dashboard build. Standard library only."""
