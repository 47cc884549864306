import errno
import socket

import pytest

from das_copy_trader.runtime.link_sentences import connect_failed, link_broken, link_stalled, peer_of


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (ConnectionRefusedError(), "127.0.0.1:9000 refused the connection: is DAS Trader Pro running and logged in"),
        (TimeoutError(), "did not answer within 5 s: is the machine on, and does its firewall let port 9000 through"),
        (OSError(errno.ETIMEDOUT, "timed out"), "did not answer within 5 s"),
        (OSError(10060, "WSAETIMEDOUT"), "did not answer within 5 s"),
        (OSError(errno.EHOSTUNREACH, "no route"), "cannot be reached: check the network or VPN"),
        (OSError(errno.ENETUNREACH, "no network"), "cannot be reached"),
        (OSError(10065, "WSAEHOSTUNREACH"), "cannot be reached"),
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "host name '127.0.0.1' is not known"),
        (OSError(errno.EMFILE, "Too many open files"), "127.0.0.1:9000 failed: Too many open files."),
        (OSError(), "127.0.0.1:9000 failed: OSError."),
    ],
)
def test_failed_connect_says_what_to_do(error: OSError, part: str) -> None:
    assert part in str(connect_failed("127.0.0.1", 9000, error, 5))


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (None, "broke the connection off"),
        (ConnectionResetError(), "broke the connection off"),
        (BrokenPipeError(), "broke the connection off"),
        (OSError(errno.ETIMEDOUT, "timed out"), "stopped answering: check that machine"),
        (OSError(errno.EIO, "Input/output error"), "to das:9000 broke: Input/output error."),
    ],
)
def test_broken_link_says_how(error: OSError | None, part: str) -> None:
    assert part in str(link_broken("das:9000", error))


def test_stalled_link_says_what_is_unknown() -> None:
    assert "stopped reading (9000 bytes were waiting)" in str(link_stalled("das:9000", 9000))


def test_ipv6_addresses_stand_in_brackets() -> None:
    assert peer_of("::1", 9000) == "[::1]:9000"
