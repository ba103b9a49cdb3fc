"""How every answer leaves: problems as RFC 9457 says, ids, safe headers, one line in the log."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from time import perf_counter
from typing import Final
from uuid import UUID

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.model import Allowance, Invalid
from services.gateway.patience import taken_whole
from shared import logs
from shared.cause import new_id
from shared.problems import TYPE_PREFIX, Problem, ProblemDetails
from shared.web import GONE, method_of, route_of

CORRELATION: Final = "X-Correlation-ID"
MEDIA_TYPE: Final = "application/problem+json"
_SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
_HARMLESS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_UNREADABLE: Final = {"pointer": "#", "in": "body", "detail": "This is no JSON."}

log = logs.get(__name__)


class TooMuch(
    Problem,
    code="too-large",
    status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    title="The body is too large",
):
    """More bytes than a request of this kind may have."""


class TwoLengths(
    Problem,
    code="two-lengths",
    status=HTTPStatus.BAD_REQUEST,
    title="It is not certain where the body ends",
):
    """A proxy between us may see another request behind this one (RFC 9112, 6.1)."""


class ProblemResponse(JSONResponse):
    """A problem on its way out."""

    media_type = MEDIA_TYPE

    def __init__(self, details: ProblemDetails, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(
            details.model_dump(mode="json"), status_code=details.status, headers=headers
        )


def respond(problem: Problem) -> ProblemResponse:
    """Turn a problem into a response, with the headers that go with it."""
    headers: dict[str, str] = {}
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="studymesh"'
    retry = problem.members.get("retry_after")
    if retry is None and problem.status in {503, 429}:
        retry = 1
    if retry is None and problem.status == HTTPStatus.CONFLICT and "idempotency" in problem.code:
        retry = 1
    if retry is not None:
        headers["Retry-After"] = str(retry)
    if isinstance(problem, TwoLengths):
        headers["Connection"] = "close"
    if problem.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        headers["Content-Range"] = f"bytes */{problem.members.get('size', '*')}"
    return ProblemResponse(problem.details(), headers)


def speak_problems(app: FastAPI) -> None:
    """Answer every error of the application as a problem."""

    async def problem(_: Request, error: Exception) -> ProblemResponse:
        return respond(error if isinstance(error, Problem) else Problem())

    async def invalid(_: Request, error: Exception) -> ProblemResponse:
        found = error.errors() if isinstance(error, RequestValidationError) else []
        return respond(Invalid("See `errors`.", errors=[_pointed(one) for one in found]))

    async def refused(request: Request, error: Exception) -> ProblemResponse:
        known = error if isinstance(error, HTTPException) else HTTPException(500)
        if known.status_code == HTTPStatus.BAD_REQUEST:
            return respond(Invalid("The body cannot be read.", errors=[_UNREADABLE]))
        if known.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            return ProblemResponse(_plain(known), {"Allow": _allowed(app, request.scope)})
        return ProblemResponse(_plain(known), known.headers)

    app.add_exception_handler(Problem, problem)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, refused)


def _allowed(app: FastAPI, scope: Scope) -> str:
    """Name every method of an address; the framework names those of one of its routes only."""
    methods = {
        method.upper()
        for template, asked in app.openapi()["paths"].items()
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), scope["path"])
        for method in asked
    }
    return ", ".join(sorted(methods)) or "GET"


def _plain(error: HTTPException) -> ProblemDetails:
    status = HTTPStatus(error.status_code)
    code = status.phrase.lower().replace(" ", "-")
    advice = {
        HTTPStatus.NOT_FOUND: "There is nothing at this address; /docs lists what there is.",
        HTTPStatus.METHOD_NOT_ALLOWED: "The address is right, the method is not; see `Allow`.",
    }.get(status, str(error.detail))
    return ProblemDetails(
        type=TYPE_PREFIX + code, title=status.phrase, status=status, detail=advice
    )


def _pointed(found: Mapping[str, object]) -> dict[str, str]:
    location = found.get("loc")
    place, *path = location if isinstance(location, tuple) else ("body",)
    if found.get("type") == "json_invalid":
        return _UNREADABLE
    pointer = "#" + "".join(f"/{part}" for part in path)
    return {"pointer": pointer, "in": str(place), "detail": _said(found)}


def _said(found: Mapping[str, object]) -> str:
    """Say it of characters where a text is meant: the framework speaks of a value's items."""
    context = found.get("ctx")
    if not isinstance(context, Mapping) or context.get("field_type") != "Value":
        return str(found.get("msg"))
    if found.get("type") == "too_short":
        return f"At least {context['min_length']} characters are needed."
    return f"At most {context['max_length']} characters are taken."


