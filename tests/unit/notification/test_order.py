"""Events come in any order and more than once; the end is the same."""

import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from contracts.document import (
    DocumentEdited,
    DocumentProcessed,
)
from shared.boxes import AlreadyHandled
from shared.cause import Cause, new_id
from shared.messages import Message
from tests.unit.notification.conftest import House, heard

M = TypeVar("M", bound=Message)


class TestShuffled:
    @pytest.mark.parametrize("seed", range(20))
    async def test_every_order_ends_the_same(self, seed: int) -> None:
        shuffler = random.Random(seed)  # noqa: S311  # an order, not a secret
        house = House()
        steps = house_steps(house)
        twice = [*steps, *steps]
        shuffler.shuffle(twice)

        for step in twice:
            try:
                await step()
            except AlreadyHandled:
                continue

        about = {"code": "timed-out", "detail": "It took 30 s."}
        assert await house.stored() == [
            ("document.failed", "Optics", about),
            ("document.ready", "Optics", {"passages": 7}),
        ]

    @pytest.mark.parametrize("seed", range(20))
    async def test_with_a_deletion_among_them_nothing_is_left(self, seed: int) -> None:
        shuffler = random.Random(seed)  # noqa: S311  # an order, not a secret
        house = House()
        steps = [*house_steps(house), bound(house.verbs.forget_document, house.deleted(), 9)]
        shuffler.shuffle(steps)

        for step in steps:
            await step()

        assert await house.stored() == []


def bound(
    verb: Callable[[M, Cause], Awaitable[None]], message: M, sequence: int
) -> Callable[[], Awaitable[None]]:
    cause = heard(sequence)
    return lambda: verb(message, cause)


def house_steps(house: House) -> list[Callable[[], Awaitable[None]]]:
    about = {"document_id": house.document, "owner_id": house.user}
    processed = DocumentProcessed(
        **about, version=1, text_object_id=new_id(), text_version="ab", characters=1, pages=1
    )
    failures = [
        house.failed(1, "corrupt", "Page 3 ends early."),
        house.failed(2, "timed-out", "It took 30 s."),
    ]
    return [
        bound(house.showing.show_document, processed, 2),
        bound(house.verbs.document_ended, failures[0], 3),
        bound(house.verbs.document_ended, failures[1], 5),
        bound(house.showing.follow_document, house.moved("ready", 100), 7),
        bound(house.verbs.document_ended, house.ready(), 8),
        bound(house.verbs.retitle, DocumentEdited(**about), 6),
    ]
