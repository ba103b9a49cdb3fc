"""Inbox and outbox inside a transaction: what was heard counts once, what is said commits along."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from shared.cause import Delivery, Lease
from shared.connections import Session

# In one order everywhere, so that two who take several of the same never wait for each other.
_TAKE: Final = text("""
    INSERT INTO inbox (durable, message_id, generation)
    SELECT * FROM unnest(CAST(:durables AS text[]), CAST(:ids AS text[]),
                         CAST(:generations AS integer[])) AS heard (durable, id, generation)
    ORDER BY durable, id, generation
    ON CONFLICT DO NOTHING RETURNING durable, message_id, generation""")
_PUT: Final = text("""
    INSERT INTO outbox (message_id, address, headers, body)
    SELECT id, address, CAST(headers AS jsonb), body
    FROM unnest(CAST(:ids AS uuid[]), CAST(:addresses AS text[]), CAST(:headers AS text[]),
                CAST(:bodies AS text[])) AS said (id, address, headers, body)""")
# Until the transaction ends nobody can take the turn over; a beat that comes meanwhile waits.
_HOLD: Final = text("SELECT 1 FROM turns WHERE id = :turn AND lease = :token FOR SHARE")


class AlreadyHandled(Exception):
    """This listener has handled this message before; nothing was changed."""


class LostTurn(AlreadyHandled):
    """The turn is another's now, or was withdrawn; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message as it goes into the outbox."""

    message_id: str
    address: str
    headers: dict[str, str]
    body: str


async def take(connection: Session, heard: Collection[Delivery]) -> set[Delivery]:
    """Take messages into the inbox; answers those that were not there before."""
    taken = await connection.execute(
        _TAKE,
        {
            "durables": [delivery.durable for delivery in heard],
            "ids": [delivery.message_id for delivery in heard],
            "generations": [delivery.generation for delivery in heard],
        },
    )
    keys = {tuple(row) for row in taken}
    return {one for one in heard if (one.durable, one.message_id, one.generation) in keys}


async def put(connection: Session, said: Sequence[Said]) -> None:
    """Write messages into the outbox, in the order in which they were said."""
    await connection.execute(
        _PUT,
        {
            "ids": [one.message_id for one in said],
            "addresses": [one.address for one in said],
            "headers": [json.dumps(one.headers) for one in said],
            "bodies": [one.body for one in said],
        },
    )


async def still_hold(connection: Session, lease: Lease) -> None:
    """Raise `LostTurn` unless the turn is ours until the transaction ends."""
    held = await connection.execute(_HOLD, {"turn": lease.turn, "token": lease.token})
    if held.first() is None:
        raise LostTurn(f"turn {lease.turn} is not ours any more")
