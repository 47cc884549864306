"""Replication: decides what each follower does for each of the master's orders, and keeps track of it."""
