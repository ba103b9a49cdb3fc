"""How a place is left: what the broker had sent already is given back, and nobody is waited for."""

import asyncio
import os
import signal

from nats.aio.msg import Msg

from shared.bus_pulls import GOODBYE, Pull
from shared.provision import broker
from tests.integration.shared.hearing import happened
from tests.integration.shared.lab import Lab

STREAM, DURABLE = "EVT_LAB", "ear-lab-happened-v1"
SOON = 2.0
"""Seconds; what is not given back comes again after three, which is the lab's `ack_wait`."""


async def pulling(lab: Lab, begun: list[Msg]) -> Pull:
    async def begin(message: Msg) -> None:
        begun.append(message)

    pull = Pull(await lab.connect("ear"), STREAM, DURABLE, 4, begin)
    await pull.start()
    return pull


async def test_what_comes_while_it_stops_goes_back_to_the_broker_at_once(lab: Lab) -> None:
    begun: list[Msg] = []
    pull = await pulling(lab, begun)
    await pull.stop()
    admin = (await lab.connect(broker.ADMIN)).jetstream()
    body = happened().model_dump_json().encode()
    await admin.publish("evt.lab.happened.v1", body)
    others = await (await lab.connect("ear")).jetstream().pull_subscribe_bind(DURABLE, STREAM)
    (sent,) = await others.fetch(1)

    await pull._take(sent)  # as the client hands it over, just then

    (again,) = await others.fetch(1, timeout=SOON)
    assert (again.data, again.metadata.num_delivered, begun) == (body, 2, [])


async def test_a_broker_that_stands_still_is_not_waited_for(lab: Lab) -> None:
    pull = await pulling(lab, [])
    os.kill(lab.server.held.child.pid, signal.SIGSTOP)
    try:
        async with asyncio.timeout(GOODBYE + 10):
            await pull.stop()
    finally:
        os.kill(lab.server.held.child.pid, signal.SIGCONT)
