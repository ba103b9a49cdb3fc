"""Whether the sender of a request still waits: what nobody waits for is not carried out.

A process that was frozen finds requests in its sockets whose senders gave up long ago, and have
asked for something else since. Behind such a request lies the end of its connection.
"""

import asyncio
from collections import deque
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive

from services.gateway.pace import TooSlow

_TURNS: Final = 8
"""Turns of the loop in which an end that lies behind a request is read; it took three."""


async def expect_sender(request: Request) -> None:
    """Raise `ClientDisconnect` if the sender of a body that was read to its end has gone."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)
    if await request.is_disconnected():
        raise ClientDisconnect


async def taken_whole(request: Request, seconds: float) -> Receive:
    """Take all of a small body, see that its sender is still there, and give it once more.

    Anybody may send one, signed in or not: `TooSlow` if it has not come whole after some time.
    """
    came: deque[Message] = deque()
    try:
        async with asyncio.timeout(seconds):
            while not came or came[-1].get("more_body"):
                came.append(await request.receive())
                if came[-1]["type"] == "http.disconnect":
                    raise ClientDisconnect
    except TimeoutError as slow:
        raise TooSlow(f"The body did not come whole within {seconds:g} s.") from slow
    await expect_sender(request)

    async def again() -> Message:
        return came.popleft() if came else await request.receive()

    return again
