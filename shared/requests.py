"""Questions and answers over NATS services: an answer or a typed problem, never silence."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar, cast

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import ConnectionClosedError, NoRespondersError
from nats.errors import TimeoutError as NatsTimeout
from nats.micro.request import Request as Asked
from nats.micro.service import Service, ServiceConfig
from opentelemetry import trace
from opentelemetry.trace import SpanKind
from prometheus_client import Histogram
from pydantic import ValidationError

from shared import telemetry
from shared.cause import Cause
from shared.envelope import BadEnvelope, Envelope
from shared.messages import Answer, Request
from shared.problems import Away, Problem, ProblemDetails, Refused

_ERROR: Final = "Nats-Service-Error-Code"
_RETRY: Final = 0.1
_ABSENT: Final = 2.0
"""Seconds to look for somebody who answers: as long as a restart of a service takes, about."""

ANSWERED: Final = Histogram(
    "mesh_request_seconds", "How long a request took its owner", ["subject", "status"]
)

A = TypeVar("A", bound=Answer)
R = TypeVar("R", bound=Request[Any])
Verb = Callable[[R, Cause], Awaitable[Answer]]
log = structlog.get_logger(__name__)
tracer = trace.get_tracer(__name__)


class BadRequest(Problem, code="bad-request", status=422, title="The request cannot be understood"):
    """A request whose body does not fit its class."""


class Asking(Protocol):
    """The part of the bus that asks: all that most of its users need of it."""

    async def ask(self, request: Request[A], cause: Cause, *, within: float = 5.0) -> A:
        """Ask the owner; see `ask` below for what is raised."""
        ...


class Answers:
    """What this process answers: one NATS service, an endpoint for each request."""

    def __init__(self, name: str, version: str, http: str) -> None:
        self._config = ServiceConfig(name=name, version=version, metadata={"http": http})
        self._verbs: list[tuple[type[Request[Any]], Verb[Request[Any]]]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._service: Service | None = None

    def add(self, request: type[R], verb: Verb[R]) -> None:
        """Say which verb answers which request, before the start."""
        self._verbs.append((request, cast("Verb[Request[Any]]", verb)))

    async def start(self, connection: Client) -> None:
        """Be found and asked. Even a process that answers nothing is found, as part of the mesh."""
        self._service = Service(connection, self._config)
        await self._service.start()
        for request, verb in self._verbs:
            await self._service.add_endpoint(
                name=str(request.subject).replace(".", "-"),
                subject=str(request.subject),
                handler=self._handler(request, verb),
            )

    async def stop(self) -> None:
        """Take no more, and finish what was begun."""
        if self._service is not None:
            await self._service.stop()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)

    def _handler(
        self, request: type[Request[Any]], verb: Verb[Request[Any]]
    ) -> Callable[[Asked], Awaitable[None]]:
        async def handle(asked: Asked) -> None:
            # An endpoint takes one request at a time; a task each keeps a slow one from the others.
            task = asyncio.create_task(_answer(asked, request, verb))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        return handle


async def _answer(asked: Asked, request: type[Request[Any]], verb: Verb[Request[Any]]) -> None:
    parent = telemetry.read(asked.headers or {})
    subject = str(request.subject)
    started = asyncio.get_running_loop().time()
    with tracer.start_as_current_span(f"answer {subject}", context=parent, kind=SpanKind.SERVER):
        try:
            envelope = Envelope.read(asked.headers or {})
            structlog.contextvars.bind_contextvars(correlation=str(envelope.correlation))
            cause = _awaited(envelope.cause())
            answer = await verb(request.model_validate_json(asked.data), cause)
            status = 200
            await asked.respond(answer.model_dump_json().encode())
        except Exception as error:  # noqa: BLE001  # whatever it is, the one who asks hears of it
            problem = _problem(error)
            status = problem.status
            body = problem.details().model_dump_json().encode()
            await asked.respond_error(str(status), problem.code, data=body)
    ANSWERED.labels(subject, status).observe(asyncio.get_running_loop().time() - started)


def _awaited(cause: Cause) -> Cause:
    """Refuse (`Away`) what nobody waits for any more, as a process finds that was frozen."""
    if cause.late:
        raise Away("whoever asked this waits no longer")
    return cause


def _problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, ValidationError):
        errors = [
            {"pointer": "".join(f"/{part}" for part in found["loc"]), "detail": found["msg"]}
            for found in error.errors(include_input=False, include_url=False)
        ]
        return BadRequest(errors=errors)
    if isinstance(error, BadEnvelope):
        return BadRequest(str(error))
    log.error("request failed", exc_info=error)
    return Problem("The error is in the log of the service that was asked.")


async def ask(
    connection: Client, request: Request[A], cause: Cause, *, source: str, within: float = 5.0
) -> A:
    """Ask the owner and wait for the answer, at most `within` seconds.

    Raises `Refused` with the owner's problem, or `Away` when nobody answers in time: then it will
    not be done later either (`Cause.until`), though it may have been done. Nobody being there at
    all is tried again for a moment: requests are reads or may be repeated.
    """
    with tracer.start_as_current_span(f"ask {request.subject}", kind=SpanKind.CLIENT):
        until = datetime.now(UTC) + timedelta(seconds=within)
        if cause.until is not None:
            until = min(until, cause.until)
        envelope = Envelope.seal(request, cause, source=source)
        headers = replace(envelope, until=until).headers()
        headers.pop("Nats-Msg-Id")
        reply = await _reply(connection, request, headers, within)
    if reply.headers and _ERROR in reply.headers:
        raise _refusal(reply.data, reply.headers)
    return cast("A", request.answer.model_validate_json(reply.data))


async def _reply(
    connection: Client, request: Request[A], headers: dict[str, str], within: float
) -> Msg:
    subject, body = str(request.subject), request.model_dump_json().encode()
    loop = asyncio.get_running_loop()
    patience = loop.time() + min(within, _ABSENT)
    while True:
        try:
            return await connection.request(subject, body, timeout=within, headers=headers)
        except NoRespondersError as nobody:
            if loop.time() > patience:
                raise Away(f"nobody answers {subject} just now") from nobody
            await asyncio.sleep(_RETRY)
        except (NatsTimeout, TimeoutError) as late:
            raise Away(f"{subject} was not answered within {within:g} s") from late
        except (ConnectionClosedError, ConnectionError) as gone:
            raise Away("the broker cannot be reached") from gone


def _refusal(body: bytes, headers: dict[str, str]) -> Problem:
    try:
        details = ProblemDetails.model_validate_json(body)
    except ValidationError:
        return Away(f"the answer was an error that cannot be read: {headers[_ERROR]}")
    return Away(details.detail) if details.status == Away.status else Refused(details)
