"""The words with which a read model is rebuilt: owners say their facts again, to one listener.

Every owner takes `SayAgain` and tells `SaidAgain` under its own subject, with these shapes.
"""

from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

from pydantic import Field

from shared.again import To
from shared.messages import Answer, Command, Event, Message, Request, Subject
from shared.problems import Problem

PAGE: Final = 200
"""Facts said in one transaction; the next page waits until the outbox has carried them."""


class NotSaidAgain(Problem, code="not-said-again", status=422, title="This is not said again"):
    """The owner keeps no fact from which this event follows."""


class SayAgain(Command):
    """Say every current fact of one kind again, to one listener alone.

    The owner says a page, then this to itself with the page's end: a killed walk goes on there.
    """

    listener: str = Field(description="The service whose consumer gets them.")
    event: str = Field(description="The subject of the event, as `evt.document.deleted.v1`.")
    generation: int = Field(ge=1, description="Which rebuild it is for; each counts once more.")
    after: UUID | None = Field(default=None, description="The last thing that was said.")
    said: int = Field(default=0, ge=0, description="Facts said so far.")

    def to(self, owner_id: UUID) -> To:
        """Address a fact of somebody's to the listener."""
        durable = Subject.parse(self.event).durable(self.listener)
        return To(durable, self.generation, owner_id)


class SaidAgain(Event):
    """Every fact that was asked for has been said; so many there were."""

    listener: str
    event: str
    generation: int = Field(ge=1)
    said: int = Field(ge=0)

    @property
    def durable(self) -> str:
        """The place in which the listener got them."""
        return Subject.parse(self.event).durable(self.listener)


class RebuildState(Answer):
    """How the last rebuild of a read model goes. It is done when all that was said is handled."""

    generation: int = Field(ge=0, description="0 where there never was one.")
    done: bool
    handled: int = Field(ge=0, description="Facts taken in so far.")
    expected: int | None = Field(description="How many there are, once the owners have said all.")
    failed: int = Field(ge=0, description="Facts that became dead letters.")


class StartRebuild(Request[RebuildState]):
    """Rebuild the read model, or tell how it goes where that has begun."""


class DescribeRebuild(Request[RebuildState]):
    """How does the last rebuild go?"""


class Telling(Protocol):
    """What an owner's transaction does when facts are said again."""

    async def say(self, message: Message, *, sequence: int = 0) -> None: ...

    async def say_again(self, event: Event, to: To, *, sequence: int = 0) -> None: ...


async def go_on(
    tx: Telling,
    asked: SayAgain,
    finished: type[SaidAgain],
    *,
    walked: Sequence[UUID],
    said: int,
) -> None:
    """Ask ourselves for the page after these things, or tell that they were the last."""
    said += asked.said
    if len(walked) == PAGE:
        await tx.say(asked.model_copy(update={"after": walked[-1], "said": said}))
        return
    await tx.say(
        finished(listener=asked.listener, event=asked.event, generation=asked.generation, said=said)
    )
