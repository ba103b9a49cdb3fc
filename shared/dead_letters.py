"""Messages that could not be handled, kept aside with the reason, under their listener's name."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final, Protocol

DEAD: Final = "DEAD"
"""The stream that keeps them."""

_VARIABLE: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|0x[0-9a-f]+|\d+", re.IGNORECASE)


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

    @property
    def fingerprint(self) -> str:
        """The same for failures that differ in ids and numbers only, so that they group."""
        return hashlib.sha256(
            f"{self.code}:{_VARIABLE.sub('#', self.detail)}".encode()
        ).hexdigest()[:16]

    @classmethod
    def of(cls, error: BaseException, attempts: int = 0) -> "Reason":
        """Name an error by its class; problems have a code of their own."""
        code = getattr(error, "code", "") or type(error).__name__
        return cls(code=str(code), detail=str(error) or repr(error), attempts=attempts)


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
        dead = headers | {
            "Nats-Msg-Id": f"{durable}:{identity}:{generation}:{reason.attempts}",
            "dead-durable": durable,
            "dead-code": reason.code,
            "dead-detail": _one_line(reason.detail),
            "dead-pointer": reason.pointer,
            "dead-attempts": str(reason.attempts),
            "dead-fingerprint": reason.fingerprint,
        }
        await self._broker.publish_stored(f"dead.{durable}", body, dead, stream=DEAD)


def _one_line(detail: str) -> str:
    return " ".join(detail.split())[:500]
