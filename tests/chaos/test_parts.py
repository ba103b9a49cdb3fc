"""The rig's own parts: what compares, what draws, what cuts, what counts."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from typing import Any, ClassVar

import pytest

from tests.chaos.counts import Counts, Place
from tests.chaos.division import Division
from tests.chaos.effects import Told
from tests.chaos.ledger import Account
from tests.chaos.repeats import Repeats
from tests.chaos.schedule import CHILDREN, SERVERS, SUPERVISOR, Choice, Kind, kinds, schedule
from tests.chaos.wire import HOST, Wire

SERVICES = ("document", "search", "storage")
DOUBLED = ("document", "storage")


class TestAccount:
    def test_an_account_holds_where_everything_said_was_found_once(self) -> None:
        account = Account("a", {"x", "y"}, ["y", "x"])

        assert account.holds

    def test_equal_counts_do_not_hide_that_one_is_lost_and_one_doubled(self) -> None:
        account = Account("a", {"x", "y"}, ["x", "x"])

        assert (account.lost, account.doubled) == ({"y"}, {"x"})
        assert not account.holds

    def test_what_nobody_said_is_a_stranger(self) -> None:
        account = Account("a", {"x"}, ["x", "z"])

        assert account.strangers == {"z"}
        assert not account.holds

    def test_what_was_never_answered_may_be_there_once_or_not(self) -> None:
        account = Account("a", {"x"}, ["x", "y"], unsure={"y", "z"})

        assert account.holds
        assert account.recovered == {"y"}

    def test_what_was_never_answered_may_not_be_there_twice(self) -> None:
        account = Account("a", {"x"}, ["x", "y", "y"], unsure={"y"})

        assert account.doubled == {"y"}


class TestSchedule:
    def test_a_seed_always_draws_the_same(self) -> None:
        drawn = [schedule(7, SERVICES, DOUBLED), schedule(7, SERVICES, DOUBLED)]

        first, second = ([next(faults) for _ in range(60)] for faults in drawn)
        assert first == second

    def test_every_class_is_hit_as_often_as_every_other_in_each_of_its_ways(self) -> None:
        classes = (*SERVICES, *SERVERS, CHILDREN, SUPERVISOR)
        faults = schedule(7, SERVICES, DOUBLED)

        drawn = Counter((one.target, one.kind) for one in [next(faults) for _ in range(12 * 8)])
        for target in classes:
            ways = kinds(target, DOUBLED)
            assert {drawn[target, way] for way in ways} == {12 // len(ways)}
        assert {kind for _, kind in drawn} == set(Kind)

    def test_second_replicas_are_meant_only_where_there_are_any(self) -> None:
        faults = schedule(7, SERVICES, DOUBLED)

        seconds = {one.target for one in [next(faults) for _ in range(200)] if one.second}
        assert seconds == set(DOUBLED)

    def test_who_chooses_gets_what_was_chosen_and_what_is_named_twice_twice_as_often(self) -> None:
        choice = Choice(("nats",), (Kind.KILL, Kind.KILL, Kind.CUT))
        faults = schedule(7, SERVICES, ("nats",), choice)

        drawn = [next(faults) for _ in range(30)]
        assert {one.target for one in drawn} == {"nats"}
        assert Counter(one.kind for one in drawn) == {Kind.KILL: 20, Kind.CUT: 10}


class TestCounts:
    def test_of_each_node_that_is_believed_what_it_leads(self) -> None:
        told = {"nats-1": _view("nats-1", 7, 7), "nats-2": _view("nats-1", 5, 6)}

        counts = Counts.read(told)

        assert counts is not None
        assert counts.stored == {"EVT_LAB": 7}
        assert counts.places["document-lab-a-v1"].deliveries == 7
        assert counts.leaders == dict.fromkeys(
            ("EVT_LAB", "document-lab-a-v1", "the cluster"), "nats-1"
        )

    def test_of_two_that_think_they_lead_the_furthest_is_believed(self) -> None:
        told = {"nats-1": _view("nats-1", 5, 5), "nats-2": _view("nats-2", 7, 7)}

        counts = Counts.read(told)

        assert counts is not None
        assert counts.leaders["EVT_LAB"] == "nats-2"
        assert counts.places["document-lab-a-v1"].deliveries == 7

    def test_what_nobody_leads_cannot_be_counted(self) -> None:
        assert Counts.read({"nats-1": _view("", 7, 7), "nats-2": _view("nats-3", 7, 7)}) is None

    def test_who_stands_alone_leads(self) -> None:
        counts = Counts.read({"nats": _view("", 7, 7)})

        assert counts is not None
        assert counts.events == 7


class TestDivision:
    async def test_only_the_wires_of_one_node_are_cut(self) -> None:
        servers = [await asyncio.start_server(_greet, HOST, 0) for _ in range(3)]
        division = await Division.lay([one.sockets[0].getsockname()[1] for one in servers])

        division.cut("nats-2")

        wires = division.ways.items()
        assert all([await _hears(wire, 10) for pair, wire in wires if 2 not in pair])
        assert not any([await _hears(wire, 0.2) for pair, wire in wires if 2 in pair])
        division.mend("nats-2")
        assert all([await _hears(wire, 10) for _, wire in wires])
        assert [len(ports) for ports in division.routes] == [2, 2, 2]
        await division.close()
        for server in servers:
            server.close()


class TestWire:
    @pytest.fixture
    async def wire(self) -> AsyncGenerator[Wire]:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while piece := await reader.read(100):
                writer.write(piece)
            writer.close()

        server = await asyncio.start_server(echo, HOST, 0)
        wire = await Wire(server.sockets[0].getsockname()[1]).open()
        yield wire
        await wire.close()
        server.close()

    async def test_a_whole_wire_carries_both_ways(self, wire: Wire) -> None:
        reader, writer = await asyncio.open_connection(HOST, wire.port)

        writer.write(b"there and back")

        assert await reader.readexactly(14) == b"there and back"
        writer.close()

    async def test_a_cut_wire_says_nothing_and_loses_nothing(self, wire: Wire) -> None:
        reader, writer = await asyncio.open_connection(HOST, wire.port)
        writer.write(b"1")
        await reader.readexactly(1)

        wire.cut()
        writer.write(b"2")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await reader.read(1)
        wire.mend()

        assert await reader.readexactly(1) == b"2"
        writer.close()

    async def test_who_comes_while_it_is_cut_is_let_in_and_hears_nothing(self, wire: Wire) -> None:
        wire.cut()

        reader, writer = await asyncio.open_connection(HOST, wire.port)
        writer.write(b"hello")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await reader.read(1)
        wire.mend()

        assert await reader.readexactly(5) == b"hello"
        writer.close()


class TestRepeats:
    SUBJECTS: ClassVar = {
        "document-lab-a-v1": "evt.lab.a.v1",
        "document-document-b-v1": "cmd.document.b.v1",
    }

    def test_what_an_event_listener_got_beyond_what_there_was_is_repeated(self) -> None:
        told = [Told("EVT_LAB", "evt.lab.a.v1", place, "", "", "") for place in (1, 3, 4)]
        counts = _counts(EVT_LAB=4, place=Place("EVT_LAB", "document-lab-a-v1", 5, 4, 4, 0, 0))

        assert Repeats.of(told).so_far(counts, ["document"], self.SUBJECTS) == 2

    def test_what_lies_beyond_the_place_reached_was_never_handed_over(self) -> None:
        told = [Told("EVT_LAB", "evt.lab.a.v1", place, "", "", "") for place in (1, 3, 4)]
        counts = _counts(EVT_LAB=4, place=Place("EVT_LAB", "document-lab-a-v1", 2, 3, 3, 0, 1))

        assert Repeats.of(told).so_far(counts, ["document"], self.SUBJECTS) == 0

    def test_of_a_work_queue_only_numbers_are_left_and_they_are_enough(self) -> None:
        place = Place("CMD_DOCUMENT", "document-document-b-v1", 4, 3, 3, 0, 2)
        counts = _counts(CMD_DOCUMENT=5, place=place)

        assert Repeats.of([]).so_far(counts, ["document"], self.SUBJECTS) == 1

    def test_other_services_are_not_counted(self) -> None:
        place = Place("CMD_DOCUMENT", "document-document-b-v1", 4, 3, 3, 0, 2)
        counts = _counts(CMD_DOCUMENT=5, place=place)

        assert Repeats.of([]).so_far(counts, ["quiz"], self.SUBJECTS) == 0


def _view(leader: str, last: int, delivered: int) -> dict[str, Any]:
    """What a node's monitoring tells of one stream and one place in it."""
    cluster = {"leader": leader}
    state = {"consumer_seq": delivered, "stream_seq": delivered}
    place: dict[str, Any] = {"name": "document-lab-a-v1", "cluster": cluster, "delivered": state}
    place |= {"ack_floor": state, "num_ack_pending": 0, "num_pending": 0}
    stream: dict[str, Any] = {"name": "EVT_LAB", "cluster": cluster, "state": {"last_seq": last}}
    details = [{"stream_detail": [stream | {"consumer_detail": [place]}]}]
    return {"meta_cluster": cluster, "account_details": details}


async def _greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"hello")
    writer.close()


async def _hears(wire: Wire, within: float) -> bool:
    reader, writer = await asyncio.open_connection(HOST, wire.port)
    try:
        async with asyncio.timeout(within):
            return await reader.read() == b"hello"
    except TimeoutError:
        return False
    finally:
        writer.close()


def _counts(*, place: Place, **stored: int) -> Counts:
    return Counts(stored, {place.durable: place})
