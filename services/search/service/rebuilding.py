"""Builds a new edition of both indexes beside the one that is served, and switches over.

Every owner says its facts again, to search alone; news goes to both editions meanwhile. So a new
model, a lost index, another index program and an operator's wish are all the same thing.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from contracts.again import RebuildState
from contracts.indexing import IndexingCompleted, IndexingSaidAgain, SayIndexingAgain
from contracts.search import DescribeSearchRebuild, RebuildSearch
from services.search.model.edition import Edition, Stage
from services.search.ports import Models, Store, Transaction
from services.search.service.editions import Editions
from shared.cause import Cause
from shared.problems import Away
from shared.rebuilds import Progress

LOOK: Final = 0.5
"""Seconds between two looks at how a rebuild goes."""

CALM: Final = 2.0
"""Seconds between two looks while none does, at whether somebody began one or lost an index."""

GRACE: Final = 10.0
"""Seconds in which every process has noticed that another edition is served."""

US: Final = "search"
PLACE: Final = IndexingCompleted.subject.durable(US)

NO_INDEX: Final = UUID(int=0)
"""What an edition is made for before its indexes have names."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """The verbs of a rebuild, and the loop that ends it even if processes die meanwhile."""

    store: Store
    editions: Editions
    models: Models
    grace: float = GRACE

    async def start(self, asked: RebuildSearch, cause: Cause) -> RebuildState:
        """Begin the next edition, or go on with the one begun if it is of the newest model."""
        newest = await self.models.newest(cause)
        async with self.store.begin(cause) as tx:
            editions = await tx.editions(alone=True)
            building = _one(editions, Stage.BUILDING)
            if building is not None and building.model == newest.model:
                progress = await tx.progress()
                if asked.without_failed and progress.ended:
                    await _switch(tx, editions, building)
                return _state(progress, building)
            if building is not None:
                await tx.put_edition(building.dropped())
            generation = await tx.begin_rebuild([PLACE])
            wanted = Edition(generation, Stage.BUILDING, NO_INDEX, newest.model, newest.dimensions)
            made = (await self.editions.make(wanted)).edition
            await tx.put_edition(made)
            event = str(IndexingCompleted.subject)
            await tx.say(SayIndexingAgain(listener=US, event=event, generation=generation))
            log.info("a new edition is begun", generation=generation)
            return _state(await tx.progress(), made)

    async def describe(self, _: DescribeSearchRebuild, cause: Cause) -> RebuildState:
        """Tell how the last one goes."""
        async with self.store.begin(cause) as tx:
            editions = await tx.editions()
            return _state(await tx.progress(), _one(editions, Stage.BUILDING))

    async def expect(self, heard: IndexingSaidAgain, cause: Cause) -> None:
        """Take note of how many there are, once all are said."""
        async with self.store.begin(cause) as tx:
            if heard.listener == US:
                await tx.expect(heard.generation, heard.durable, heard.said)

    async def prepare(self) -> None:
        """Open the indexes of every edition, or make the first one; drop those of none."""
        async with self.store.begin(Cause()) as tx:
            editions = await tx.editions(alone=True)
            await self.editions.sweep({one.generation for one in editions})
            if not editions:
                made = await self.editions.make(Edition(0, Stage.SERVED, NO_INDEX))
                editions = [made.edition]
                await tx.put_edition(made.edition)
        await self.editions.serve(editions)

    async def run(self) -> None:
        """Look again and again; what is away is waited for."""
        while True:
            is_under_way = True
            try:
                is_under_way = await self.step()
            except Away as away:
                log.info("waiting", reason=away.detail)
            except Exception:
                log.exception("the rebuild is tried again")
            await asyncio.sleep(LOOK if is_under_way else CALM)

    async def step(self) -> bool:
        """Do what is due: begin, switch, drop; say whether more is to follow soon."""
        async with self.store.begin(Cause()) as tx:
            editions = await tx.editions()
            progress = await tx.progress()
        await self.editions.serve(editions)
        served, building = _one(editions, Stage.SERVED), _one(editions, Stage.BUILDING)
        whole = {one: await self._is_whole(one) for one in (served, building) if one}
        if building is not None and not whole[building]:
            await self._abandon(building)
        elif building is not None and progress.whole:
            await self._switch(building)
        elif building is None and served is not None and (served.outgrown or not whole[served]):
            await self.start(RebuildSearch(), Cause())
        for edition in editions:
            if edition.stage is Stage.RETIRED and edition.retired_for > self.grace:
                await self._retire(edition)
            elif edition.stage is Stage.DROPPED:
                await self._drop(edition)
        return len(editions) > 1 or not all(whole.values())

    async def _is_whole(self, edition: Edition) -> bool:
        """Look whether it still has what was put into it; vectors of before have no name yet."""
        opened = await self.editions.look(edition)
        if opened.vectors is not None and edition.vector_index is None:
            async with self.store.begin(Cause()) as tx:
                await tx.name_vectors(edition.generation, opened.vectors.id)
        if not opened.is_whole:
            lost = "words" if opened.has_vectors else "vectors"
            log.warning("an index was lost", generation=edition.generation, lost=lost)
        return opened.is_whole

    async def _switch(self, building: Edition) -> None:
        async with self.store.begin(Cause()) as tx:
            editions = await tx.editions(alone=True)
            progress = await tx.progress()
            now = _one(editions, Stage.BUILDING)
            if now is None or now.generation != building.generation or not progress.whole:
                return
            await _switch(tx, editions, now)
        await self.editions.serve([now.served()])
        log.info("the new edition is served", generation=building.generation)

    async def _abandon(self, building: Edition) -> None:
        """Drop one that was lost while it grew; the next look begins another."""
        log.warning("the new edition was lost", generation=building.generation)
        async with self.store.begin(Cause()) as tx:
            editions = await tx.editions(alone=True)
            if (now := _one(editions, Stage.BUILDING)) is None or now != building:
                return
            await tx.put_edition(building.dropped())
            if (served := _one(editions, Stage.SERVED)) is not None:
                await tx.outgrow(served.generation)

    async def _retire(self, edition: Edition) -> None:
        async with self.store.begin(Cause()) as tx:
            await tx.put_edition(edition.dropped())

    async def _drop(self, edition: Edition) -> None:
        """Delete the indexes first: killed in between, it is done again."""
        await self.editions.drop(edition.generation)
        async with self.store.begin(Cause()) as tx:
            await tx.remove_edition(edition.generation)
        log.info("an old edition is gone", generation=edition.generation)


async def _switch(tx: Transaction, editions: Sequence[Edition], building: Edition) -> None:
    for edition in editions:
        if edition.stage is Stage.SERVED:
            await tx.put_edition(edition.retired())
    await tx.put_edition(building.served())


def _one(editions: Sequence[Edition], stage: Stage) -> Edition | None:
    return next((one for one in editions if one.stage is stage), None)


def _state(progress: Progress, building: Edition | None) -> RebuildState:
    return RebuildState(
        generation=progress.generation,
        done=building is None,
        handled=progress.handled,
        expected=progress.expected,
        failed=progress.failed,
    )
