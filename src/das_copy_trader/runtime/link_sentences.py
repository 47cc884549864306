"""What went wrong with a link, in one sentence that says what to do. Real and in-memory links say the same."""

import errno
import socket

from das_copy_trader.runtime.network import ConnectFailed, LinkBroken, LinkStalled

_UNREACHABLE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})
_TIMED_OUT = frozenset({errno.ETIMEDOUT})
_RESET = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED})
# Windows reports its own numbers where a socket call fails late (WSAENETUNREACH, WSAEHOSTUNREACH, WSAETIMEDOUT).
_WINDOWS_UNREACHABLE = frozenset({10051, 10065})
_WINDOWS_TIMED_OUT = 10060


def peer_of(host: str, port: int) -> str:
    """`host:port` for people; an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def connect_refused(host: str, port: int) -> ConnectFailed:
    """Nobody listens there."""
    return ConnectFailed(
        f"The program at {peer_of(host, port)} refused the connection: is DAS Trader Pro running and logged in, and is"
        " the CMD API port right?"
    )


def connect_timed_out(host: str, port: int, timeout_s: float) -> ConnectFailed:
    """No answer at all."""
    return ConnectFailed(
        f"{peer_of(host, port)} did not answer within {timeout_s:g} s: is the machine on, and does its firewall let"
        f" port {port} through?"
    )


def host_unknown(host: str) -> ConnectFailed:
    """The name cannot be resolved."""
    return ConnectFailed(f"The host name {host!r} is not known: check its spelling, or use the machine's IP address.")


def port_invalid(port: int) -> ConnectFailed:
    """The number is no port."""
    return ConnectFailed(f"{port} is not a port number: use the CMD API port set in DAS Trader Pro, 1 to 65535.")


def connect_failed(host: str, port: int, error: OSError, timeout_s: float) -> ConnectFailed:
    """The sentence for an operating system's error while connecting."""
    if isinstance(error, ConnectionRefusedError):
        return connect_refused(host, port)
    if isinstance(error, TimeoutError) or error.errno in _TIMED_OUT or error.errno == _WINDOWS_TIMED_OUT:
        return connect_timed_out(host, port, timeout_s)
    if isinstance(error, socket.gaierror):
        return host_unknown(host)
    if error.errno in _UNREACHABLE or error.errno in _WINDOWS_UNREACHABLE:
        return ConnectFailed(f"{host} cannot be reached: check the network or VPN between this machine and that one.")
    reason = error.strerror or type(error).__name__
    return ConnectFailed(f"The connection to {peer_of(host, port)} failed: {reason}.")


def link_broken(peer: str, error: OSError | None = None) -> LinkBroken:
    """The sentence for an established link that broke; without an error, for a reset."""
    if error is None or isinstance(error, ConnectionError) or error.errno in _RESET:
        return LinkBroken(f"The program at {peer} broke the connection off: was DAS Trader Pro closed there?")
    if isinstance(error, TimeoutError) or error.errno in _TIMED_OUT or error.errno == _WINDOWS_TIMED_OUT:
        return LinkBroken(f"{peer} stopped answering: check that machine and the network to it.")
    reason = error.strerror or type(error).__name__
    return LinkBroken(f"The connection to {peer} broke: {reason}.")


def link_stalled(peer: str, unsent_bytes: int) -> LinkStalled:
    """The peer does not read: the link was cut rather than letting orders grow old in a queue."""
    return LinkStalled(
        f"The program at {peer} stopped reading ({unsent_bytes} bytes were waiting), so the connection was cut:"
        " what was sent last is unknown until the next login."
    )
