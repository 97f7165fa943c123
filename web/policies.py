"""What every reply carries for the browser: what a page may load, who may frame it, which other sites may read it."""

from __future__ import annotations

import re

from web.login import FORMS, needed_role

Header = tuple[bytes, bytes]

CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'self'; "
    "frame-ancestors 'self'; object-src 'none'"
)
CSP_BARE = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
CSP_READER = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)
# The desks run one script of ours, and nothing that stands in a page.
CSP_DESK = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HSTS = (b"strict-transport-security", b"max-age=31536000")
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)
_READER = re.compile(r"/(d|a|privacy|signin|signout)(/.*)?")
_PROGRAMS = re.compile(r"/(api|v1|mcp)(/.*)?")
_EMBEDDED = re.compile(r"/|/d/.*")  # the conversation, and the documents that it opens beside an answer
_OPEN = re.compile(r"/api/.*")  # what a page of another site may ask, when that site is on the list
EMBED, MCP = "/embed.js", "/mcp"

PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"accept, content-type"),
    (b"access-control-max-age", b"600"),
)


def for_programs(path: str) -> bool:
    """They get JSON, never a page."""
    return bool(_PROGRAMS.fullmatch(path))


def guest(origin: str, path: str, sites: frozenset[str]) -> str:
    """The origin when its pages may ask for this path, else "". Nobody's login goes with such a request."""
    return origin if origin in sites and _OPEN.fullmatch(path) else ""


def carried(path: str, *, secure: bool, sites: frozenset[str], guest: str) -> list[Header]:
    """Headers for a reply of this path. sites: origins that may show the conversation in a frame of theirs."""
    desk = needed_role(path) is not None
    policy = CSP_DESK if desk else CSP_READER if _READER.fullmatch(path) else CSP
    headers = list(_ALWAYS)
    if sites and _EMBEDDED.fullmatch(path):
        # X-Frame-Options knows no lists; browsers that know frame-ancestors do not miss it.
        policy = policy.replace("frame-ancestors 'self'", " ".join(("frame-ancestors 'self'", *sorted(sites))))
    else:
        headers.append((b"x-frame-options", b"DENY" if desk else b"SAMEORIGIN"))
    headers.append((b"content-security-policy", policy.encode()))
    headers.append((b"cross-origin-resource-policy", b"cross-origin" if path == EMBED else b"same-origin"))
    if guest:
        headers += [(b"access-control-allow-origin", guest.encode()), (b"vary", b"origin")]
        headers.append((b"access-control-expose-headers", b"retry-after, x-request-id"))
    if desk or for_programs(path) or path in FORMS:
        headers.append((b"cache-control", b"no-store"))
    return headers + [HSTS] * secure
