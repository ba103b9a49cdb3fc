"""An ear that remembers the order of things and fails as told, and a lab that talks to it."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from shared import telemetry
from shared.cause import Cause
from tests.integration.shared.lab import Ear, Happened, Lab

DURABLE = "ear-lab-happened-v1"


@dataclass
class Listener:
    """An ear that remembers in which order it handled what, and fails where it is told to."""

    ear: Ear
    poison: set[str] = field(default_factory=set)
    trouble: type[Exception] = ValueError
    """As what it fails."""
    done: list[tuple[UUID, str]] = field(default_factory=list)
    marks: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    """By note, the id and the trace of what it handled."""

    async def hear(self, heard: Happened, cause: Cause) -> None:
        if heard.note in self.poison:
            raise self.trouble("poison")
        await self.ear.hear(heard, cause)
        self.done.append((heard.thing_id, heard.note))
        if cause.delivery is not None:
            self.marks[heard.note] = (cause.delivery.message_id, telemetry.trace_id())

    def notes(self, thing: UUID) -> list[str]:
        return [note for one, note in self.done if one == thing]


async def start(
    lab: Lab, listener: Listener, *, together: bool = False, in_order: bool | None = None
) -> None:
    said = await lab.bus("lab")
    await said.start()
    await lab.relay(said)
    await hearing(lab, listener, together=together, in_order=in_order)


async def hearing(
    lab: Lab, listener: Listener, *, together: bool = False, in_order: bool | None = None
) -> None:
    bus = await lab.bus("ear")
    bus.on(Happened, listener.hear, together=together, in_order=in_order)
    await bus.start()
    working = asyncio.create_task(bus.take_turns())
    lab.stack.callback(working.cancel)


def series(thing: UUID, *notes: str) -> list[Happened]:
    return [Happened(thing_id=thing, note=note) for note in notes]
