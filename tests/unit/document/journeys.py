"""However late, often and shuffled others' words arrive, a document ends the same."""

from collections import Counter
from dataclasses import dataclass

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from services.document.model.document import Document
from services.document.model.errors import DocumentNotFound
from services.document.ports import Store
from shared.cause import Cause
from shared.messages import Message
from tests.unit.document.world import Way, World

# One store serves all examples, each of which makes documents of its own; and two classes, one
# for each store, run the same examples.
_SHUFFLED = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)


@dataclass(frozen=True)
class Story:
    """A file, and what others say of it, in the order in which they say it."""

    name: str
    content: bytes = b"Light is bent."

    def told(self, way: Way) -> list[Message]:
        stories: dict[str, list[Message]] = {
            "ready": way.to_ready(),
            "refused": [way.refused("malware", quarantined=True)],
            "unreadable": [way.stored(), way.extract()],
            "not indexed": [*way.to_ready()[:-1], way.indexing_failed()],
        }
        return stories[self.name]


STORIES = [
    Story("ready"),
    Story("refused"),
    Story("unreadable", content=b"!encrypted"),
    Story("not indexed"),
]


class JourneyBehaviour:
    """Inherit, provide `store`, and be held to it."""

    @_SHUFFLED
    @given(story=st.sampled_from(STORIES), data=st.data())
    async def test_shuffled_and_repeated_words_lead_to_the_same_end(
        self, store: Store, story: Story, data: st.DataObject
    ) -> None:
        straight, crooked = World(store), World(store)
        first, second = (
            await straight.register(story.content),
            await crooked.register(story.content),
        )
        words = story.told(second)
        shuffled = data.draw(st.permutations([*words, *words]))

        for message in story.told(first):
            await straight.hear(message)
        for message in shuffled:
            await crooked.hear(message)

        assert await _end(store, first) == await _end(store, second)

    @_SHUFFLED
    @given(story=st.sampled_from(STORIES), data=st.data())
    async def test_what_is_heard_around_a_deletion_leaves_the_same_tombstone(
        self, store: Store, story: Story, data: st.DataObject
    ) -> None:
        world = World(store)
        way, untouched = await world.register(story.content), await world.register()
        shuffled = data.draw(st.permutations(story.told(way)))
        moment = data.draw(st.integers(0, len(shuffled)))

        for message in shuffled[:moment]:
            await world.hear(message)
        await world.delete(way)
        for message in [*shuffled[moment:], *shuffled]:
            await world.hear(message)
        await world.delete(untouched)

        with pytest.raises(DocumentNotFound):
            await world.describe(way)
        assert await _end(store, way) == await _end(store, untouched)
        assert await _history(store, way) == Counter()

    @_SHUFFLED
    @given(data=st.data())
    async def test_words_of_an_older_reading_change_nothing(
        self, store: Store, data: st.DataObject
    ) -> None:
        world = World(store)
        way = await world.register(b"!corrupt")
        await world.hear(way.stored())
        await world.hear(way.extract())
        world.claims.objects[way.object_id] = b"Light is bent."
        await world.retry(way)
        late = [*way.to_ready(version=1), way.indexing_failed(version=1)]
        shuffled = data.draw(st.permutations([*late, *way.to_ready(version=2)]))

        for message in shuffled:
            await world.hear(message)

        document = await _find(store, way)
        assert (document.version, document.status, document.progress) == (2, "ready", 100)

    async def test_everything_that_happened_stands_in_the_history_once(self, store: Store) -> None:
        world = World(store)
        way = await world.register()

        for message in [*way.to_ready(), *way.to_ready()]:
            await world.hear(message)

        assert await _history(store, way) == Counter(
            [
                "document.uploaded",
                "storage.object-stored",
                "document.processing",
                "document.processed",
                "indexing.started",
                "indexing.progressed",
                "indexing.progressed",
                "search.document-indexed",
                "document.ready",
            ]
        )


async def _find(store: Store, way: Way) -> Document:
    async with store.begin(Cause()) as tx:
        document = await tx.find(way.id)
    assert document is not None
    return document


async def _end(store: Store, way: Way) -> tuple[object, ...]:
    document = await _find(store, way)
    text = document.text
    return (
        document.status,
        document.progress,
        document.failure,
        document.passages,
        document.indexing,
        document.stored,
        document.deleted,
        document.media_type,
        (text.version, text.characters, text.reading) if text else None,
        len(document.text_objects),
    )


async def _history(store: Store, way: Way) -> Counter[str]:
    async with store.begin(Cause()) as tx:
        return Counter(entry.type for entry in await tx.history(way.id, most=1_000))
