"""Those whom a message is said again to, over the stream `TO`."""

from dataclasses import dataclass

from services.operations.model import Letter
from shared.again import say_again, say_discarded
from shared.dead_letters import Publishes


@dataclass(frozen=True, slots=True)
class BusListeners:
    """Listeners reached over the bus; id, trace and cause of the message stay as they were."""

    broker: Publishes

    async def say_again(self, letter: Letter) -> None:
        await say_again(
            self.broker,
            letter.death.durable,
            letter.body,
            letter.death.headers,
            attempt=letter.redrives,
        )

    async def say_discarded(self, letter: Letter) -> None:
        if "ce-id" in letter.death.headers:
            await say_discarded(
                self.broker, letter.death.durable, letter.death.headers, attempt=letter.redrives
            )
