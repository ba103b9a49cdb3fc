"""The application: middleware around, routes inside."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from services.gateway import openapi
from services.gateway.admin import contracts, dead_letters, events, health
from services.gateway.dependencies import Gateway, administrator
from services.gateway.http import CORRELATION, RequestMiddleware, speak_problems
from services.gateway.routes import (
    attempts,
    auth,
    collections,
    content,
    documents,
    links,
    live,
    notifications,
    pages,
    quizzes,
    search,
    uploads,
)
from shared.health import may_scrape

_FAMILIES = (
    auth,
    documents,
    collections,
    content,
    uploads,
    links,
    search,
    quizzes,
    attempts,
    notifications,
    live,
    health,
    dead_letters,
    events,
    contracts,
    pages,
)
_TAKEN = ["Authorization", "Content-Type", "Idempotency-Key", "Range", CORRELATION]
_EXPOSED = [
    CORRELATION,
    "ETag",
    "Content-Range",
    "Content-Disposition",
    "Retry-After",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
]


@dataclass(frozen=True, slots=True)
class Opened:
    """Lets pages of other origins call us, and read what they are answered, by CORS."""

    origins: list[str]

    def __call__(self, app: ASGIApp) -> ASGIApp:
        """Wrap an application; without origins it stays as it is."""
        if not self.origins:
            return app
        return CORSMiddleware(
            app,
            allow_origins=self.origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=_TAKEN,
            expose_headers=_EXPOSED,
            max_age=600,
        )


def build(
    app: FastAPI,
    gateway: Gateway,
    draining: asyncio.Event,
    origins: list[str],
    proxies: Sequence[str] = (),
) -> FastAPI:
    """Put routes and middleware on an application; outermost is who believes our own proxies."""
    app.state.gateway = gateway
    app.state.draining = draining
    app.dependency_overrides[may_scrape] = administrator
    for family in _FAMILIES:
        app.include_router(family.router)
    speak_problems(app)
    openapi.describe(app)
    opened = Opened(origins)
    app.add_middleware(opened)
    app.add_middleware(
        RequestMiddleware,
        body_bytes=gateway.limits.body_bytes,
        body_seconds=gateway.limits.silence_seconds,
        streamed=frozenset({documents.UPLOAD}),
        opened=opened,
    )
    if proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(proxies))
    return app
