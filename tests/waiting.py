"""Waiting for a condition with a deadline: the only place where tests let time pass."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import nats.errors

T = TypeVar("T")


async def until(condition: Callable[[], bool], within: float = 20.0) -> None:
    """Wait until a condition holds, at most `within` seconds."""

    async def holds() -> bool:
        return condition()

    await until_found(holds, within)


async def until_found(condition: Callable[[], Awaitable[bool]], within: float = 20.0) -> None:
    """Wait until a look at something outside finds a condition true, at most `within` seconds."""
    async with asyncio.timeout(within) as limit:
        while not await condition():  # what is waited for can send no signal
            if limit.expired():
                raise TimeoutError  # the condition lost our cancellation: see `until_ended`
            await asyncio.sleep(0.02)


async def until_answered(ask: Callable[[], Awaitable[T]], within: float = 60.0) -> T:
    """Ask brokers again, at most `within` seconds: while nobody leads, a request goes astray."""
    answers: list[T] = []

    async def answered() -> bool:
        try:
            answers.append(await ask())
        except (nats.errors.Error, TimeoutError):
            return False
        return True

    await until_found(answered, within)
    return answers[0]


async def until_ended(task: asyncio.Task[Any]) -> None:
    """Cancel a task until it has ended: `wait_for` loses a cancellation that meets its answer."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=1)
