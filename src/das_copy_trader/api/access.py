"""Who may come in: the rules about Host, Origin and token, apart from HTTP (reliability.md 2.3)."""

import hashlib
import hmac
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address

import msgspec

from das_copy_trader.runtime.settings import LOOPBACK_NAMES


class AccessPolicy(msgspec.Struct, frozen=True):
    """The token and the names under which this server may be addressed.

    `is_everywhere`: it listens on all addresses of the machine, so each address is one of its own. Names are not: a
    foreign page's name can be made to lead here, a number cannot.
    """

    token: str
    port: int
    extra_hosts: tuple[str, ...] = ()
    is_everywhere: bool = False

    @property
    def cookie_name(self) -> str:
        """Browsers do not part cookies by port, so the port is in the name."""
        return f"das_copy_trader_{self.port}"

    @property
    def cookie_value(self) -> str:
        """What the cookie proves: derived from the token, so that a cookie gives the token away to nobody."""
        return hmac.new(self.token.encode(), b"das-copy-trader cookie", hashlib.sha256).hexdigest()

    def is_own_host(self, host: str | None) -> bool:
        """Whether a Host header names this server: anything else may be a rebound name of a foreign page."""
        if not host:
            return False
        name, port = _split_host(host.strip().casefold())
        own_names = [*LOOPBACK_NAMES, *(extra.casefold().strip("[]") for extra in self.extra_hosts)]
        is_own = name in own_names or (self.is_everywhere and _is_address(name))
        return is_own and port in ({str(self.port), ""} if self.port == 80 else {str(self.port)})

    def is_own_origin(self, origin: str) -> bool:
        """Whether an Origin header is one of our own pages."""
        scheme, separator, host = origin.partition("://")
        return bool(separator) and scheme in {"http", "https"} and "/" not in host and self.is_own_host(host)

    def is_token(self, text: str) -> bool:
        """Whether this is the token; takes equally long for every wrong one."""
        return hmac.compare_digest(text.encode(), self.token.encode())

    def bears_token(self, headers: Mapping[str, str]) -> bool:
        """Whether the Authorization header carries the token."""
        scheme, _, credential = headers.get("authorization", "").partition(" ")
        return scheme.casefold() == "bearer" and self.is_token(credential.strip())

    def has_cookie(self, headers: Mapping[str, str]) -> bool:
        """Whether the cookie of an opened link is there."""
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(self.cookie_name)
        except CookieError:
            return False
        return cookie is not None and hmac.compare_digest(cookie.value.encode(), self.cookie_value.encode())

    def guess(self, headers: Mapping[str, str]) -> str:
        """What a request without access tried as its token or cookie; empty when it tried nothing."""
        tried = headers.get("authorization", "")
        if not tried and self.cookie_name in headers.get("cookie", ""):
            tried = headers["cookie"]
        return tried


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _split_host(host: str) -> tuple[str, str]:
    if host.startswith("["):
        name, _, rest = host[1:].partition("]")
        return name, rest.removeprefix(":")
    name, _, port = host.partition(":")
    return name, port
