"""What tests of delivery need: a thing that happened, somebody who listens, and ways to wait."""

from shared.cause import new_id
from shared.problems import Away
from shared.provision import broker
from tests.integration.shared.lab import Ear, Happened, Lab
from tests.waiting import until_found


def happened(note: str = "") -> Happened:
    return Happened(thing_id=new_id(), note=note)


async def listening(lab: Lab, ear: Ear) -> None:
    """Start both services: the lab's relay, and the ear's hearing."""
    said = await lab.bus("lab")
    await said.start()
    await lab.relay(said)
    heard = await lab.bus("ear")
    heard.on(Happened, ear.hear)
    await heard.start()


async def until_counted(lab: Lab, name: str, table: str, wanted: int, within: float = 20.0) -> None:
    async def counted() -> bool:
        try:
            return await lab.count(name, table) == wanted
        except Away:
            return False

    await until_found(counted, within)


async def until_empty(lab: Lab, stream: str) -> None:
    jetstream = (await lab.connect(broker.ADMIN)).jetstream()

    async def empty() -> bool:
        return (await jetstream.stream_info(stream)).state.messages == 0

    await until_found(empty)


async def until_acknowledged(lab: Lab, stream: str, durable: str) -> None:
    jetstream = (await lab.connect(broker.ADMIN)).jetstream()

    async def acknowledged() -> bool:
        info = await jetstream.consumer_info(stream, durable)
        floor = info.ack_floor.stream_seq if info.ack_floor else 0
        return floor > 0 and info.num_ack_pending == 0

    await until_found(acknowledged)


async def dead_letter(lab: Lab, within: float = 30.0) -> dict[str, str]:
    jetstream = (await lab.connect(broker.ADMIN)).jetstream()

    async def there() -> bool:
        return (await jetstream.stream_info("DEAD")).state.messages > 0

    await until_found(there, within)
    return dict((await jetstream.get_msg("DEAD", 1)).headers or {})
