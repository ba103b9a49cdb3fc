"""One-use tickets for the WebSocket, in a bucket that every replica sees."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from time import time
from typing import Final
from uuid import UUID

import nats.errors
from nats.js.errors import BadRequestError, KeyNotFoundError
from nats.js.errors import Error as JetStreamError
from nats.js.kv import KeyValue
from pydantic import BaseModel

from services.gateway.model import Caller
from shared.bus import Bus
from shared.problems import Away

BUCKET: Final = "ws-tickets"
LIFE: Final = 30


class _Pass(BaseModel):
    """What is kept under a ticket's hash; the ticket itself is kept nowhere."""

    user: UUID
    session: UUID
    role: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class NatsPasses:
    """Tickets in a key-value bucket of the broker."""

    bus: Bus
    clock: Callable[[], float] = time

    async def issue(self, caller: Caller) -> str:
        """Make a ticket for somebody."""
        ticket = secrets.token_urlsafe(32)
        kept = _Pass(
            user=caller.user,
            session=caller.session,
            role=caller.role,
            expires_at=self.clock() + LIFE,
        )
        try:
            bucket = await self._bucket()
            await bucket.put(_key(ticket), kept.model_dump_json().encode())
        except (nats.errors.Error, JetStreamError, TimeoutError) as gone:
            raise Away("No ticket can be made just now.") from gone
        return ticket

    async def redeem(self, ticket: str) -> Caller | None:
        """Use a ticket up. Of two who try, the broker lets one delete it."""
        try:
            bucket = await self._bucket()
            entry = await bucket.get(_key(ticket))
            await bucket.delete(_key(ticket), last=entry.revision)
        except (KeyNotFoundError, BadRequestError):
            # Never made, or somebody else deleted it first: ours is not the last revision.
            return None
        except (nats.errors.Error, JetStreamError, TimeoutError) as gone:
            raise Away("No ticket can be checked just now.") from gone
        kept = _Pass.model_validate_json(entry.value or b"")
        if kept.expires_at < self.clock():
            return None
        return Caller(kept.user, kept.session, kept.role)

    async def _bucket(self) -> KeyValue:
        return await self.bus.jetstream.key_value(BUCKET)


def _key(ticket: str) -> str:
    return sha256(ticket.encode()).hexdigest()
