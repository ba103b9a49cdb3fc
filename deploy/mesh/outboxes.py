"""`mesh replay --from-outbox`: a broker that lost what it kept is given it again by who said it."""

import asyncio
from collections import Counter
from datetime import datetime
from typing import Final

import asyncpg
from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from deploy.backup import outbox
from deploy.backup.cut import connected
from deploy.backup.take import databases
from deploy.mesh.access import local_mesh
from deploy.mesh.commands import Console
from deploy.provision import Provision
from shared.problems import Away

AT_ONCE: Final = 5_000
"""So many of a service wait again at once; what is new waits behind no more."""

_LOOK: Final = 0.1
_RETRY: Final = 1.0
_STUCK: Final = 60.0
"""Seconds without progress after which it is told where it stands, and ended."""


async def replay(console: Console, since_when: datetime | None) -> None:
    """Make streams and places that are missing, then have all outboxes said again."""
    mesh = local_mesh()
    told = mesh.provision()
    console.access.require(told.nats_url)
    made = Counter(line.split()[1] for line in await _made(told) if line.startswith("+ "))
    if not console.as_json:
        console.tell(
            "Made: " + (", ".join(f"{n} {what}s" for what, n in made.items()) or "nothing")
        )
    said = 0
    for name in databases(mesh):
        async with connected(told.postgres_url, name) as connection:
            said += await _say_all_again(console, name, connection, since_when)
    console.show(
        {"made": dict(made), "said_again": said},
        f"{said} messages are with the broker again; who has handled one ignores it.",
    )


async def _made(told: Provision) -> list[str]:
    """Make what is missing; of brokers that only just came up nobody leads for a moment."""
    loop = asyncio.get_running_loop()
    patience = loop.time() + _STUCK
    while True:
        try:
            return await told.run()
        except (NatsError, JetStreamError, TimeoutError) as refused:
            if loop.time() > patience:
                raise Away(
                    f"the broker does not make its streams: {refused!r}. Begin again when `make"
                    " status` shows it well; what was made stays."
                ) from refused
            await asyncio.sleep(_RETRY)


async def _say_all_again(
    console: Console, name: str, connection: asyncpg.Connection, since_when: datetime | None
) -> int:
    count, last = await outbox.how_much(connection, since_when)
    done = 0
    async for some in outbox.say_again(connection, last=last, since=since_when, at_once=AT_ONCE):
        await _until_published(name, connection, some.last)
        done += some.count
        if not console.as_json:
            console.tell(f"{name}: {done} of {count} said again")
    return done


async def _until_published(name: str, connection: asyncpg.Connection, upto: int) -> None:
    """Wait for the relay of that service, as long as it gets on."""
    loop = asyncio.get_running_loop()
    left, moved = await outbox.waiting(connection, upto), loop.time()
    while left:
        await asyncio.sleep(_LOOK)
        now = await outbox.waiting(connection, upto)
        if now < left:
            left, moved = now, loop.time()
        elif loop.time() - moved > _STUCK:
            raise Away(
                f"{name} does not carry its outbox to the broker: {left} messages wait (`make"
                " status`). They are not lost; begin again when it does."
            )
