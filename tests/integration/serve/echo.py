"""A service for tests: what comes in by HTTP goes out as a command and comes back as an event."""

import asyncio
import contextlib
import sys
from pathlib import Path
from uuid import UUID

from fastapi import Response

from shared.cause import Cause, new_id
from shared.messages import Answer, Command, Event, Request
from shared.serve import Process, serve
from shared.settings import ServiceSettings


class Said(Event, subject="evt.echo.said.v1", key="id"):
    """It was said."""

    id: UUID


class Say(Command, subject="cmd.echo.say.v1", key="id"):
    """Say it, taking your time."""

    id: UUID
    seconds: float = 0.0


class Heard(Answer):
    """What came back so far."""

    ids: list[UUID]


class WhatWasHeard(Request[Heard], subject="req.echo.what-was-heard.v1"):
    """What came back so far?"""


class Settings(ServiceSettings):
    """What an echo can be told."""

    broken: bool = False
    deaf: bool = False


class Echo:
    """The verbs."""

    def __init__(self, process: Process[Settings]) -> None:
        self._database = process.database
        self._heard: list[UUID] = []

    async def begin(self, seconds: float) -> UUID:
        """Have something said."""
        said = new_id()
        async with self._database.begin(Cause()) as unit:
            await unit.say(Say(id=said, seconds=seconds))
        return said

    async def say(self, heard: Say, cause: Cause) -> None:
        """Say it, slowly where asked."""
        await asyncio.sleep(heard.seconds)
        async with self._database.begin(cause) as unit:
            await unit.say(Said(id=heard.id))

    async def hear(self, heard: Said, cause: Cause) -> None:
        """Remember what came back."""
        async with self._database.begin(cause):
            self._heard.append(heard.id)

    async def tell(self, _: WhatWasHeard, __: Cause) -> Heard:
        """Tell what came back."""
        return Heard(ids=self._heard)


async def assemble(process: Process[Settings]) -> None:
    """Put the parts together."""
    echo = Echo(process)
    process.bus.on(Say, echo.say, batch=1)
    process.bus.on(Said, echo.hear)
    process.bus.answer(WhatWasHeard, echo.tell)

    @process.http.post("/echoes/{name}")
    async def begin(name: str, seconds: float = 0.0) -> dict[str, UUID]:
        return {name: await echo.begin(seconds)}

    @process.http.get("/echoes")
    async def heard() -> Heard:
        return await process.bus.ask(WhatWasHeard(), Cause())

    @process.http.get("/broken")
    async def broken() -> Response:
        raise ZeroDivisionError

    @process.http.get("/loop")
    async def loop() -> str:
        return type(asyncio.get_running_loop()).__module__

    be_troubled(process)


def be_troubled(process: Process[Settings]) -> None:
    """Hold what goes wrong as told."""
    if process.settings.deaf:
        # As a broker's client that is refused: what it does outlives its connection.
        process.http.state.left = asyncio.create_task(lose_a_cancellation())
    if process.settings.broken:
        process.background("deaf", lose_a_cancellation)
        process.background("broken", fail)


async def fail() -> None:
    """Fail."""
    raise ZeroDivisionError


async def lose_a_cancellation() -> None:
    """Do what `wait_for` does where a cancellation comes together with its answer."""
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    await asyncio.Event().wait()


if __name__ == "__main__":
    serve("echo", Settings, assemble, manifests=Path(sys.argv[1]))
