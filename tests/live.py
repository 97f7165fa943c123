"""The real site on a port of this machine, in a thread."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import uvicorn

from app import build_app
from web.site import Site


@contextmanager
def live(site: Site) -> Iterator[int]:
    """Serves until the block ends; gives the port."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        port = listener.getsockname()[1]
        ready, servers = threading.Event(), []

        async def run() -> None:
            # Built where it is served: Gradio ties its locks to the running event loop.
            app = build_app(replace(site, settings=site.settings.model_copy(update={"port": port})))
            server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=2))
            servers.append(server)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            while not server.started and not serving.done():
                await asyncio.sleep(0.02)
            ready.set()
            await serving

        thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
        thread.start()
        assert ready.wait(30)
        try:
            yield port
        finally:
            servers[0].should_exit = True
            thread.join(20)
