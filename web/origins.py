"""Where a request comes from and whom it is addressed to, as its headers say."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit


class Proxies:
    """The networks of reverse proxies that are believed."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = tuple(ipaddress.ip_network(name, strict=False) for name in networks)

    def trusted(self, address: str) -> bool:
        try:
            return any(ipaddress.ip_address(address) in network for network in self._networks)
        except ValueError:
            return False

    def behind(self, peer: str, forwarded: Iterable[str]) -> str:
        """The last address in the chain that is no proxy of ours: whatever stands before it may be invented."""
        chain = [part.strip() for value in forwarded for part in value.split(",")]
        for address in reversed(chain):
            try:
                ipaddress.ip_address(address)
            except ValueError:
                break
            if not self.trusted(address):
                return address
        return peer


def values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in headers if key.lower() == name]


def host_of(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The one Host header; None when there is none, or more than one, or something else in it."""
    hosts = values(headers, b"host")
    if len(hosts) != 1 or not re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?", hosts[0]):
        return None
    return hosts[0].lower()


def name_of(host: str) -> str:
    """`qa.example.cn:443` -> qa.example.cn, `[::1]:80` -> ::1"""
    if host.startswith("["):
        return host[1 : host.index("]")]
    return host.split(":", 1)[0].rstrip(".")


def origin_of(address: str) -> str:
    """Scheme, host and port of an address, the usual port left out; "" when it has none."""
    try:
        parts = urlsplit(address.strip().lower())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return ""
        usual = 443 if parts.scheme == "https" else 80
        return f"{parts.scheme}://{parts.hostname.rstrip('.')}:{parts.port or usual}"
    except ValueError:
        return ""
