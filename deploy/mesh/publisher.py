"""Publishes for the command line: a message is stored, or it is said why not."""

from dataclasses import dataclass

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import Error as JetStreamError

from shared.problems import Away


@dataclass(frozen=True, slots=True)
class Publisher:
    """Publishes as the operator."""

    jetstream: JetStreamContext

    async def publish_stored(
        self, address: str, body: bytes, headers: dict[str, str], *, stream: str
    ) -> None:
        """Return once the broker has stored it; `Away` while it does not."""
        try:
            await self.jetstream.publish(address, body, headers=headers, stream=stream)
        except (NatsError, JetStreamError, TimeoutError) as gone:
            raise Away(f"the broker did not store it: {gone!r}") from gone
