"""Saying a message again, to one listener alone: for redrive, replay and rebuild."""

from shared.dead_letters import Publishes
from shared.envelope import GENERATION

TO = "TO"
"""The stream in which each listener has a second place of its own."""

_OF_THE_LAST_TIME = ("dead-", "nats-")


async def say_again(
    broker: Publishes,
    durable: str,
    body: bytes,
    headers: dict[str, str],
    *,
    attempt: int,
    generation: int | None = None,
) -> None:
    """Give `durable`, and nobody else, a message it may have seen; id, trace and cause stay.

    What it has handled counts again only under a higher `generation`. The broker stores each
    `attempt` once, however often it is published.
    """
    kept = {
        name: value
        for name, value in headers.items()
        if not name.lower().startswith(_OF_THE_LAST_TIME)
    }
    kept["Nats-Msg-Id"] = f"{headers['ce-id']}:{attempt}"
    if generation is not None:
        kept[GENERATION] = str(generation)
    await broker.publish_stored(f"to.{durable}", body, kept, stream=TO)
