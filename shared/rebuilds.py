"""How far a read model is that is rebuilt: what its owners have said, and what was taken in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from shared.database import Transaction

FAILED_AT: Final = 6
"""Errors after which a message is a dead letter, as everywhere."""

# One at a time, so that two who begin at once get one rebuild or two numbers.
_ALONE: Final = text("SELECT pg_advisory_xact_lock(hashtext('rebuilds'))")
_NEXT: Final = text("SELECT coalesce(max(generation), 0) + 1 FROM rebuilds")
_BEGIN: Final = text(
    "INSERT INTO rebuilds (generation, durable)"
    " SELECT :generation, durable FROM unnest(CAST(:durables AS text[])) AS durable"
)
_EXPECT: Final = text(
    "UPDATE rebuilds SET expected = :said WHERE generation = :generation AND durable = :durable"
)
# The inbox knows what was taken in; nothing is counted twice, and nothing need be counted beside.
_PROGRESS: Final = text("""
    SELECT rebuilds.generation, rebuilds.expected,
           (SELECT count(*) FROM inbox WHERE inbox.durable = rebuilds.durable
            AND inbox.generation = rebuilds.generation AND inbox.generation > 0) AS handled,
           (SELECT count(*) FROM attempts WHERE attempts.durable = rebuilds.durable
            AND attempts.generation = rebuilds.generation AND attempts.errors >= :failed
            AND NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.durable = attempts.durable
                AND inbox.message_id = attempts.message_id
                AND inbox.generation = attempts.generation)) AS failed
    FROM rebuilds WHERE rebuilds.generation = (SELECT max(generation) FROM rebuilds)""")


@dataclass(frozen=True, slots=True)
class Progress:
    """One rebuild, over all that it hears."""

    generation: int = 0
    handled: int = 0
    failed: int = 0
    expected: int | None = None
    """How many facts there are; unknown until every owner has said all."""

    @property
    def whole(self) -> bool:
        """Whether all that was said is taken in."""
        return self.expected is not None and self.handled >= self.expected

    @property
    def ended(self) -> bool:
        """Whether nothing more comes, even if some of it failed."""
        return self.expected is not None and self.handled + self.failed >= self.expected


class Rebuildable(Transaction):
    """A transaction of a service whose read model can be rebuilt."""

    async def begin_rebuild(self, durables: Sequence[str]) -> int:
        """Begin the next rebuild, which hears at these places; the answer is its generation."""
        await self._session.execute(_ALONE)
        generation = int((await self._session.execute(_NEXT)).scalar_one())
        begun = {"generation": generation, "durables": list(durables)}
        await self._session.execute(_BEGIN, begun)
        return generation

    async def expect(self, generation: int, durable: str, said: int) -> None:
        """Note how much an owner has said for one place."""
        given = {"generation": generation, "durable": durable, "said": said}
        await self._session.execute(_EXPECT, given)

    async def progress(self) -> Progress:
        """Tell how the last one goes; generation 0 where there never was one."""
        rows = (await self._session.execute(_PROGRESS, {"failed": FAILED_AT})).all()
        if not rows:
            return Progress()
        expected = [row.expected for row in rows]
        return Progress(
            generation=rows[0].generation,
            handled=sum(row.handled for row in rows),
            failed=sum(row.failed for row in rows),
            expected=None if None in expected else sum(expected),
        )
