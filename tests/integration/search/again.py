"""How search's neighbours say again what they know, and how a rebuild is asked for."""

import asyncio
from uuid import UUID

from nats.errors import TimeoutError as NatsTimeout
from nats.js import JetStreamContext

from contracts.again import RebuildState
from contracts.indexing import IndexingCompleted, IndexingSaidAgain, SayIndexingAgain
from contracts.search import DescribeSearchRebuild, RebuildSearch
from shared.bus import Bus
from shared.cause import Cause
from shared.envelope import Envelope


class SaysAgain:
    """Plays indexing in a rebuild, and the operator who wants one."""

    bus: Bus
    model: str
    cuts: dict[UUID, IndexingCompleted]
    texts_of: dict[UUID, tuple[str, ...]]
    silent: bool

    def cut(self, document_id: UUID, version: int, *texts: str) -> IndexingCompleted:
        raise NotImplementedError

    async def rebuild(self, *, without_failed: bool = False) -> RebuildState:
        """Ask for a rebuild as an operator does."""
        return await self.bus.ask(RebuildSearch(without_failed=without_failed), Cause())

    async def rebuilt(self) -> RebuildState:
        """Ask how it goes."""
        return await self.bus.ask(DescribeSearchRebuild(), Cause())

    async def is_rebuilt(self) -> bool:
        state = await self.rebuilt()
        return state.done and state.generation > 0

    async def say_again_for_ever(self) -> None:
        """Say again what was made of documents, whenever search asks for it, as indexing does."""
        stream, durable = "CMD_INDEXING", "indexing-indexing-say-again-v1"
        place = await self.bus.jetstream.pull_subscribe_bind(durable=durable, stream=stream)
        try:
            while True:
                await self._say_again_when_asked(place)
        finally:
            # What still comes for a fetch that was cut short would hold up the farewell.
            await place.unsubscribe()

    async def _say_again_when_asked(self, place: JetStreamContext.PullSubscription) -> None:
        try:
            asked = [] if self.silent else await place.fetch(1, timeout=0.2)
        except (TimeoutError, NatsTimeout):
            return
        for message in asked:
            await self._say_all_again(SayIndexingAgain.model_validate_json(message.data))
            await message.ack()
        await asyncio.sleep(0)

    async def _say_all_again(self, asked: SayIndexingAgain) -> None:
        everything = list(self.cuts.items())
        for document_id, known in everything:
            told = known
            if known.model != self.model:
                told = self.cut(document_id, known.version, *self.texts_of[document_id])
            headers = Envelope.seal(told, Cause(actor=told.owner_id), source="indexing").headers()
            headers |= {"mesh-generation": str(asked.generation)}
            place, body = asked.to(told.owner_id).address, told.model_dump_json().encode()
            await self.bus.publish_stored(place, body, headers, stream="TO")
        whole = IndexingSaidAgain(
            listener=asked.listener,
            event=asked.event,
            generation=asked.generation,
            said=len(everything),
        )
        headers = Envelope.seal(whole, Cause(), source="indexing").headers()
        body = whole.model_dump_json().encode()
        await self.bus.publish_stored(whole.address, body, headers, stream="EVT_INDEXING")
