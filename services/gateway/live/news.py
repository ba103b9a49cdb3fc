"""What one open tab is told: what it missed, a `recovered` after the last of it, what follows.

The WebSocket and the event stream say the same, each in its own form.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from opentelemetry.trace import SpanKind

from services.gateway.live.endings import GOING_AWAY, Over
from services.gateway.ports import EpochChanged, Mark, Pushed, Pushes
from shared import telemetry


@dataclass(frozen=True, slots=True)
class News:
    """One frame for a tab."""

    type: str
    members: Mapping[str, object]
    pushed: Pushed | None = None
    """What was pushed, if it is that."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody's news go on."""

    mark: Mark
    after: int
    gap: str | None = None
    """Why they cannot be told exactly; they then go on from now."""

    @classmethod
    def behind(cls, mark: Mark, epoch: str, offset: int | None) -> Self:
        """Go on behind an offset, or from now on."""
        if offset is None:
            return cls(mark, mark.offset)
        gap = mark.gap_after(epoch, offset)
        return cls(mark, mark.offset, gap) if gap else cls(mark, offset)

    async def news(self, pushes: Pushes, user: UUID) -> AsyncGenerator[News]:
        """Tell it all, without end; `Over` when what we told has no meaning any more."""
        try:
            async with aclosing(self._told(pushes, user)) as told:
                async for one in told:
                    yield one
        except EpochChanged as changed:
            raise Over(GOING_AWAY, "live events began again: come back and be reset") from changed

    async def _told(self, pushes: Pushes, user: UUID) -> AsyncGenerator[News]:
        if self.gap:
            where = {"epoch": self.mark.epoch, "offset": self.mark.offset}
            yield News("reset", {"reason": self.gap, **where})
        recovered = bool(self.gap)
        if not recovered and self.mark.last <= self.after:
            yield News("recovered", {"count": 0})
            recovered = True
        count, prev = 0, self.after
        async with aclosing(pushes.follow(user, self.after, self.mark.epoch)) as follow:
            async for pushed in follow:
                yield News("event", _members(pushed, prev), pushed)
                prev, count = pushed.offset, count + 1
                if not recovered and pushed.offset >= self.mark.last:
                    yield News("recovered", {"count": count})
                    recovered = True


@contextmanager
def shown(news: News) -> Iterator[None]:
    """Open a span, in the trace of what caused it, around the sending of a push."""
    if news.pushed is None:
        yield
        return
    name, parent = f"show {news.pushed.name}", news.pushed.traceparent
    with telemetry.span(name, parent=parent, kind=SpanKind.CONSUMER):
        yield


def _members(pushed: Pushed, prev: int) -> dict[str, object]:
    return {
        "offset": pushed.offset,
        "prev": prev,
        "id": pushed.id,
        "name": pushed.name,
        "data": dict(pushed.data),
    }
