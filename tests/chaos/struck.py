"""What a fault was, once it was done."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.schedule import Fault


class NotThere(Exception):
    """The process to be hit does not run: an earlier fault is not over."""


class Stayed(Exception):
    """The process was asked to go, and did not."""


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that was done."""

    fault: Fault
    victim: str
    began: float
    ended: float
    services: Sequence[str]
    """Whose work it may have disturbed."""
    in_flight: int | None = None
    """Messages that were in hand when a process was killed; none where that means nothing."""
    ended_pid: int | None = None
    """The process that was ended for good."""
    led: str = ""
    """Of what a node of the broker was the leader when it was hit."""
    lasting: asyncio.Task[None] | None = None
    """What goes on while we look whether the others get back to work, and ends by itself."""

    @property
    def is_over(self) -> bool:
        """Whether nothing of it goes on any more."""
        return self.lasting is None or self.lasting.done()
