"""Tells who has many documents in work how all of them are doing, in place of every step of each.

What is to be told lies in the database, so a killed replica loses nothing; it is told once in a
while, by whichever replica comes first.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from services.notification.model import Batch
from services.notification.ports import Store, Transaction
from services.notification.service.frames import DOCUMENT, of_status, of_tally
from shared.cause import Cause
from shared.problems import Away

BETWEEN: Final = 1.0
"""Seconds between two summaries for one person."""
SHOWN: Final = 8
"""Documents whose latest step is shown with each."""


@dataclass(frozen=True, slots=True)
class Summaries:
    """Looks again and again at what is in work."""

    store: Store

    async def run(self) -> None:
        """Tell for ever; a database that is away is waited for."""
        while True:
            with suppress(Away):
                await self.tell_all()
            await asyncio.sleep(BETWEEN)

    async def tell_all(self) -> None:
        """Tell everybody who has something in work."""
        for owner in await self.store.owners_of_batches():
            await self.tell(owner)

    async def tell(self, owner: UUID) -> None:
        """Tell one person what is new of their batch, and let go of what has ended."""
        async with self.store.begin(Cause(actor=owner, begun=True)) as tx:
            batch = await tx.batch(owner)
            if batch is None:
                return
            live = (await tx.audience(owner)).channels(DOCUMENT).live
            if live and batch.summed_up:
                await _sum_up(tx, owner, batch)
            if live:
                await _show_some(tx, owner)
            if batch.over or not batch.summed_up:
                await tx.release(owner, over=batch.over)


async def _sum_up(tx: Transaction, owner: UUID, batch: Batch) -> None:
    if batch.tally != batch.told:
        await tx.tell(owner, batch.tally)
        await tx.say(of_tally(batch.tally, owner))


async def _show_some(tx: Transaction, owner: UUID) -> None:
    for thing in await tx.waiting(owner, SHOWN):
        await tx.keep(replace(thing, waiting=False))
        await tx.say(of_status(DOCUMENT, thing, owner))
