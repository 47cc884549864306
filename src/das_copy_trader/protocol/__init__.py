"""The wire of DAS Trader Pro's CMD API: bytes to typed messages and back, for both roles. Sans-IO."""
