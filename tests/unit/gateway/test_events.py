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
from tests.unit.gateway.conftest import LIMITS, World, somebody
from tests.waiting import until


@asynccontextmanager
async def stream(
    world: World, caller: Caller | None = None, last: str = "", **query: str
) -> AsyncGenerator[Stream]:
    """Open one with a token, and be greeted."""
    headers = {"Last-Event-ID": last} if last else {}
    async with (
        world.client(caller) as client,
        client.stream("GET", "/api/v1/events", headers=headers, params=query) as response,
    ):
        assert response.status_code == 200, await response.aread()
        yield Stream(response)


class TestSigningIn:
    async def test_it_is_an_event_stream_that_nobody_between_us_keeps(self, served: World) -> None:
        async with stream(served) as opened:
            headers = opened.response.headers

        assert headers["content-type"].startswith("text/event-stream")
        assert headers["cache-control"] == "no-store"
        assert "content-length" not in headers

    async def test_hello_says_where_the_person_stands(self, served: World) -> None:
        await served.pushes.push(served.caller.user, "document.ready")
        await served.pushes.push(somebody().user, "document.ready")

        async with stream(served) as opened:
            hello = await opened.next()

        assert hello == Told(
            "e1:1",
            "hello",
            {
                "type": "hello",
                "session": str(served.caller.session),
                "epoch": "e1",
                "offset": 1,
            },
        )

    async def test_a_ticket_opens_it_once(self, served: World) -> None:
        ticket = await served.passes.issue(served.caller)
        query = {"ticket": ticket}
        async with served.stranger() as browser:
            async with browser.stream("GET", "/api/v1/events", params=query) as response:
                hello = await Stream(response).next()
            again = await browser.get("/api/v1/events", params=query)

        assert hello.event == "hello"
        assert again.status_code == 401
        assert again.json()["type"].endswith("not-signed-in")

    async def test_nobody_else_is_let_in(self, served: World) -> None:
        ticket = await served.passes.issue(served.caller)
        await served.access.end(ended(served.caller), Cause())

        async with served.stranger() as stranger, served.client() as signed_out:
            answers = [
                await stranger.get("/api/v1/events"),
                await stranger.get("/api/v1/events", params={"ticket": "never made"}),
                await stranger.get("/api/v1/events", params={"ticket": ticket}),
                await signed_out.get("/api/v1/events"),
            ]

        assert [answer.status_code for answer in answers] == [401] * 4

    async def test_tabs_of_both_kinds_are_counted_together(self, served: World) -> None:
        async with stream(served) as first, stream(served) as second:
            await first.next()
            await second.next()
            async with served.client() as client:
                third = await client.get("/api/v1/events")
        async with stream(served) as later:
            assert (await later.next()).event == "hello"

        assert third.status_code == 429
        assert third.json()["type"].endswith("too-many-requests")


class TestResume:
    async def test_without_an_id_it_tells_from_now_on(self, served: World) -> None:
        user = served.caller.user
        await served.pushes.push(user, "document.uploaded")
        async with stream(served) as opened:
            await opened.next()
            assert (await opened.next()).data == {"type": "recovered", "count": 0}
            await served.pushes.push(user, "document.ready", n=1)
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
        self, served: World, place: dict[str, str]
    ) -> None:
        me, other = served.caller.user, somebody().user
        for number in range(6):
            await served.pushes.push(me if number % 2 else other, "a.b", n=number)

        async with stream(served, None, **place) as opened:
            hello = await opened.next()
            missed = [await opened.next(), await opened.next()]
            recovered = await opened.next()
            await served.pushes.push(me, "a.b", n=6)
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
        self, served: World, last: str, reason: str
    ) -> None:
        user = served.caller.user
        for _ in range(5):
            await served.pushes.push(user, "a.b")
        served.pushes.oldest = 3

        async with stream(served, last=last) as opened:
            await opened.next()
            reset = await opened.next()
            await served.pushes.push(user, "a.b")
            told = await opened.next()

        assert reset.event == "reset"
        assert reset.data == {"type": "reset", "reason": reason, "epoch": "e1", "offset": 5}
        assert told.id == "e1:6"

    async def test_nobody_is_told_what_is_another_persons(self, served: World) -> None:
        other = somebody()
        async with stream(served) as mine, stream(served, other) as foreign:
            for one in (mine, foreign):
                await one.next()
                await one.next()
            await served.pushes.push(served.caller.user, "document.ready")
            await served.pushes.push(other.user, "quiz.generated")

            assert (await mine.next()).event == "document.ready"
            assert (await foreign.next()).event == "quiz.generated"

    def test_an_id_is_read_from_its_end(self) -> None:
        assert Seen.read("a:b:7") == ("a:b", 7)
        assert Seen.read(None) == Seen.read("") == ("", None)


class TestEnd:
    async def test_a_session_that_ends_ends_its_streams_and_no_others(self, served: World) -> None:
        other = somebody()
        async with stream(served) as mine, stream(served, other) as foreign:
            await mine.next()
            await foreign.next()
            await served.access.end(ended(served.caller), Cause())

            last = (await mine.rest())[-1]
            await served.pushes.push(other.user, "a.b")
            told = [await foreign.next(), await foreign.next()]

        assert last.data == {"type": "bye", "code": 4401, "retry_after": 1}
        assert told[-1].event == "a.b"

    async def test_when_the_stream_begins_again_it_says_when_to_come_back(
        self, served: World
    ) -> None:
        async with stream(served) as opened:
            await opened.next()
            await served.pushes.begin_again("e2")

            assert (await opened.rest())[-1].data["code"] == 1012

    async def test_before_the_house_closes_it_says_when_to_come_back(self, served: World) -> None:
        async with stream(served) as opened:
            await opened.next()
            served.draining.set()

            assert (await opened.rest())[-1].data["code"] == 1012


class TestSilence:
    @pytest.fixture
    def world(self) -> World:
        return World(limits=replace(LIMITS, beat_seconds=0.02, send_seconds=0.05))

    async def test_a_quiet_stream_shows_that_it_lives(self, served: World) -> None:
        async with stream(served) as opened:
            await opened.next()
            await opened.next()
            reading = asyncio.create_task(opened.next())
            await until(lambda: len(opened.comments) > 1)
            await served.pushes.push(served.caller.user, "a.b")

            assert (await reading).event == "a.b"

    async def test_who_does_not_read_is_left(self, served: World) -> None:
        async with stream(served) as opened:
            await opened.next()
            for _ in range(100):
                await served.pushes.push(served.caller.user, "a.b", long="x" * 200_000)

            await until(lambda: not served.tabs.open_of(served.caller.user))


class TestEnough:
    @pytest.fixture
    def world(self) -> World:
        return World(limits=replace(LIMITS, frames_per_stream=3))

    async def test_a_long_stream_ends_and_goes_on_where_it_ended(self, served: World) -> None:
        for number in range(5):
            await served.pushes.push(served.caller.user, "a.b", n=number)

        async with stream(served, last="e1:0") as opened:
            first = await opened.rest()
        ids = [one.id for one in first if one.id]
        async with stream(served, last=ids[-1]) as opened:
            second = [await opened.next() for _ in range(3)]

        assert first[-1].data["code"] == 1000
        numbers = [one.data["data"]["n"] for one in (*first, *second) if one.event == "a.b"]
        assert numbers == [0, 1, 2, 3, 4]


def ended(caller: Caller) -> SessionEnded:
    return SessionEnded(session_id=caller.session, user_id=caller.user)
