"""The one script tag that puts the conversation on another site. Where no site is on the list there is no script."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from web.markup import static
from web.policies import EMBED
from web.site import Site


def embed_router(site: Site) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    if site.settings.embedding_sites:

        @router.get(EMBED)
        def script(request: Request) -> Response:
            return static("embed.js", "text/javascript", request)

    return router
