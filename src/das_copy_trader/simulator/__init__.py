"""DAS Trader's stand-in: pure venues on a moving market, told over the same protocol in the server's role."""
