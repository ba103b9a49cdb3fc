"""What `/openapi.json` says beside the routes: problems, examples, and who this is."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.gateway.http import MEDIA_TYPE
from shared.problems import TYPE_PREFIX

_REFERENCE: Final = {"$ref": "#/components/schemas/Problem"}
_WHEN: Final = {
    400: ("broken-form", "The multipart body is broken"),
    401: ("not-signed-in", "Sign in to do this"),
    403: ("not-allowed", "You may not do this"),
    404: ("not-found", "There is no such thing"),
    408: ("too-slow", "No data came for too long"),
    409: ("conflict", "It cannot be done as things stand"),
    413: ("too-large", "The body is too large"),
    415: ("no-form", "The body is not a multipart form"),
    416: ("bad-range", "The range lies outside the file"),
    422: ("invalid", "The request is not valid"),
    429: ("too-many-requests", "Too many requests; wait a moment"),
    502: ("ticket-refused", "The object store did not honour the ticket"),
    503: ("unavailable", "A part of the mesh cannot be reached; try again in a moment"),
}
_HEADERS: Final = {
    401: ("WWW-Authenticate", "How to sign in."),
    409: ("Retry-After", "Seconds to wait, where waiting helps."),
    429: ("Retry-After", "Seconds to wait."),
    503: ("Retry-After", "Seconds to wait."),
}
_PROBLEM: Final = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457). `type` is stable; `detail` says what to do.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "errors": {
            "description": "Where a value is missing or wrong, as JSON pointers.",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string"},
                    "in": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}

Responses = dict[int | str, dict[str, Any]]


def problems(*statuses: int) -> Responses:
    """Declare the problems that a route may answer with."""
    return {status: _declared(status) for status in statuses}


def shown(example: object, description: str = "") -> dict[str, Any]:
    """Declare an answer by an example."""
    answer: dict[str, Any] = {"content": {"application/json": {"example": example}}}
    return {**answer, "description": description} if description else answer


def describe(app: FastAPI) -> None:
    """Write the document once, when it is first asked for."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's own manual does


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title="studymesh",
        version="1",
        summary="Documents in; answers with exact sources, quizzes and live news out.",
        description=(
            "Errors are `application/problem+json`. Lists answer `{items, next_cursor}`. "
            "Times are RFC 3339 in UTC. Text offsets count Unicode code points. "
            "Live news come over the WebSocket `/api/v1/ws` (see `POST /api/v1/ws/tickets`), or as "
            "server-sent events from `/api/v1/events`."
        ),
        routes=app.routes,
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document


def _declared(status: int) -> dict[str, Any]:
    code, title = _WHEN[status]
    example = {"type": TYPE_PREFIX + code, "title": title, "status": status, "detail": title + "."}
    declared: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": _REFERENCE, "example": example}},
    }
    if status in _HEADERS:
        name, why = _HEADERS[status]
        declared["headers"] = {name: {"description": why, "schema": {"type": "string"}}}
    return declared


ALWAYS: Final = problems(401, 422, 429, 503)
"""What every route of somebody signed in may answer."""
PUBLIC: Final = problems(422, 429, 503)
"""What every other route may answer."""
