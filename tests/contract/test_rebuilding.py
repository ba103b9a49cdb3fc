"""Rebuilding a read model: who is asked for what, and when it is done."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from contracts.again import DescribeRebuild, RebuildState, SaidAgain, SayAgain
from contracts.document import DocumentDeleted, DocumentsSaidAgain, SayDocumentsAgain
from contracts.indexing import IndexingCompleted, IndexingSaidAgain, SayIndexingAgain
from contracts.quiz import DescribeQuizRebuild, RebuildQuiz
from contracts.rebuilding import Rebuilding, Transaction
from shared.cause import Cause
from shared.messages import Event, Message
from shared.rebuilds import Progress

DELETED, COMPLETED = str(DocumentDeleted.subject), str(IndexingCompleted.subject)


@dataclass
class Ledger:
    """What is kept of rebuilds, in memory."""

    generation: int = 0
    expected: dict[str, int | None] = field(default_factory=dict)
    handled: int = 0
    failed: int = 0
    said: list[Message] = field(default_factory=list)

    @asynccontextmanager
    async def begin(self, cause: Cause) -> AsyncGenerator[Transaction]:
        del cause
        yield self

    async def begin_rebuild(self, durables: Sequence[str]) -> int:
        self.generation += 1
        self.expected = dict.fromkeys(durables)
        self.handled = self.failed = 0
        return self.generation

    async def expect(self, generation: int, durable: str, said: int) -> None:
        if generation == self.generation and durable in self.expected:
            self.expected[durable] = said

    async def progress(self) -> Progress:
        told = [count for count in self.expected.values() if count is not None]
        whole = bool(told) and len(told) == len(self.expected)
        return Progress(self.generation, self.handled, self.failed, sum(told) if whole else None)

    async def say(self, message: Message, *, sequence: int = 0) -> None:
        del sequence
        self.said.append(message)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def rebuilding(ledger: Ledger) -> Rebuilding:
    wanted: list[tuple[type[Event], type[SayAgain]]] = [
        (DocumentDeleted, SayDocumentsAgain),
        (IndexingCompleted, SayIndexingAgain),
    ]
    return Rebuilding("quiz", ledger, wanted)


async def start(rebuilding: Rebuilding) -> RebuildState:
    return await rebuilding.start(RebuildQuiz(), Cause())


async def describe(rebuilding: Rebuilding) -> RebuildState:
    asked: DescribeRebuild = DescribeQuizRebuild()
    return await rebuilding.describe(asked, Cause())


def all_said(generation: int, *, listener: str = "quiz") -> list[SaidAgain]:
    """Two deletions, and one reading."""
    return [
        DocumentsSaidAgain(listener=listener, event=DELETED, generation=generation, said=2),
        IndexingSaidAgain(listener=listener, event=COMPLETED, generation=generation, said=1),
    ]


async def test_every_owner_is_asked_for_its_facts_to_us_alone(
    rebuilding: Rebuilding, ledger: Ledger
) -> None:
    state = await start(rebuilding)

    assert (state.generation, state.done, state.expected) == (1, False, None)
    assert list(ledger.expected) == ["quiz-document-deleted-v1", "quiz-indexing-completed-v1"]
    assert ledger.said == [
        SayDocumentsAgain(listener="quiz", event=DELETED, generation=1),
        SayIndexingAgain(listener="quiz", event=COMPLETED, generation=1),
    ]


async def test_asked_twice_it_goes_on_and_asks_nobody_again(
    rebuilding: Rebuilding, ledger: Ledger
) -> None:
    await start(rebuilding)

    assert (await start(rebuilding)).generation == 1
    assert len(ledger.said) == 2


async def test_it_is_done_when_all_that_every_owner_said_is_taken_in(
    rebuilding: Rebuilding, ledger: Ledger
) -> None:
    await start(rebuilding)
    ledger.handled = 2
    documents, indexing = all_said(1)

    await rebuilding.expect(documents, Cause())
    assert not (await describe(rebuilding)).done
    await rebuilding.expect(indexing, Cause())
    assert not (await describe(rebuilding)).done
    ledger.handled = 3
    state = await describe(rebuilding)

    assert (state.done, state.handled, state.expected) == (True, 3, 3)


async def test_what_is_said_to_somebody_else_is_none_of_ours(
    rebuilding: Rebuilding, ledger: Ledger
) -> None:
    await start(rebuilding)

    for heard in all_said(1, listener="search"):
        await rebuilding.expect(heard, Cause())

    assert set(ledger.expected.values()) == {None}


async def test_one_that_ended_with_failures_is_not_done_and_gives_way_to_the_next(
    rebuilding: Rebuilding, ledger: Ledger
) -> None:
    await start(rebuilding)
    for heard in all_said(1):
        await rebuilding.expect(heard, Cause())
    ledger.handled, ledger.failed = 2, 1
    stuck = await describe(rebuilding)

    assert (stuck.done, stuck.failed) == (False, 1)
    assert (await start(rebuilding)).generation == 2


async def test_where_there_never_was_one_nothing_is_awaited(rebuilding: Rebuilding) -> None:
    state = await describe(rebuilding)

    assert (state.generation, state.done, state.handled) == (0, True, 0)
