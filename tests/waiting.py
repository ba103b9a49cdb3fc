"""Waiting for a condition with a deadline: the only place where tests let time pass."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], bool], within: float = 20.0) -> None:
    """Wait until a condition holds, at most `within` seconds."""

    async def holds() -> bool:
        return condition()

    await until_found(holds, within)


async def until_found(condition: Callable[[], Awaitable[bool]], within: float = 20.0) -> None:
    """Wait until a look at something outside finds a condition true, at most `within` seconds."""
    async with asyncio.timeout(within):
        while not await condition():  # what is waited for can send no signal
            await asyncio.sleep(0.02)