def _as_it_is(app: ASGIApp) -> ASGIApp:
    return app


@dataclass(slots=True)
class RequestMiddleware:
    """The outermost layer (ASGI): ids, limits of bodies, problems for errors, a line in the log."""

    app: ASGIApp
    body_bytes: int
    body_seconds: float
    streamed: frozenset[str] = frozenset()
    """Paths whose bodies are counted by their routes, since files may come there."""
    opened: Callable[[ASGIApp], ASGIApp] = _as_it_is
    """Lets pages of other origins read an answer that no route gave."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or hand on what is none."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        state = scope.setdefault("state", {})
        state["correlation"] = correlation = _correlation(headers.get(CORRELATION))
        answer = _Answer(send, scope, correlation)
        with logs.about(correlation=str(correlation)):
            try:
                await self._serve(scope, receive, answer, headers)
            finally:
                answer.finish()

    async def _serve(
        self, scope: Scope, receive: Receive, answer: "_Answer", headers: Headers
    ) -> None:
        try:
            await self.app(scope, await self._admitted(scope, receive, headers), answer)
        except ClientDisconnect:
            answer.status = answer.status or GONE
        except Problem as problem:
            await self._instead(problem, scope, receive, answer)
        except Exception:
            log.exception("request failed")
            ours = Problem("The error is in the log, under the id of this answer.")
            await self._instead(ours, scope, receive, answer)

    async def _admitted(self, scope: Scope, receive: Receive, headers: Headers) -> Receive:
        """Refuse what is too large, and what changes something when nobody waits for it."""
        if "transfer-encoding" in headers and "content-length" in headers:
            raise TwoLengths("Send Content-Length or Transfer-Encoding, not both.")
        if scope["path"] in self.streamed:
            return receive
        if _announced(headers) > self.body_bytes:
            raise TooMuch(f"At most {self.body_bytes} bytes.")
        limited = _limited(receive, self.body_bytes)
        if scope["method"] in _HARMLESS:
            return limited
        return await taken_whole(Request(scope, limited), self.body_seconds)

    async def _instead(
        self, problem: Problem, scope: Scope, receive: Receive, answer: "_Answer"
    ) -> None:
        if answer.status:
            # The answer has begun: break it off, so that nobody takes half of it for all.
            raise problem
        refusal: ASGIApp = respond(problem)
        # A preflight that we refuse may not be answered as if it were allowed.
        opened = refusal if scope["method"] == "OPTIONS" else self.opened(refusal)
        await opened(scope, receive, answer)


@dataclass(slots=True)
class _Answer:
    """Sends an answer with the headers that every answer has."""

    send: Send
    scope: Scope
    correlation: UUID
    status: int = 0
    started: float = field(default_factory=perf_counter)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers[CORRELATION] = str(self.correlation)
            for name, value in _SAFE.items():
                headers.setdefault(name, value)
            allowance: Allowance | None = self.scope["state"].get("allowance")
            if allowance is not None:
                headers["RateLimit-Limit"] = f"{allowance.holds:g}"
                headers["RateLimit-Remaining"] = str(max(0, int(allowance.left)))
                headers["RateLimit-Reset"] = f"{allowance.seconds:g}"
        await self.send(message)

    def finish(self) -> None:
        actor = self.scope["state"].get("actor")
        log.info(
            "served",
            method=method_of(self.scope),
            route=route_of(self.scope),
            status=self.status or 500,
            ms=round((perf_counter() - self.started) * 1_000, 1),
            actor=str(actor) if actor else None,
        )


def _correlation(given: str | None) -> UUID:
    try:
        return UUID(given) if given else new_id()
    except ValueError:
        return new_id()


def _announced(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isdecimal() else 0


def _limited(receive: Receive, limit: int) -> Receive:
    """Stop a body that goes on beyond what it may, announced or not."""
    taken = 0

    async def take() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise TooMuch(f"At most {limit} bytes.")
        return message

    return take
