"""Messages that could not be handled, kept aside with the reason, under their listener's name."""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Final, Protocol

from shared.legible import plain
from shared.problems import Problem

DEAD: Final = "DEAD"
"""The stream that keeps them."""

SAID_AGAIN: Final = "mesh-said-again"
"""The header of what is said again to one listener alone: how often it was, this one included."""

_VARIABLE: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|0x[0-9a-f]+|\d+", re.IGNORECASE)

_UNREADABLE: Final = frozenset({"bad-envelope", "bad-body"})
_PASSING: Final = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.LOCKED,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
_CONTENDED: Final = frozenset({"40001", "40P01", "55P03"})
"""SQLSTATE: not serializable, deadlock, lock not available."""


class FailureClass(StrEnum):
    """What kind of help a dead letter needs; the classes take different ways from here on."""

    SCHEMA = "schema"
    """It cannot be read: only another body helps, and it is never said again as it is."""
    TRANSIENT = "transient"
    """Trouble that passes: the same again may help, later."""
    HANDLER = "handler"
    """The listener refused it or has an error: somebody has to look."""
    KILLER = "killer"
    """It ended its process, time after time."""


class Publishes(Protocol):
    """What keeps a message: it returns only once the broker has stored it."""

    async def publish_stored(
        self, address: str, body: bytes, headers: dict[str, str], *, stream: str
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a message is dead: a stable code, a sentence, and the field where there is one."""

    code: str
    detail: str
    pointer: str = ""
    attempts: int = 0
    passing: bool = False
    """Whether the trouble may be over by itself."""

    @property
    def failure_class(self) -> FailureClass:
        """Which way it takes from here."""
        if self.code in _UNREADABLE:
            return FailureClass.SCHEMA
        if self.code == "no-outcome":
            return FailureClass.KILLER
        return FailureClass.TRANSIENT if self.passing else FailureClass.HANDLER

    @property
    def fingerprint(self) -> str:
        """The same for failures that differ in ids and numbers only, so that they group."""
        return hashlib.sha256(
            f"{self.code}:{_VARIABLE.sub('#', plain(self.detail))}".encode()
        ).hexdigest()[:16]

    @classmethod
    def of(cls, error: BaseException, attempts: int = 0) -> "Reason":
        """Name an error by its class; problems have a code of their own."""
        code = getattr(error, "code", "") or type(error).__name__
        detail = str(error) or repr(error)
        return cls(code=str(code), detail=detail, attempts=attempts, passing=_passes(error))


class DeadLetters:
    """Keeps what could not be handled; nothing is acked before it is stored here."""

    def __init__(self, broker: Publishes) -> None:
        self._broker = broker

    async def keep(
        self, durable: str, body: bytes, headers: dict[str, str], reason: Reason
    ) -> None:
        """Store a message with its own headers and the reason; repeating it stores one."""
        identity = headers.get("ce-id") or hashlib.sha256(body).hexdigest()
        generation = headers.get("mesh-generation", "0")
        said = headers.get(SAID_AGAIN, "0")
        dead = headers | {
            "Nats-Msg-Id": f"{durable}:{identity}:{generation}:{said}:{reason.attempts}",
            "dead-said": said,
            "dead-durable": durable,
            "dead-code": reason.code,
            "dead-detail": _one_line(reason.detail),
            "dead-pointer": _one_line(reason.pointer),
            "dead-attempts": str(reason.attempts),
            "dead-fingerprint": reason.fingerprint,
            "dead-class": reason.failure_class.value,
        }
        await self._broker.publish_stored(f"dead.{durable}", body, dead, stream=DEAD)


def _passes(error: BaseException) -> bool:
    """Tell trouble of others, and of the moment, from an error that is there to stay."""
    if isinstance(error, Problem):
        return error.status in _PASSING
    state = getattr(error, "sqlstate", "")
    return isinstance(error, TimeoutError | ConnectionError) or state in _CONTENDED


def _one_line(detail: str) -> str:
    return " ".join(plain(detail).split())[:500]
