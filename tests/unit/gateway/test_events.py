"""The event stream: who is let in, and that it tells the same as the WebSocket, exactly once."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from contracts.identity import SessionEnded
from services.gateway.live.events import Seen
from services.gateway.model import Caller
from shared.cause import Cause
from tests.events import Stream, Told
from tests.unit.gateway.conftest import LIMITS, Street, somebody
from tests.waiting import until


@asynccontextmanager
async def stream(
    street: Street, caller: Caller | None = None, last: str = "", **query: str
) -> AsyncGenerator[Stream]:
    """Open one with a token, and be greeted."""
    headers = {"Last-Event-ID": last} if last else {}
    async with (
        street.client(caller) as client,
        client.stream("GET", "/api/v1/events", headers=headers, params=query) as response,
    ):
        assert response.status_code == 200, await response.aread()
        yield Stream(response)


class TestSigningIn:
    async def test_it_is_an_event_stream_that_nobody_between_us_keeps(
        self, open_house: Street
    ) -> None:
        async with stream(open_house) as opened:
            headers = opened.response.headers

        assert headers["content-type"].startswith("text/event-stream")
        assert headers["cache-control"] == "no-store"
        assert "content-length" not in headers

    async def test_hello_says_where_the_person_stands(self, open_house: Street) -> None:
        await open_house.pushes.push(open_house.caller.user, "document.ready")
        await open_house.pushes.push(somebody().user, "document.ready")

        async with stream(open_house) as opened:
            hello = await opened.next()

        assert hello == Told(
            "e1:1",
            "hello",
            {
                "type": "hello",
                "session": str(open_house.caller.session),
                "epoch": "e1",
                "offset": 1,
            },
        )

    async def test_a_ticket_opens_it_once(self, open_house: Street) -> None:
        ticket = await open_house.passes.issue(open_house.caller)
        query = {"ticket": ticket}
        async with open_house.stranger() as browser:
            async with browser.stream("GET", "/api/v1/events", params=query) as response:
                hello = await Stream(response).next()
            again = await browser.get("/api/v1/events", params=query)

        assert hello.event == "hello"
        assert again.status_code == 401
        assert again.json()["type"].endswith("not-signed-in")

    async def test_nobody_else_is_let_in(self, open_house: Street) -> None:
        ticket = await open_house.passes.issue(open_house.caller)
        await open_house.access.end(ended(open_house.caller), Cause())

        async with open_house.stranger() as stranger, open_house.client() as signed_out:
            answers = [
                await stranger.get("/api/v1/events"),
                await stranger.get("/api/v1/events", params={"ticket": "never made"}),
                await stranger.get("/api/v1/events", params={"ticket": ticket}),
                await signed_out.get("/api/v1/events"),
            ]

        assert [answer.status_code for answer in answers] == [401] * 4

    async def test_tabs_of_both_kinds_are_counted_together(self, open_house: Street) -> None:
        async with stream(open_house) as first, stream(open_house) as second:
            await first.next()
            await second.next()
            async with open_house.client() as client:
                third = await client.get("/api/v1/events")
        async with stream(open_house) as later:
            assert (await later.next()).event == "hello"

        assert third.status_code == 429
        assert third.json()["type"].endswith("too-many-requests")


class TestResume:
    async def test_without_an_id_it_tells_from_now_on(self, open_house: Street) -> None:
        user = open_house.caller.user
        await open_house.pushes.push(user, "document.uploaded")
        async with stream(open_house) as opened:
            await opened.next()
            assert (await opened.next()).data == {"type": "recovered", "count": 0}
            await open_house.pushes.push(user, "document.ready", n=1)
            told = await opened.next()

        assert (told.id, told.event) == ("e1:2", "document.ready")
        assert told.data.pop("id")
        assert told.data == {
            "type": "event",
            "offset": 2,
            "prev": 1,
            "name": "document.ready",
            "data": {"n": 1},
        }

    @pytest.mark.parametrize("place", [{"last": "e1:2"}, {"after": "e1:2"}])
    async def test_what_was_missed_comes_once_in_order_and_then_what_follows(
        self, open_house: Street, place: dict[str, str]
    ) -> None:
        me, other = open_house.caller.user, somebody().user
        for number in range(6):
            await open_house.pushes.push(me if number % 2 else other, "a.b", n=number)

        async with stream(open_house, None, **place) as opened:
            hello = await opened.next()
            missed = [await opened.next(), await opened.next()]
            recovered = await opened.next()
            await open_house.pushes.push(me, "a.b", n=6)
            followed = await opened.next()

        assert hello.id == "e1:2"
        assert [(one.id, one.data["prev"]) for one in missed] == [("e1:4", 2), ("e1:6", 4)]
        assert (recovered.id, recovered.data["count"]) == (None, 2)
        assert (followed.id, followed.data["prev"]) == ("e1:7", 6)

    @pytest.mark.parametrize(
        ("last", "reason"),
        [
            ("e0:3", "another-epoch"),
            ("e1:1", "too-old"),
            ("e1:99", "unknown-offset"),
            ("strange", "another-epoch"),
            ("e1:-1", "another-epoch"),
            ("e1:" + "9" * 60, "another-epoch"),
        ],
    )
    async def test_what_cannot_be_told_exactly_is_a_reset_and_then_goes_on(
        self, open_house: Street, last: str, reason: str
    ) -> None:
        user = open_house.caller.user
        for _ in range(5):
            await open_house.pushes.push(user, "a.b")
        open_house.pushes.oldest = 3

        async with stream(open_house, last=last) as opened:
            await opened.next()
            reset = await opened.next()
            await open_house.pushes.push(user, "a.b")
            told = await opened.next()

        assert reset.event == "reset"
        assert reset.data == {"type": "reset", "reason": reason, "epoch": "e1", "offset": 5}
        assert told.id == "e1:6"

    async def test_nobody_is_told_what_is_another_persons(self, open_house: Street) -> None:
        other = somebody()
        async with stream(open_house) as mine, stream(open_house, other) as foreign:
            for one in (mine, foreign):
                await one.next()
                await one.next()
            await open_house.pushes.push(open_house.caller.user, "document.ready")
            await open_house.pushes.push(other.user, "quiz.generated")

            assert (await mine.next()).event == "document.ready"
            assert (await foreign.next()).event == "quiz.generated"

    def test_an_id_is_read_from_its_end(self) -> None:
        assert Seen.read("a:b:7") == ("a:b", 7)
        assert Seen.read(None) == Seen.read("") == ("", None)


class TestEnd:
    async def test_a_session_that_ends_ends_its_streams_and_no_others(
        self, open_house: Street
    ) -> None:
        other = somebody()
        async with stream(open_house) as mine, stream(open_house, other) as foreign:
            await mine.next()
            await foreign.next()
            await open_house.access.end(ended(open_house.caller), Cause())

            last = (await mine.rest())[-1]
            await open_house.pushes.push(other.user, "a.b")
            told = [await foreign.next(), await foreign.next()]

        assert last.data == {"type": "bye", "code": 4401, "retry_after": 1}
        assert told[-1].event == "a.b"

    async def test_when_the_stream_begins_anew_it_says_when_to_come_back(
        self, open_house: Street
    ) -> None:
        async with stream(open_house) as opened:
            await opened.next()
            await open_house.pushes.begin_anew("e2")

            assert (await opened.rest())[-1].data["code"] == 1012

    async def test_before_the_house_closes_it_says_when_to_come_back(
        self, open_house: Street
    ) -> None:
        async with stream(open_house) as opened:
            await opened.next()
            open_house.draining.set()

            assert (await opened.rest())[-1].data["code"] == 1012


class TestSilence:
    @pytest.fixture
    def street(self) -> Street:
        return Street(limits=replace(LIMITS, beat_seconds=0.02, send_seconds=0.05))

    async def test_a_quiet_stream_shows_that_it_lives(self, open_house: Street) -> None:
        async with stream(open_house) as opened:
            await opened.next()
            await opened.next()
            reading = asyncio.create_task(opened.next())
            await until(lambda: len(opened.comments) > 1)
            await open_house.pushes.push(open_house.caller.user, "a.b")

            assert (await reading).event == "a.b"

    async def test_who_does_not_read_is_left(self, open_house: Street) -> None:
        async with stream(open_house) as opened:
            await opened.next()
            for _ in range(100):
                await open_house.pushes.push(open_house.caller.user, "a.b", long="x" * 200_000)

            await until(lambda: not open_house.tabs.open_of(open_house.caller.user))


class TestEnough:
    @pytest.fixture
    def street(self) -> Street:
        return Street(limits=replace(LIMITS, frames_per_stream=3))

    async def test_a_long_stream_ends_and_goes_on_where_it_ended(self, open_house: Street) -> None:
        for number in range(5):
            await open_house.pushes.push(open_house.caller.user, "a.b", n=number)

        async with stream(open_house, last="e1:0") as opened:
            first = await opened.rest()
        ids = [one.id for one in first if one.id]
        async with stream(open_house, last=ids[-1]) as opened:
            second = [await opened.next() for _ in range(3)]

        assert first[-1].data["code"] == 1000
        numbers = [one.data["data"]["n"] for one in (*first, *second) if one.event == "a.b"]
        assert numbers == [0, 1, 2, 3, 4]


def ended(caller: Caller) -> SessionEnded:
    return SessionEnded(session_id=caller.session, user_id=caller.user)
