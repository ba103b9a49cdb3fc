"""An ear in a process of its own, which some messages end."""

import asyncio
import os
import sys

from shared.bus import Address, Bus
from shared.cause import Cause
from shared.database import Database
from tests.integration.shared.lab import Ear, Happened


async def main(broker_url: str, database_url: str, password: str, how: str) -> None:
    """Hear `alone`, `together` or in `turns`; what is noted `deadly` ends us before any outcome."""
    database = await Database.connect(database_url, source="ear")
    ear = Ear(database)

    async def hear(heard: Happened, cause: Cause) -> None:
        if heard.note == "deadly":
            os._exit(9)
        if heard.note == "closing":
            await bus.connection.close()
        await ear.hear(heard, cause)

    bus = Bus("ear", Address(broker_url, "ear", password), database)
    bus.on(Happened, hear, together=how == "together", turns=2 if how == "turns" else 0)
    await bus.start()
    await bus.take_turns()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
