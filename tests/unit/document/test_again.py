"""Document says again how everything stands, page by page, to the one who asked."""

from dataclasses import replace
from uuid import UUID

import pytest

from contracts.again import PAGE, NotSaidAgain
from contracts.document import (
    DocumentCancelled,
    DocumentDeleted,
    DocumentEdited,
    DocumentEvent,
    DocumentFailed,
    DocumentProcessed,
    DocumentReady,
    DocumentsSaidAgain,
    SayDocumentsAgain,
)
from services.document.service.again import Again
from shared.cause import Cause
from tests.unit.document.fakes import FakeStore
from tests.unit.document.world import World


def asked(event: type[DocumentEvent]) -> SayDocumentsAgain:
    return SayDocumentsAgain(listener="quiz", event=str(event.subject), generation=2)


async def one_of_each(world: World) -> dict[type[DocumentEvent], UUID]:
    """Bring documents to where each of the facts is true of one."""
    ready, failed, cancelled, deleted = [await world.register() for _ in range(4)]
    for message in ready.to_ready():
        await world.hear(message)
    await world.hear(failed.refused("corrupt"))
    await world.cancel(cancelled)
    await world.delete(deleted)
    return {
        DocumentReady: ready.id,
        DocumentProcessed: ready.id,
        DocumentFailed: failed.id,
        DocumentCancelled: cancelled.id,
        DocumentDeleted: deleted.id,
    }


class TestSay:
    async def test_each_fact_is_said_of_those_of_which_it_is_true(
        self, store: FakeStore, world: World
    ) -> None:
        for kind, document_id in (await one_of_each(world)).items():
            store.said_again.clear()

            await Again(store).say(asked(kind), Cause())

            ((event, to),) = store.said_again
            assert isinstance(event, kind)
            assert event.document_id == document_id
            assert (to.durable, to.generation) == (kind.subject.durable("quiz"), 2)
            assert to.actor == event.owner_id

    async def test_it_is_the_very_event_that_was_said_once(
        self, store: FakeStore, world: World
    ) -> None:
        await one_of_each(world)

        await Again(store).say(asked(DocumentProcessed), Cause())

        ((event, _),) = store.said_again
        assert event in store.words

    async def test_pages_follow_each_other_and_the_end_tells_how_many(
        self, store: FakeStore, world: World
    ) -> None:
        way = await world.register()
        original = store.tables.documents[way.id]
        for number in range(PAGE + 4):
            id_ = UUID(int=number + 1)
            store.tables.documents[id_] = replace(original, id=id_)
        store.said.clear()

        await Again(store).say(asked(DocumentEdited), Cause())
        (onwards,) = store.words
        assert isinstance(onwards, SayDocumentsAgain)
        await Again(store).say(onwards, Cause())

        assert len({event.partition_key for event, _ in store.said_again}) == PAGE + 5
        end = store.words[-1]
        assert isinstance(end, DocumentsSaidAgain)
        assert (end.said, end.durable) == (PAGE + 5, "quiz-document-edited-v1")

    async def test_what_follows_from_nothing_it_keeps_is_refused(self, store: FakeStore) -> None:
        unknown = asked(DocumentEdited).model_copy(update={"event": "evt.document.uploaded.v1"})

        with pytest.raises(NotSaidAgain):
            await Again(store).say(unknown, Cause())
