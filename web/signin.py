"""The log-in page, and what its form and the log-out button do."""

from __future__ import annotations

import re
from math import ceil

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from web.limits import neighbourhood
from web.login import COOKIE, DEVICE, DEVICE_DAYS, Login, TooManyTries, needed_role
from web.markup import digits, render, stamped
from web.site import Site
from web.strings import strings_for
from web.users import LOGIN_HOURS
from web.words import say_for

HOME = "/staff/"


def sign_in_page(site: Site, language: str, back: str, said: str = "") -> str:
    """The form. said: one sentence about what just happened."""
    root, t = site.settings.root_path, strings_for(language)
    return render(
        "signin.html", say=say_for(language), t=t, settings=site.settings, root=root, back=_ours(back), said=said,
        police_code=digits(site.settings.police),
        style=f"{root}/{stamped('style.css')}",
    )  # fmt: skip


def signin_router(site: Site, login: Login) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    path = site.settings.root_path or "/"

    @router.get("/signin")
    def form(request: Request, left: str = "") -> Response:
        language = request.headers.get("accept-language", "")
        return HTMLResponse(sign_in_page(site, language, HOME, say_for(language)("已退出。") if left else ""))

    @router.post("/signin")
    async def enter(request: Request) -> Response:
        language = request.headers.get("accept-language", "")
        say = say_for(language)
        async with request.form(max_files=0, max_fields=5) as form:
            name, password, back = (str(form.get(field, "")) for field in ("name", "password", "back"))
        address = neighbourhood(request.client.host if request.client else "")
        try:
            cookies = await run_in_threadpool(login.enter, name, password, address, request.cookies)
        except TooManyTries as problem:
            minutes = ceil(problem.wait / 60)
            page = sign_in_page(site, language, back, say("试得太多了，请 {minutes} 分钟后再试。", minutes=minutes))
            return HTMLResponse(page, 429, {"Retry-After": str(ceil(problem.wait))})
        if cookies is None:
            return HTMLResponse(sign_in_page(site, language, back, say("用户名或口令不对。")), 401)
        response = RedirectResponse(site.settings.root_path + _ours(back), 303)
        secure = request.url.scheme == "https"
        response.set_cookie(
            COOKIE, cookies[0], LOGIN_HOURS * 3600, path=path, secure=secure, httponly=True, samesite="lax"
        )
        response.set_cookie(
            DEVICE, cookies[1], DEVICE_DAYS * 24 * 3600, path=path, secure=secure, httponly=True, samesite="strict"
        )
        return response

    @router.post("/signout")
    async def leave(request: Request) -> Response:
        await run_in_threadpool(login.leave, request.cookies)
        response = RedirectResponse(f"{site.settings.root_path}/signin?left=1", 303)
        response.delete_cookie(COOKIE, path=path)
        return response

    return router


def _ours(back: str) -> str:
    """A path of the desks to come back to, never another site's."""
    plain = re.fullmatch(r"/(?:staff|maintain)(?:/[^\\\x00-\x20]*)?", back)
    return back if plain and needed_role(back) else HOME
