"""The application: middleware around, routes inside."""

import asyncio

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

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


def build(app: FastAPI, gateway: Gateway, draining: asyncio.Event, origins: list[str]) -> FastAPI:
    """Put routes and middleware on an application; `RequestMiddleware` is outermost."""
    app.state.gateway = gateway
    app.state.draining = draining
    app.dependency_overrides[may_scrape] = administrator
    for family in _FAMILIES:
        app.include_router(family.router)
    speak_problems(app)
    openapi.describe(app)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=[
                "Authorization",
                "Content-Type",
                "Idempotency-Key",
                "Range",
                CORRELATION,
            ],
            expose_headers=_EXPOSED,
            max_age=600,
        )
    app.add_middleware(
        RequestMiddleware,
        body_bytes=gateway.limits.body_bytes,
        body_seconds=gateway.limits.silence_seconds,
        streamed=frozenset({documents.UPLOAD}),
    )
    return app
