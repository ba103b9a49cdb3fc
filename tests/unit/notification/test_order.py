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
from tests.unit.notification.conftest import World, heard

M = TypeVar("M", bound=Message)


class TestShuffled:
    @pytest.mark.parametrize("seed", range(20))
    async def test_every_order_ends_the_same(self, seed: int) -> None:
        shuffler = random.Random(seed)  # noqa: S311  # an order, not a secret
        world = World()
        steps = house_steps(world)
        twice = [*steps, *steps]
        shuffler.shuffle(twice)

        for step in twice:
            try:
                await step()
            except AlreadyHandled:
                continue

        about = {"code": "timed-out", "detail": "It took 30 s."}
        assert await world.stored() == [
            ("document.failed", "Optics", about),
            ("document.ready", "Optics", {"passages": 7}),
        ]

    @pytest.mark.parametrize("seed", range(20))
    async def test_with_a_deletion_among_them_nothing_is_left(self, seed: int) -> None:
        shuffler = random.Random(seed)  # noqa: S311  # an order, not a secret
        world = World()
        steps = [*house_steps(world), bound(world.verbs.forget_document, world.deleted(), 9)]
        shuffler.shuffle(steps)

        for step in steps:
            await step()

        assert await world.stored() == []


def bound(
    verb: Callable[[M, Cause], Awaitable[None]], message: M, sequence: int
) -> Callable[[], Awaitable[None]]:
    cause = heard(sequence)
    return lambda: verb(message, cause)


def house_steps(world: World) -> list[Callable[[], Awaitable[None]]]:
    about = {"document_id": world.document, "owner_id": world.user}
    processed = DocumentProcessed(
        **about, version=1, text_object_id=new_id(), text_version="ab", characters=1, pages=1
    )
    failures = [
        world.failed(1, "corrupt", "Page 3 ends early."),
        world.failed(2, "timed-out", "It took 30 s."),
    ]
    return [
        bound(world.showing.show_document, processed, 2),
        bound(world.verbs.document_ended, failures[0], 3),
        bound(world.verbs.document_ended, failures[1], 5),
        bound(world.showing.follow_document, world.moved("ready", 100), 7),
        bound(world.verbs.document_ended, world.ready(), 8),
        bound(world.verbs.retitle, DocumentEdited(**about), 6),
    ]
