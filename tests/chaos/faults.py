"""The faults themselves: what is done to which process, and when it is over."""

import random
import signal
import time
from dataclasses import dataclass, replace
from typing import Final

from deploy.local.plan import GATEWAY
from tests.chaos.nodes import Nodes
from tests.chaos.rig import Rig, children, is_alive, passing, send
from tests.chaos.schedule import BROKER, CHILDREN, SUPERVISOR, Fault, Kind
from tests.chaos.struck import NotThere, Stayed, Struck
from tests.waiting import until

STREAMS: Final = ("EVT_DOCUMENT", "CMD_DOCUMENT", "EVT_INDEXING", "PUSH", "CMD_STORAGE")
"""Those that are filled in turn: events, commands, frames."""
_ROOM: Final = 4_096
"""Bytes that a stream still takes when it is filled."""
_GONE_WITHIN: Final = 60.0
_LOOKS: Final = 3
_SESSION: Final = "session"


@dataclass(frozen=True, slots=True)
class Injector:
    """Does faults to a rig."""

    rig: Rig
    hold: float
    """How long what is paused stays so; what is cut off or full, half as long."""

    async def strike(self, fault: Fault) -> Struck:
        """Do it, and return when it is over."""
        if fault.kind is Kind.FILL:
            return await self._fill(fault)
        if fault.target == BROKER and self.rig.mesh.ports.nodes > 1:
            return await Nodes(self.rig, self.hold).strike(fault)
        if fault.kind is Kind.CUT:
            return await self._cut(fault)
        if fault.target == SUPERVISOR:
            return await self._supervisor(fault)
        victim, pid = self._victim(fault)
        struck = Struck(fault, victim, time.time(), 0.0, self._disturbed(fault.target))
        match fault.kind:
            case Kind.KILL:
                send(pid, signal.SIGKILL)
                ended = time.time()
                flying = await self._in_hand(fault.target)
                return replace(struck, ended=ended, in_flight=flying, ended_pid=pid)
            case Kind.PAUSE:
                await self._pause(pid)
            case _:
                send(pid, _polite(fault.target))
                await passing(_GONE_WITHIN, pid)
                if is_alive(pid):
                    raise Stayed(victim)
                struck = replace(struck, ended_pid=pid)
        return replace(struck, ended=time.time())

    def _victim(self, fault: Fault) -> tuple[str, int]:
        """Choose the process, as the schedule says."""
        if fault.target != CHILDREN:
            name = f"{fault.target}-2" if fault.second else fault.target
            pid = self.rig.pid(name)
            if pid is None:
                raise NotThere(name)
            return name, pid
        postmaster = self.rig.pid("postgres")
        if postmaster is None:
            raise NotThere("postgres")
        found = children(postmaster)
        names = sorted({_kind_of(words) for words in found.values()})
        wanted = names[int(fault.luck * len(names))]
        if fault.kind is Kind.RESTART:
            wanted = _SESSION  # its others ignore SIGTERM: only their postmaster ends them
        dice = random.Random(fault.luck)  # noqa: S311  # repeatable, and no secret
        pid = dice.choice([one for one, words in found.items() if _kind_of(words) == wanted])
        return f"postgres: {wanted}", pid

    def _disturbed(self, target: str) -> list[str]:
        return [target] if target in self.rig.services else self.rig.services

    async def _in_hand(self, target: str) -> int | None:
        """Count what a process had in hand when it was killed, just now: at most so much.

        It stays unacknowledged for seconds yet. What its replica has in hand is counted, too, and
        what the broker still sends to the dead one before it notices.
        """
        if target not in self.rig.services or target == GATEWAY:
            return None
        looks = []
        for _ in range(_LOOKS):
            counts = await self.rig.counter.look()
            if counts is not None:
                looks.append({one.durable: one.unacked for one in counts.of([target])})
            await passing(0.15)
        return sum(max(look[durable] for look in looks) for durable in looks[0]) if looks else None

    async def _pause(self, pid: int) -> None:
        send(pid, signal.SIGSTOP)
        try:
            await passing(self.hold, pid)
        finally:
            send(pid, signal.SIGCONT)

    async def _supervisor(self, fault: Fault) -> Struck:
        """End the supervisor, and with it everything that it runs; then bring the mesh up again."""
        began = time.time()
        supervisor = self.rig.running.supervisor
        if fault.kind is Kind.PAUSE:
            await self._pause(supervisor.pid)
            return Struck(fault, SUPERVISOR, began, time.time(), self.rig.services)
        send(supervisor.pid, signal.SIGKILL if fault.kind is Kind.KILL else signal.SIGTERM)
        await until(lambda: supervisor.exit_code is not None, within=120)
        await self.rig.start_again()
        return Struck(fault, SUPERVISOR, began, time.time(), self.rig.services)

    async def _cut(self, fault: Fault) -> Struck:
        replica = self.rig.replicas.all[f"{fault.target}-2"]
        began = time.time()
        replica.cut()
        try:
            await passing(self.hold / 2)
        finally:
            replica.mend()
        return Struck(fault, replica.name, began, time.time(), [fault.target])

    async def _fill(self, fault: Fault) -> Struck:
        """Leave a stream next to no room, so that it refuses soon; then give it back."""
        name = STREAMS[int(fault.luck * len(STREAMS))]
        began = time.time()
        connection = await self.rig.broker()
        try:
            jetstream = connection.jetstream(timeout=10)
            there = await jetstream.stream_info(name)
            small = replace(there.config, max_bytes=there.state.bytes + _ROOM)
            await jetstream.update_stream(small)
            try:
                await passing(self.hold / 2)
            finally:
                await jetstream.update_stream(there.config)
        finally:
            await connection.close()
        return Struck(fault, f"stream {name}", began, time.time(), self.rig.services)


def _polite(target: str) -> signal.Signals:
    """How a process is asked to go: PostgreSQL's quick way is SIGINT."""
    return signal.SIGINT if target == "postgres" else signal.SIGTERM


def _kind_of(words: str) -> str:
    """Name a child of PostgreSQL by its work: `postgres: document document 127.0.0.1(…) idle`."""
    told = words.removeprefix("postgres: ")
    return _SESSION if "127.0.0.1(" in told else told.partition(":")[0].strip() or "child"
