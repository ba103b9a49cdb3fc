"""Orphans: things that nobody refers to any more. Each owner finds its own, and asks for the rest.

Whether somebody still refers to a thing is asked of whoever may, by requests that take and give
nothing but ids. Words that are still under way make orphans for a moment, so only what two looks in
a row find counts as one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

import structlog
from prometheus_client import Gauge
from pydantic import Field

from shared.cause import Cause
from shared.messages import Answer, Body, Request
from shared.problems import Away
from shared.requests import Asking

AT_ONCE: Final = 1_000
_EXAMPLES: Final = 10
ORPHANS: Final = Gauge(
    "mesh_orphans", "Things that nobody refers to, in two looks in a row", ["kind"]
)
log = structlog.get_logger(__name__)


class OrphanGroup(Body):
    """The orphans of one kind."""

    kind: str = Field(description="What they are, as `object` or `embedding`.")
    count: int = Field(ge=0)
    examples: list[str] = Field(default=[], description="Some of their ids.")


class Orphans(Answer):
    """What one look found; kinds of which there are none are named, too."""

    groups: list[OrphanGroup]


class FindOrphans(Request[Orphans]):
    """Look now. Things of messages still under way may be among what is found: look again."""


class FindStorageOrphans(FindOrphans, subject="req.storage.find-orphans.v1"):
    """Objects that no service holds, and bytes that belong to no object."""


class FindDocumentOrphans(FindOrphans, subject="req.document.find-orphans.v1"):
    """Documents whose objects storage does not keep."""


class FindIndexingOrphans(FindOrphans, subject="req.indexing.find-orphans.v1"):
    """Jobs of documents that do not exist, and embeddings that no document uses."""


class FindSearchOrphans(FindOrphans, subject="req.search.find-orphans.v1"):
    """Index entries of documents that do not exist."""


class FindQuizOrphans(FindOrphans, subject="req.quiz.find-orphans.v1"):
    """Questions that still quote documents that do not exist."""


class FindNotificationOrphans(FindOrphans, subject="req.notification.find-orphans.v1"):
    """Notifications about documents and quizzes that do not exist."""


class Known(Answer):
    """Those of the ids that were asked about which the owner knows and has not deleted."""

    ids: list[UUID]


class WhichKnown(Request[Known]):
    """Which of these are yours, and still there?"""

    ids: list[UUID] = Field(max_length=AT_ONCE)


class WhichObjectsKept(WhichKnown, subject="req.storage.which-objects-kept.v1"):
    """Which of these objects does storage keep?"""


class WhichDocumentsLive(WhichKnown, subject="req.document.which-live.v1"):
    """Which of these documents exist, and are not deleted?"""


class WhichObjectsOfDocuments(WhichKnown, subject="req.document.which-objects-held.v1"):
    """Which of these objects does a document refer to?"""


class WhichObjectsOfPassages(WhichKnown, subject="req.indexing.which-objects-held.v1"):
    """Which of these objects does the indexing of a document refer to?"""


class WhichQuizzesLive(WhichKnown, subject="req.quiz.which-live.v1"):
    """Which of these quizzes exist?"""


W = TypeVar("W", bound=WhichKnown)
Look = Callable[[Cause], Awaitable[Mapping[str, Collection[str]]]]
"""Names what is an orphan now, by kind."""


async def unknown(bus: Asking, which: type[W], ids: Collection[UUID], cause: Cause) -> set[UUID]:
    """Tell which of these ids their owner does not know, or not any more."""
    asked, missing = sorted(ids), set(ids)
    for start in range(0, len(asked), AT_ONCE):
        known = await bus.ask(which(ids=asked[start : start + AT_ONCE]), cause)
        missing.difference_update(known.ids)
    return missing


@dataclass(frozen=True, slots=True)
class Sweeping:
    """Looks for the orphans of one owner: now and then, and whenever an operator asks."""

    look: Look

    async def find(self, _: FindOrphans, cause: Cause) -> Orphans:
        """Answer what one look finds."""
        found = await self.look(cause)
        return Orphans(
            groups=[
                OrphanGroup(kind=kind, count=len(some), examples=sorted(some)[:_EXAMPLES])
                for kind, some in found.items()
            ]
        )

    async def run(self, seconds: float) -> None:
        """Look for ever, and count what stays; while somebody is away nothing is said of it."""
        before: Mapping[str, Collection[str]] = {}
        while True:
            await asyncio.sleep(seconds)
            try:
                found = await self.look(Cause())
            except Away as away:
                log.info("not looked for orphans", reason=away.detail)
                continue
            for kind, some in found.items():
                lasting = set(some) & set(before.get(kind, ()))
                ORPHANS.labels(kind).set(len(lasting))
                if lasting:
                    log.warning("orphans", kind=kind, count=len(lasting), one=min(lasting))
            before = found
