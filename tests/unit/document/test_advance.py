"""Letting one document come before the others of its owner."""

import pytest

from contracts.document import AdvanceDocument, DocumentAdvanced
from contracts.storage import AdvanceObject
from services.document.model.errors import DocumentNotFound, NothingWaits
from shared.cause import Cause, new_id
from tests.unit.document.fakes import FakeStore
from tests.unit.document.house import House


class TestAdvance:
    async def test_everybody_who_lets_it_wait_is_told(self, store: FakeStore, house: House) -> None:
        way = await house.register()

        answered = await house.advance(way)

        assert answered.status == "uploaded"
        assert store.advanced == [way.id]
        assert [type(said) for said in store.words[-2:]] == [AdvanceObject, DocumentAdvanced]

    async def test_past_its_check_storage_is_not_asked(
        self, store: FakeStore, house: House
    ) -> None:
        way = await house.register()
        await house.hear(way.stored())

        await house.advance(way)

        assert not any(isinstance(said, AdvanceObject) for said in store.words)
        assert isinstance(store.words[-1], DocumentAdvanced)

    async def test_what_is_finished_waits_for_nothing(self, house: House) -> None:
        cancelled, ready = await house.register(), await house.register()
        await house.cancel(cancelled)
        for message in ready.to_ready():
            await house.hear(message)

        for way in (cancelled, ready):
            with pytest.raises(NothingWaits):
                await house.advance(way)

    async def test_for_strangers_it_does_not_exist(self, store: FakeStore, house: House) -> None:
        way = await house.register()

        with pytest.raises(DocumentNotFound):
            await house.documents.advance(
                AdvanceDocument(document_id=way.id), Cause(actor=new_id())
            )

        assert store.advanced == []
