"""The way of a message through the mesh: said in a transaction, carried, handled in another."""

import asyncio
import sys
from time import time
from typing import Any, Final

from sqlalchemy import text

from benchmarks.bus.place import Clock, Place, Told
from shared.cause import Cause, new_id
from shared.database import Database
from shared.relay import Relay
from tests.integration.shared.lab import Ear, Happened

_SPEAKERS: Final = 8
_GLANCE: Final = 0.05
_WAITING: Final = text("SELECT count(*) FROM outbox WHERE published_at IS NULL")


async def say(place: Place) -> Told:
    """Say each in a transaction of its own, some at a time, as verbs do; nobody carries it yet."""
    database = await place.database("lab")
    clock = Clock()
    await _say(database, place)
    told = clock.told()
    await database.close()
    return told


async def carry(place: Place) -> Told:
    """Carry a full outbox to the broker."""
    database = await place.database("lab")
    bus = await place.bus("lab").connect()
    relay = Relay(database, bus)
    clock, count = Clock(), 0
    while count < place.count:
        count += (await relay.carry())[1]
    told = clock.told()
    await bus.stop()
    await database.close()
    return told


async def hear(place: Place) -> Told:
    """Handle them as a service does: each an inbox row and an effect in one transaction."""
    database = await place.database("ear")
    bus = place.bus("ear", database)
    done, times = asyncio.Event(), dict[str, float]()
    ear = Ear(database)

    async def handle(heard: Happened, cause: Cause) -> None:
        await ear.hear(heard, cause)
        times[str(heard.thing_id)] = time()
        if len(times) >= place.count:
            done.set()

    options: dict[str, Any] = place.options
    bus.on(Happened, handle, **options)
    await bus.connect()
    clock = Clock()
    await bus.start()
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    await done.wait()
    told = clock.told(times=times)
    await bus.stop()
    await database.close()
    return told


async def speak(place: Place) -> Told:
    """Say at a steady pace with a relay beside it, as a service does; tell when each was said."""
    database = await place.database("lab")
    bus = await place.bus("lab").connect()
    relaying = asyncio.create_task(Relay(database, bus).run())
    clock = Clock()
    said = await _say(database, place)
    told = clock.told(times=said)
    await _until_carried(database)
    relaying.cancel()
    await bus.stop()
    await database.close()
    return told


async def _say(database: Database, place: Place) -> dict[str, float]:
    begun, said, numbers = time(), dict[str, float](), iter(range(place.count))

    async def speaker() -> None:
        for number in numbers:
            if place.pace:
                await asyncio.sleep(max(0.0, begun + number / place.pace - time()))
            happened = Happened(thing_id=new_id(), note="a note of some length")
            async with database.begin(Cause(actor=happened.thing_id)) as unit:
                await unit.say(happened)
            said[str(happened.thing_id)] = time()

    async with asyncio.TaskGroup() as group:
        for _ in range(_SPEAKERS):
            group.create_task(speaker())
    return said


async def _until_carried(database: Database) -> None:
    """Wait until nothing is left in the outbox."""
    waits = True
    while waits:
        await asyncio.sleep(_GLANCE)
        async with database.reading() as reading:
            waits = bool((await reading.execute(_WAITING)).scalar_one())
