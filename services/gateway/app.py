"""The application: layers around, routes inside."""

import asyncio

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from services.gateway import openapi
from services.gateway.admin import contracts, dead_letters, events, health
from services.gateway.house import House, administrator
from services.gateway.http import CORRELATION, Desk, speak_problems
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


def build(app: FastAPI, house: House, draining: asyncio.Event, origins: list[str]) -> FastAPI:
    """Put routes and layers on an application; `Desk` is outermost."""
    app.state.house = house
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
        Desk, body_bytes=house.limits.body_bytes, streamed=frozenset({documents.UPLOAD})
    )
    return app
