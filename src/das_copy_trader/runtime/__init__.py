"""Time, randomness, ids, tasks, links and settings: the only room that touches the machine."""
