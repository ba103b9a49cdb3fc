"""A read model that hears its facts again while it serves: every handler may be repeated."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from contracts.again import DescribeRebuild, RebuildState, SaidAgain, SayAgain, StartRebuild
from shared.cause import Cause
from shared.messages import Event, Message
from shared.rebuilds import Progress


class Transaction(Protocol):
    """What is kept of a rebuild, as `shared.rebuilds.Rebuildable` does."""

    async def begin_rebuild(self, durables: Sequence[str]) -> int: ...
    async def expect(self, generation: int, durable: str, said: int) -> None: ...
    async def progress(self) -> Progress: ...
    async def say(self, message: Message, *, sequence: int = 0) -> None: ...


class Store(Protocol):
    """Where it is kept."""

    def begin(self, cause: Cause) -> AbstractAsyncContextManager[Transaction]: ...


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """The verbs. What is heard again counts once more, under the rebuild's generation."""

    us: str
    store: Store
    wanted: Sequence[tuple[type[Event], type[SayAgain]]]
    """The events that the read model is made of, and how their owners are asked for them."""

    async def start(self, _: StartRebuild, cause: Cause) -> RebuildState:
        """Ask every owner to say its facts again, unless that is under way."""
        async with self.store.begin(cause) as tx:
            before = await tx.progress()
            if before.generation and not before.ended:
                return state_of(before)
            places = [event.subject.durable(self.us) for event, _ in self.wanted]
            generation = await tx.begin_rebuild(places)
            for event, ask in self.wanted:
                subject = str(event.subject)
                await tx.say(ask(listener=self.us, event=subject, generation=generation))
            return state_of(await tx.progress())

    async def describe(self, _: DescribeRebuild, cause: Cause) -> RebuildState:
        """Tell how the last one goes."""
        async with self.store.begin(cause) as tx:
            return state_of(await tx.progress())

    async def expect(self, heard: SaidAgain, cause: Cause) -> None:
        """Take note of how many there are, once all are said."""
        async with self.store.begin(cause) as tx:
            if heard.listener == self.us:
                await tx.expect(heard.generation, heard.durable, heard.said)


def state_of(progress: Progress) -> RebuildState:
    """Put it into words."""
    return RebuildState(
        generation=progress.generation,
        done=progress.generation == 0 or progress.whole,
        handled=progress.handled,
        expected=progress.expected,
        failed=progress.failed,
    )
