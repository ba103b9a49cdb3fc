"""Leaves a node that is cut off from the others: it answers pings, and nothing is stored there.

Who is connected to it would wait for as long as the network is divided. We ask it whether it has
company: without a leader of all it says so. That it says nothing means nothing: it may be busy.
"""

import asyncio
import json
from typing import Final

import nats.errors
import structlog
from nats.aio.client import Client

QUESTION: Final = "$JS.API.INFO"
EVERY: Final = 2.0
PATIENCE: Final = 2.0
"""Seconds for which it says that nobody leads until we try elsewhere. It begins to say so after
four to ten without a word of the others; two who still have each other have chosen by then."""
_WITHIN: Final = 2.0

log = structlog.get_logger(__name__)


class Wary:
    """Looks after one connection to a broker of several nodes."""

    def __init__(self) -> None:
        self._looking: asyncio.Task[None] | None = None

    def start(self, connection: Client) -> None:
        """Begin to look."""
        self._looking = asyncio.create_task(_look(connection), name="be wary of being alone")

    def stop(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()


async def _look(connection: Client) -> None:
    loop = asyncio.get_running_loop()
    alone: float | None = None
    while True:
        await asyncio.sleep(EVERY)
        is_led = await _is_led(connection) if connection.is_connected else True
        if is_led is None:
            continue
        alone = None if is_led else alone or loop.time()
        if alone is not None and loop.time() - alone >= PATIENCE:
            node = connection.connected_url
            log.warning("leaving a node without company", port=node.port if node else None)
            await connection.force_reconnect()
            alone = None


async def _is_led(connection: Client) -> bool | None:
    """Ask; none without an answer."""
    try:
        answer = await connection.request(QUESTION, timeout=_WITHIN)
    except (nats.errors.Error, TimeoutError, ConnectionError):
        return None
    return "error" not in json.loads(answer.data)
