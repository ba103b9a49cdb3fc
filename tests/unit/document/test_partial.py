"""What was read of single pages is kept while it may be needed, and no longer."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from contracts.document import DocumentTaskStatusUpdated
from contracts.storage import DeleteObject
from services.document.model.facts import Trouble
from services.document.ports import Reached, Read, Slice
from services.document.service.extraction import Extraction
from shared.cause import Cause, Delivery, new_id
from tests.unit.document.fakes import FakeRooms, FakeStore
from tests.unit.document.world import Way, World

PAGES = ["one", "two", "three", "four"]


@dataclass
class PageReader:
    """Reads a file of words, a slice a page; words it cannot read yet are warnings."""

    unreadable: set[str] = field(default_factory=set)
    read_words: list[str] = field(default_factory=list)
    stops_after: int | None = None

    async def read(
        self, path: Path, media_type: str, known: Sequence[bytes], reached: Reached
    ) -> Read:
        del media_type
        words = (await asyncio.to_thread(path.read_text)).split()
        done = {word for content in known for word in json.loads(content)}
        for number, word in enumerate(words, start=1):
            if word in done:
                continue
            if self.stops_after is not None and number > self.stops_after:
                raise ConnectionError("killed")
            self.read_words.append(word)
            fresh = [] if word in self.unreadable else [word]
            await reached(Slice(json.dumps(fresh).encode() if fresh else b"", number, len(words)))
        text = " ".join(word for word in words if word not in self.unreadable)
        troubles = tuple(
            Trouble("corrupt", "this page cannot be read", number)
            for number, word in enumerate(words, start=1)
            if word in self.unreadable
        )
        return Read(text.encode(), text, len(text), len(words), troubles)


async def read(world: World, way: Way, reader: PageReader, version: int = 1) -> None:
    """Have a document read, as the command that was said asks for."""
    extraction = Extraction(world.store, world.claims, reader, FakeRooms(), world.clock)
    cause = Cause(actor=way.owner_id, delivery=Delivery("extract", str(new_id())))
    await extraction.extract(way.extract(version), cause)


def deleted(store: FakeStore) -> set[UUID]:
    return {word.object_id for word in store.words if isinstance(word, DeleteObject)}


async def a_way(world: World) -> Way:
    way = await world.register(" ".join(PAGES).encode())
    await world.hear(way.stored())
    return way


async def test_progress_is_told_while_pages_are_read(store: FakeStore, world: World) -> None:
    way = await a_way(world)

    await read(world, way, PageReader())

    told = [word.progress for word in store.words if isinstance(word, DocumentTaskStatusUpdated)]
    assert told == sorted(told)
    assert {17, 25, 32} <= set(told)


async def test_pages_of_a_whole_reading_are_kept_no_longer(store: FakeStore, world: World) -> None:
    way = await a_way(world)
    before = set(world.claims.objects)

    await read(world, way, PageReader())

    document = store.tables.documents[way.id]
    assert document.text is not None
    assert document.checkpoints == ()
    assert set(world.claims.objects) - before - {document.text.object_id} == deleted(store)


async def test_a_retry_reads_only_the_pages_that_failed(store: FakeStore, world: World) -> None:
    way, reader = await a_way(world), PageReader(unreadable={"three"})
    await read(world, way, reader)
    await world.hear(way.indexed())
    warned = await world.describe(way)
    reader.unreadable.clear()
    reader.read_words.clear()

    retried = await world.retry(way)
    await read(world, way, reader, version=2)
    await world.hear(way.indexed(version=2))

    assert [(one.code, one.page) for one in warned.warnings] == [("corrupt", 3)]
    assert warned.status == "ready"
    assert retried.status == "processing"
    assert reader.read_words == ["three"]
    after = await world.describe(way)
    assert (after.status, after.warnings) == ("ready", [])
    assert after.text_version == "one two three four"
    assert store.tables.documents[way.id].checkpoints == ()


async def test_a_reading_that_was_killed_goes_on_where_it_was(world: World) -> None:
    way = await a_way(world)
    with pytest.raises(ConnectionError):
        await read(world, way, PageReader(stops_after=2))
    reader = PageReader()

    await read(world, way, reader)

    assert reader.read_words == ["three", "four"]
    assert (await world.describe(way)).text_version == "one two three four"


async def test_a_checkpoint_that_is_gone_is_read_again(store: FakeStore, world: World) -> None:
    way = await a_way(world)
    with pytest.raises(ConnectionError):
        await read(world, way, PageReader(stops_after=2))
    del world.claims.objects[store.tables.documents[way.id].checkpoints[0]]
    reader = PageReader()

    await read(world, way, reader)

    assert reader.read_words == ["one", "three", "four"]


async def test_deleting_a_document_deletes_what_was_read_of_its_pages(
    store: FakeStore, world: World
) -> None:
    way = await a_way(world)
    await read(world, way, PageReader(unreadable={"three"}))
    kept = set(store.tables.documents[way.id].checkpoints)

    await world.delete(way)

    assert kept
    assert kept <= deleted(store)


async def test_a_document_cancelled_meanwhile_is_read_no_further(world: World) -> None:
    way = await a_way(world)

    @dataclass
    class Cancelling(PageReader):
        async def read(
            self, path: Path, media_type: str, known: Sequence[bytes], reached: Reached
        ) -> Read:
            async def after(slice_: Slice) -> None:
                if slice_.done == 2:
                    await world.cancel(way)
                await reached(slice_)

            return await super().read(path, media_type, known, after)

    reader = Cancelling()
    await read(world, way, reader)

    assert reader.read_words == ["one", "two"]
    assert (await world.describe(way)).status == "cancelled"
