"""The front door: settings → pages → one FastAPI app → one server."""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, nullcontext, suppress
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("GRADIO_RUN_HISTORY", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from ingest.pipeline import stale
from vectorstore.dense import DamagedIndex
from vectorstore.encoder import EncoderUnavailable
from vectorstore.generation import IndexMismatch, NoIndex
from vectorstore.settings import BadSettings
from vectorstore.threads import one_thread_for_products
from web import accounts
from web.answering import LISTENING
from web.api import api_router, badly_typed
from web.chat import build_page, rewrite_html, theme
from web.completions import completions_router
from web.database import OUT_OF_REACH, RecordsUnavailable
from web.desk import Behind
from web.edge import Edge
from web.embed import embed_router
from web.login import Login, signing_key
from web.logs import expire_access_log, keep_access_log, log_failure, new_number, set_up_logs
from web.maintain.app import maintain_app
from web.maintain.desk import forget_expired_questions
from web.reader import reader_router
from web.records import Records
from web.serving import Serving
from web.settings import WebSettings
from web.signin import sign_in_page, signin_router
from web.site import Site
from web.staff.app import staff_app
from web.users import FIRST, Role, Users, new_password

if TYPE_CHECKING:
    from web.mcp import Door

DONE, USAGE, MISMATCH, OBJECTED = 0, 2, 4, 5
QUEUED = 64  # questions that wait; who comes after is asked to come back
AT_ONCE = 8  # questions answered at a time from the page
CONNECTIONS = 1_000
BACKLOG = 512  # connections that arrive while all hands are full
DAY = 24 * 3600
SETTLED = 15.0  # seconds after a start, or a switch, until the index is asked its acceptance questions
MCP_MADE_FOR = "2."
LOOK = 2.0  # seconds between two looks at CURRENT


def main(arguments: Sequence[str] | None = None) -> int:
    options = vars(_parser().parse_args(arguments))
    user = {name: options.pop(name, None) for name in ("command", "act", "name", "role")}
    set_up_logs()
    one_thread_for_products()
    try:
        settings = WebSettings.read(**options)
        if user.pop("command"):
            return accounts.run(settings, **user)
        keep_access_log(settings.access_log)
        with _listening(settings) as listener:
            return _serve(settings, listener)
    except (BadSettings, NoIndex, EncoderUnavailable, RecordsUnavailable, CannotListen, McpUnavailable) as problem:
        return _say(problem, USAGE)
    except IndexMismatch as problem:
        return _say(problem, MISMATCH)
    except DamagedIndex as problem:
        return _say(problem, OBJECTED)


def _serve(settings: WebSettings, listener: socket.socket) -> int:
    """Until told to stop. The port is ours already; what cannot be opened is said before a visitor could come."""
    serving = Serving.open(settings)
    records = Records.open(settings.records_database)
    try:
        site = Site(serving.assistant, records, settings, Users(records.database))
        _first_user(site)
        app = build_app(site, follow=serving.follow)
        uvicorn.Server(_server_config(app)).run(sockets=[listener])
    finally:
        records.close()
        serving.close()
    return DONE


def _first_user(site: Site) -> None:
    """Somebody must be able to log in before other machines can reach the port. Raises CannotListen."""
    try:
        if site.users.any():
            return
        if site.settings.beyond_loopback:
            raise CannotListen(
                f"监听 {site.settings.host} 会让别的机器也能打开登录页，需要先建立账号："
                "python app.py user add 名字 --role maintainer"
            )
        password = new_password()
        site.users.add(FIRST, "maintainer", password)
    except OUT_OF_REACH as problem:  # then nobody can log in, and there is no harm
        log_failure(problem, new_number(), "first user")
        return
    print(f"已建立维护人员账号 {FIRST}，口令 {password}（只显示这一次；改口令：python app.py user passwd {FIRST}）")


class CannotListen(Exception):
    """The address asked for cannot be used."""


class McpUnavailable(Exception):
    """QA_MCP is set, and its library is missing or is another than the one that the door was made for."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python app.py", description="打开问答网页。其余设置见 docs/运维.md。")
    parser.add_argument("--host", help="监听地址（QA_HOST）")
    parser.add_argument("--port", type=int, help="监听端口（QA_PORT）")
    parser.add_argument("--data", help="索引所在的文件夹（QA_DATA）")
    accounts.add_commands(parser)
    return parser


def _say(problem: Exception, code: int) -> int:
    print(problem, file=sys.stderr)
    return code


def _listening(settings: WebSettings) -> socket.socket:
    """The port, ours from now on. Raises CannotListen."""
    if settings.beyond_loopback and not settings.hosts:
        raise CannotListen(
            f"监听 {settings.host} 会让别的机器也能打开本站，需要先写明对外的域名，例如 QA_HOSTS=qa.example.cn（多个用逗号隔开）。"
            "对公众开放时，请在前面放一个提供 HTTPS 的代理，做法见 docs/运维.md。只在本机使用，请去掉 QA_HOST。"
        )
    host = settings.host.strip("[]")
    with ExitStack() as undo:
        try:
            family = socket.getaddrinfo(host, settings.port, type=socket.SOCK_STREAM)[0][0]
            listener = undo.enter_context(socket.socket(family, socket.SOCK_STREAM))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, settings.port))
            listener.listen(BACKLOG)
        except OSError as problem:
            raise CannotListen(
                f"无法监听 {settings.host}:{settings.port}：{problem.strerror}。"
                "可能已有一个程序在用这个端口，请换一个，例如：python app.py --port 7861"
            ) from None
        undo.pop_all()
        return listener


def build_app(site: Site, follow: Callable[[], str] | None = None, *, rounds: bool = True) -> Edge:
    """The whole app behind its edge. follow takes up a newer index; it is called every few seconds. rounds: also what is done
    now and then beside answering (warming up, deleting what is old, asking the acceptance questions).
    """
    settings = site.settings
    mcp = _mcp_door(site) if settings.mcp else None
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan(site, follow, mcp, rounds))
    app.add_middleware(CORSMiddleware, allow_origins=[])  # with this one in place Gradio adds none of its own
    app.add_exception_handler(RequestValidationError, badly_typed)
    app.include_router(api_router(site))
    if mcp:
        app.router.routes.append(mcp.route)
    app.include_router(completions_router(site))
    app.include_router(reader_router(site))
    app.include_router(embed_router(site))
    login = Login(site.users, signing_key(settings.data))
    app.include_router(signin_router(site, login))
    desks: tuple[tuple[str, FastAPI, Role], ...] = (
        ("/staff", staff_app(site), "staff"),
        ("/maintain", maintain_app(site), "maintainer"),
    )
    for path, desk, role in desks:
        app.add_route(path, partial(_with_slash, path=f"{settings.root_path}{path}/"))
        app.mount(path, Behind(desk, role))
    page = build_page(site)
    page.queue(
        max_size=QUEUED,
        default_concurrency_limit=AT_ONCE if site.assistant().model is None else LISTENING,
        api_open=False,
    )
    mounted: ASGIApp = gr.mount_gradio_app(
        app,
        page,
        "/",
        root_path=settings.root_path or None,
        theme=theme(),
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=1,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
    )
    asking = frozenset(number for number, event in page.fns.items() if str(event.api_name).startswith("asked"))
    return Edge(
        mounted, settings, rewrite=rewrite_html, asking=asking, login=login, sign_in=partial(sign_in_page, site)
    )


def _with_slash(request: Request, path: str) -> RedirectResponse:
    """/staff -> /staff/: a mount answers only below its path."""
    return RedirectResponse(path, 308)


def _mcp_door(site: Site) -> Door:
    """Raises McpUnavailable."""
    try:
        found = version("mcp")
    except PackageNotFoundError:
        found = ""
    try:
        if found.startswith(MCP_MADE_FOR):
            from web.mcp import Door

            return Door(site)
    except ImportError:  # of something beneath it
        pass
    has = f"现有 mcp {found}" if found else "没有安装"
    raise McpUnavailable(
        f"设置了 QA_MCP，但它要用的程序库不合（{has}）。请运行 .venv/bin/pip install -r requirements-mcp.txt；"
        "不用 MCP 的话，去掉 QA_MCP。"
    )


def _lifespan(
    site: Site, follow: Callable[[], str] | None, mcp: Door | None, rounds: bool
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        print(f"请在浏览器打开 {_address(site.settings)}", flush=True)
        beside = (_warm_up, _daily, _say_when_stale, _self_test) if rounds else ()
        tasks = [asyncio.create_task(task(site)) for task in beside]
        tasks += [asyncio.create_task(_follow(follow))] if follow else []
        async with mcp.running() if mcp else nullcontext():
            yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return lifespan


def _address(settings: WebSettings) -> str:
    host = settings.host if settings.host not in ("0.0.0.0", "::") else "127.0.0.1"
    here = settings.site_url or f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    return here + settings.root_path


async def _warm_up(site: Site) -> None:
    """So that no visitor waits for what is loaded once. The page is up meanwhile."""
    try:
        await run_in_threadpool(site.assistant().warm)
    except Exception as problem:
        log_failure(problem, new_number(), "warm-up")


async def _follow(follow: Callable[[], str]) -> None:
    """After an ingest has switched, so does this."""
    while True:
        await asyncio.sleep(LOOK)
        try:
            if name := await run_in_threadpool(follow):
                print(f"已换用新索引 {name}", flush=True)
        except Exception as problem:  # the index that serves goes on serving
            log_failure(problem, new_number(), "follow")


async def _self_test(site: Site) -> None:
    """Each index is asked its acceptance questions once it has settled."""
    while True:
        await asyncio.sleep(SETTLED)
        try:
            generation, settings = site.assistant().generation, site.settings
            await run_in_threadpool(site.self_test.run, generation, settings.encoder, settings.documents)
        except Exception as problem:  # then the page shows no score
            log_failure(problem, new_number(), "self-test")


async def _daily(site: Site) -> None:
    """Records, the comparison that asked their questions, and visits older than promised go, every day: each also when
    another cannot.
    """
    settings, now = site.settings, datetime.now
    while True:
        for expire in (
            lambda: site.records.expire(settings.retention_days, now(UTC)),
            lambda: forget_expired_questions(settings.data, site.records),
            lambda: expire_access_log(settings.access_log, now().date()),
        ):
            try:
                await run_in_threadpool(expire)
            except OUT_OF_REACH as problem:
                log_failure(problem, new_number(), "expire")
        await asyncio.sleep(DAY)


async def _say_when_stale(site: Site) -> None:
    """Aside, since it reads every file of the folder."""
    settings = site.settings
    try:
        if await run_in_threadpool(stale, settings.documents, settings.data, settings.passage_chars):
            print("文件夹里的文件比索引新。要更新索引，请运行：python -m ingest", flush=True)
    except Exception as problem:
        log_failure(problem, new_number(), "stale")


def _server_config(app: ASGIApp) -> uvicorn.Config:
    """One process. Addresses, headers and the log are the edge's business."""
    return uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=10,
        limit_concurrency=CONNECTIONS,
        h11_max_incomplete_event_size=32 * 1024,
        ws="none",
    )


if __name__ == "__main__":
    sys.exit(main())
