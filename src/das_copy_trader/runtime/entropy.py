"""The few things that have to differ from one start to the next."""

import secrets


def make_boot_id() -> str:
    """A name for this life of the process, so that a browser sees that it has been restarted."""
    return secrets.token_hex(6)


def make_seed() -> int:
    """A seed for `RandomSource`, so that two machines do not reconnect in step."""
    return secrets.randbits(63)
