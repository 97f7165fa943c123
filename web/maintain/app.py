"""The maintainers' pages."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from web.desk import desk_page
from web.site import Site


def maintain_app(site: Site) -> FastAPI:
    """To be mounted at /maintain, behind the edge and Behind."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/")
    def home(request: Request) -> Response:
        return desk_page(request, site, "maintain/home.html")

    return app
