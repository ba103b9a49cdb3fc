"""Everything that can be heard of one document, in any order, and the one end it must come to."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from hypothesis import strategies as st

from contracts.document import DocumentCancelled, DocumentDeleted, DocumentProcessed
from services.indexing.model import Stage
from services.indexing.service.verbs import Indexing
from shared.boxes import AlreadyHandled
from shared.cause import Cause

Heard = DocumentProcessed | DocumentCancelled | DocumentDeleted


@dataclass(frozen=True)
class Story:
    """What was said of a document: its readings, those cancelled, and whether it was deleted."""

    readings: int
    cancelled: frozenset[int]
    deleted: bool

    @property
    def end(self) -> Stage:
        """Where it must end, whatever came first."""
        if self.deleted:
            return Stage.FORGOTTEN
        return Stage.CANCELLED if self.readings in self.cancelled else Stage.COMPLETED


@st.composite
def stories(draw: st.DrawFn) -> tuple[Story, list[list[int]]]:
    """Draw a story, and how its messages come: in rounds, each at once, some again."""
    readings = draw(st.integers(1, 3))
    cancelled = draw(st.frozensets(st.integers(1, readings)))
    story = Story(readings, cancelled, draw(st.booleans()))
    total = readings + len(cancelled) + story.deleted
    again = draw(st.lists(st.integers(0, total - 1), max_size=4))
    order = draw(st.permutations([*range(total), *again]))
    borders = sorted(draw(st.lists(st.integers(0, len(order)), max_size=4)))
    cuts = zip([0, *borders], [*borders, len(order)], strict=True)
    return story, [order[start:end] for start, end in cuts]


def told(story: Story, readings: Sequence[DocumentProcessed], owner: UUID) -> list[Heard]:
    """Write the story's messages down."""
    document = readings[0].document_id
    cancellations = [
        DocumentCancelled(document_id=document, owner_id=owner, version=version)
        for version in sorted(story.cancelled)
    ]
    deletion = [DocumentDeleted(document_id=document, owner_id=owner)] if story.deleted else []
    return [*readings[: story.readings], *cancellations, *deletion]


async def play(
    indexing: Indexing, messages: Sequence[tuple[Heard, Cause]], rounds: Sequence[Sequence[int]]
) -> None:
    """Deliver them as drawn; those of one round at the same time."""
    for together in rounds:
        await asyncio.gather(*(_deliver(indexing, *messages[number]) for number in together))


async def _deliver(indexing: Indexing, heard: Heard, cause: Cause) -> None:
    try:
        if isinstance(heard, DocumentProcessed):
            await indexing.add(heard, cause)
        elif isinstance(heard, DocumentCancelled):
            await indexing.cancel(heard, cause)
        else:
            await indexing.forget(heard, cause)
    except AlreadyHandled:
        return
