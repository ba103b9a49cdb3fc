"""How a tab's connection ends: with a code that says why, whatever form it has."""

import asyncio
from typing import Any, Final

NOT_SIGNED_IN: Final = 4401
IDLE: Final = 4408
TOO_MANY: Final = 4429
ENOUGH: Final = 1000
GOING_AWAY: Final = 1012
TRY_LATER: Final = 1013
TOO_LONG: Final = 1009
RETRY_AFTER: Final = 1
"""Seconds after which somebody who was sent away may come back."""


class Over(Exception):
    """The connection ends, with the code that says why."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


async def over_when(event: asyncio.Event, code: int, reason: str) -> None:
    """End it when something happens."""
    await event.wait()
    raise Over(code, reason)


def first(endings: BaseExceptionGroup[Any]) -> BaseException:
    """Return the first exception of the group, however deep it is nested."""
    ending = endings.exceptions[0]
    return first(ending) if isinstance(ending, BaseExceptionGroup) else ending
