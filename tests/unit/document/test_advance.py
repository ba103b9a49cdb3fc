"""Letting one document come before the others of its owner."""

import pytest

from contracts.document import AdvanceDocument, DocumentAdvanced
from contracts.storage import AdvanceObject
from services.document.model.errors import DocumentNotFound, NothingWaits
from shared.cause import Cause, new_id
from tests.unit.document.fakes import FakeStore
from tests.unit.document.world import World


class TestAdvance:
    async def test_everybody_who_lets_it_wait_is_told(self, store: FakeStore, world: World) -> None:
        way = await world.register()

        answered = await world.advance(way)

        assert answered.status == "uploaded"
        assert store.advanced == [way.id]
        assert [type(said) for said in store.words[-2:]] == [AdvanceObject, DocumentAdvanced]

    async def test_past_its_check_storage_is_not_asked(
        self, store: FakeStore, world: World
    ) -> None:
        way = await world.register()
        await world.hear(way.stored())

        await world.advance(way)

        assert not any(isinstance(said, AdvanceObject) for said in store.words)
        assert isinstance(store.words[-1], DocumentAdvanced)

    async def test_what_is_finished_waits_for_nothing(self, world: World) -> None:
        cancelled, ready = await world.register(), await world.register()
        await world.cancel(cancelled)
        for message in ready.to_ready():
            await world.hear(message)

        for way in (cancelled, ready):
            with pytest.raises(NothingWaits):
                await world.advance(way)

    async def test_for_strangers_it_does_not_exist(self, store: FakeStore, world: World) -> None:
        way = await world.register()

        with pytest.raises(DocumentNotFound):
            await world.documents.advance(
                AdvanceDocument(document_id=way.id), Cause(actor=new_id())
            )

        assert store.advanced == []
