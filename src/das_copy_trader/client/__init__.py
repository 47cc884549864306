"""One account at one platform: its link, its session, its mirror, and the verbs to trade through it."""
