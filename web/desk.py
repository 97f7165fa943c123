"""What every page behind the login shares: who is there, the frame around it, small forms."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from web.markup import render, stamped
from web.site import Site
from web.strings import strings_for
from web.users import Person, Role
from web.words import Say, say_for


class Behind:
    """A desk that opens for nobody whom the edge has not let in: the lock behind the lock."""

    def __init__(self, app: ASGIApp, role: Role) -> None:
        self.app, self._role = app, role

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        person = scope.get("person")
        if isinstance(person, Person) and person.may(self._role):
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse("", 401)(scope, receive, send)


def person_of(request: Request) -> Person:
    """Who is logged in; on a desk somebody always is."""
    person = request.scope["person"]
    assert isinstance(person, Person)
    return person


def say_of(request: Request) -> Say:
    return say_for(request.headers.get("accept-language"))


def desk_page(request: Request, site: Site, template: str, *, status: int = 200, **values: Any) -> Response:  # noqa: ANN401
    """A page in the desks' frame. Templates get say, t, root, person, settings, here (the path) and what is given."""
    root = site.settings.root_path
    accepted = request.headers.get("accept-language")
    common = {
        "say": say_for(accepted),
        "t": strings_for(accepted),
        "root": root,
        "person": person_of(request),
        "settings": site.settings,
        "style": f"{root}/{stamped('style.css')}",
        "script": f"{root}/staff/{stamped('desk.js')}",
        "here": request.url.path.removeprefix(root),
    }
    headers = {"Vary": "Accept-Language", "X-Robots-Tag": "noindex"}
    return HTMLResponse(render(template, **{**common, **values}), status, headers)


def missing_page(request: Request, site: Site) -> Response:
    return desk_page(request, site, "staff/missing.html", status=404)


def to(site: Site, path: str) -> Response:
    """After a form was taken: on to a page of ours."""
    return RedirectResponse(site.settings.root_path + path, 303)
