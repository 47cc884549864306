"""The face: HTTP and WebSocket. Routes hold no logic: parse, one call, answer."""
