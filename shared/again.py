"""Saying a message again, to one listener alone: for redrive, replay and rebuild."""

from dataclasses import dataclass
from uuid import UUID

from shared.dead_letters import SAID_AGAIN, Publishes
from shared.envelope import GENERATION

TO = "TO"
"""The stream in which each listener has a second place of its own."""
DISCARDED = "mesh-discarded"
"""The header of a message that is given up: its listener drops it, and what waited for it flows."""

_OF_THE_LAST_TIME = ("dead-", "nats-")


@dataclass(frozen=True, slots=True)
class To:
    """One place to which something is said again, for a rebuild, on behalf of somebody."""

    durable: str
    generation: int
    actor: UUID | None = None

    @property
    def address(self) -> str:
        """Where it hears what is said to it alone."""
        return f"to.{self.durable}"


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
    kept = _kept(durable, headers, attempt)
    if generation is not None:
        kept[GENERATION] = str(generation)
    await broker.publish_stored(f"to.{durable}", body, kept, stream=TO)


async def say_discarded(
    broker: Publishes, durable: str, headers: dict[str, str], *, attempt: int
) -> None:
    """Tell `durable` that a dead message of its is given up: it is not handled any more."""
    kept = _kept(durable, headers, attempt) | {DISCARDED: "1"}
    await broker.publish_stored(f"to.{durable}", b"{}", kept, stream=TO)


def _kept(durable: str, headers: dict[str, str], attempt: int) -> dict[str, str]:
    """Keep what says who, why and on which trace; one message may have died at two listeners."""
    kept = {
        name: value
        for name, value in headers.items()
        if not name.lower().startswith(_OF_THE_LAST_TIME)
    }
    return kept | {
        "Nats-Msg-Id": f"{headers['ce-id']}:{durable}:{attempt}",
        SAID_AGAIN: str(attempt),
    }
