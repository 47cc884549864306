"""DAS Copy Trader: copies one master account's orders to follower accounts through DAS Trader Pro."""

__version__ = "0.1.0"
