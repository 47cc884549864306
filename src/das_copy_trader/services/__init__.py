"""What stands between the engine and the world: accounts, configuration, notifications, alerts."""
