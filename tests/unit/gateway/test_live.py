"""The WebSocket: who is let in, and that nothing is missed, doubled or told to others."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from contracts.identity import SessionEnded
from services.gateway.live import connection
from services.gateway.model import Caller
from shared.cause import Cause
from tests.unit.gateway.conftest import World, somebody

Frame = dict[str, Any]


class Tab:
    """An open tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def next(self) -> Frame:
        async with asyncio.timeout(5):
            frame: Frame = json.loads(await self.socket.recv())
            return frame

    async def closed(self) -> int:
        """Read on until it is closed, and say with which code."""
        with pytest.raises(ConnectionClosed) as over:
            await self._drain()
        assert over.value.rcvd is not None
        return over.value.rcvd.code

    async def _drain(self) -> None:
        while True:
            await self.next()


@asynccontextmanager
async def tab(world: World, caller: Caller | None = None) -> AsyncGenerator[tuple[Tab, Frame]]:
    ticket = await world.passes.issue(caller or world.caller)
    async with connect(world.web_socket) as socket:
        opened = Tab(socket)
        await opened.send(type="auth", ticket=ticket)
        yield opened, await opened.next()


class TestSigningIn:
    @pytest.mark.parametrize(
        "first",
        [
            '{"type":"auth","ticket":"never made"}',
            '{"type":"resume","epoch":"e1","offset":0}',
            '{"type":"auth"}',
            "no json",
            '"text"',
        ],
    )
    async def test_without_a_valid_ticket_it_is_closed_with_4401(
        self, served: World, first: str
    ) -> None:
        async with connect(served.web_socket) as socket:
            await socket.send(first)

            assert await Tab(socket).closed() == 4401

    async def test_who_says_nothing_is_closed_with_4401(
        self, served: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connection, "_SIGN_IN_SECONDS", 0.05)

        async with connect(served.web_socket) as socket:
            assert await Tab(socket).closed() == 4401

    async def test_a_ticket_is_good_once(self, served: World) -> None:
        async with served.client() as client:
            made = (await client.post("/api/v1/ws/tickets")).json()
        assert made["expires_in"] == 30

        codes: list[int] = []
        async with (
            connect(served.web_socket) as first,
            connect(served.web_socket) as second,
        ):
            for socket in (first, second):
                await Tab(socket).send(type="auth", ticket=made["ticket"])
            assert (await Tab(first).next())["type"] == "hello"
            codes.append(await Tab(second).closed())
        assert codes == [4401]

    async def test_a_ticket_of_an_ended_session_opens_nothing(self, served: World) -> None:
        ticket = await served.passes.issue(served.caller)
        await served.access.end(ended(served.caller), Cause())

        async with connect(served.web_socket) as socket:
            await Tab(socket).send(type="auth", ticket=ticket)
            assert await Tab(socket).closed() == 4401

    async def test_hello_says_where_the_person_stands(self, served: World) -> None:
        await served.pushes.push(served.caller.user, "document.ready")
        await served.pushes.push(somebody().user, "document.ready")

        async with tab(served) as (_, hello):
            assert hello == {
                "type": "hello",
                "session": str(served.caller.session),
                "epoch": "e1",
                "offset": 1,
            }

    async def test_a_person_has_so_many_tabs_and_no_more(self, served: World) -> None:
        async with tab(served), tab(served), connect(served.web_socket) as socket:
            third = Tab(socket)
            await third.send(type="auth", ticket=await served.passes.issue(served.caller))
            assert await third.closed() == 4429


def ended(caller: Caller) -> SessionEnded:
    return SessionEnded(session_id=caller.session, user_id=caller.user)


class TestResume:
    async def test_before_resume_nothing_is_pushed(self, served: World) -> None:
        async with tab(served) as (opened, _):
            await served.pushes.push(served.caller.user, "document.ready")
            await opened.send(type="ping")

            assert await opened.next() == {"type": "pong"}

    async def test_from_now_on_means_from_now_on(self, served: World) -> None:
        user = served.caller.user
        async with tab(served) as (opened, _):
            await served.pushes.push(user, "document.uploaded")
            await opened.send(type="resume", epoch=None, offset=None)
            assert await opened.next() == {"type": "recovered", "count": 0}
            await served.pushes.push(user, "document.ready", n=1)

            event = await opened.next()

        assert (event["name"], event["offset"], event["prev"]) == ("document.ready", 2, 1)
        assert event["data"] == {"n": 1}
        assert event["id"]

    async def test_what_was_missed_comes_once_in_order_and_then_what_follows(
        self, served: World
    ) -> None:
        me, other = served.caller.user, somebody().user
        for number in range(6):
            await served.pushes.push(me if number % 2 else other, "a.b", n=number)

        async with tab(served) as (opened, hello):
            await opened.send(type="resume", epoch=hello["epoch"], offset=2)
            missed = [await opened.next(), await opened.next()]
            recovered = await opened.next()
            await served.pushes.push(me, "a.b", n=6)
            followed = await opened.next()

        assert [(one["offset"], one["prev"]) for one in missed] == [(4, 2), (6, 4)]
        assert recovered == {"type": "recovered", "count": 2}
        assert (followed["offset"], followed["prev"]) == (7, 6)

    @pytest.mark.parametrize(
        ("epoch", "offset", "reason"),
        [("e0", 3, "another-epoch"), ("e1", 1, "too-old"), ("e1", 99, "unknown-offset")],
    )
    async def test_what_cannot_be_told_exactly_is_a_reset_and_then_goes_on(
        self, served: World, epoch: str, offset: int, reason: str
    ) -> None:
        user = served.caller.user
        for _ in range(5):
            await served.pushes.push(user, "a.b")
        served.pushes.oldest = 3

        async with tab(served) as (opened, _):
            await opened.send(type="resume", epoch=epoch, offset=offset)
            reset = await opened.next()
            await served.pushes.push(user, "a.b")
            event = await opened.next()

        assert reset == {"type": "reset", "reason": reason, "epoch": "e1", "offset": 5}
        assert (event["offset"], event["prev"]) == (6, 5)

    async def test_a_tab_that_is_open_when_the_stream_begins_again_is_sent_to_be_reset(
        self, served: World
    ) -> None:
        async with tab(served) as (opened, hello):
            await opened.send(type="resume", offset=None)
            await opened.next()
            await served.pushes.begin_again("e2")
            assert await opened.closed() == 1012

        async with tab(served) as (again, _):
            await again.send(type="resume", epoch=hello["epoch"], offset=hello["offset"])
            assert (await again.next())["reason"] == "another-epoch"

    async def test_resuming_again_begins_again_there(self, served: World) -> None:
        user = served.caller.user
        for _ in range(3):
            await served.pushes.push(user, "a.b")

        async with tab(served) as (opened, _):
            for offset, count in ((2, 1), (1, 2)):
                await opened.send(type="resume", epoch="e1", offset=offset)
                events = [await opened.next() for _ in range(count)]
                assert [one["offset"] for one in events] == list(range(offset + 1, 4))
                assert await opened.next() == {"type": "recovered", "count": count}

    async def test_all_tabs_of_one_person_are_told_and_nobody_else(self, served: World) -> None:
        other = somebody()
        async with (
            tab(served) as (first, _),
            tab(served) as (second, _),
            tab(served, other) as (foreign, _),
        ):
            for one in (first, second, foreign):
                await one.send(type="resume", offset=None)
                await one.next()
            await served.pushes.push(served.caller.user, "document.ready")
            await served.pushes.push(other.user, "quiz.generated")

            assert (await first.next())["name"] == "document.ready"
            assert (await second.next())["name"] == "document.ready"
            assert (await foreign.next())["name"] == "quiz.generated"


class TestTalk:
    @pytest.mark.parametrize(
        "text", ["{", "[]", '{"type":"sing"}', '{"type":"resume","offset":-1}']
    )
    async def test_what_is_not_understood_is_answered_and_nothing_ends(
        self, served: World, text: str
    ) -> None:
        async with tab(served) as (opened, _):
            await opened.socket.send(text)
            error = await opened.next()
            await opened.send(type="ping")

            assert error["type"] == "error"
            assert error["problem"]["status"] == 422
            assert (await opened.next())["type"] == "pong"

    async def test_a_frame_that_is_far_too_long_ends_it(self, served: World) -> None:
        async with tab(served) as (opened, _):
            await opened.socket.send("x" * 5_000)

            assert await opened.closed() == 1009

    async def test_who_never_resumes_may_not_stay(
        self, served: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connection, "_RESUME_SECONDS", 0.05)

        async with tab(served) as (opened, _):
            assert await opened.closed() == 4408


class TestEnd:
    async def test_a_session_that_ends_closes_its_tabs_at_once_and_no_others(
        self, served: World
    ) -> None:
        other = somebody()
        async with tab(served) as (mine, _), tab(served, other) as (foreign, _):
            await served.access.end(ended(served.caller), Cause())

            assert await mine.closed() == 4401
            await foreign.send(type="ping")
            assert (await foreign.next())["type"] == "pong"

    async def test_before_the_house_closes_it_says_when_to_come_back(self, served: World) -> None:
        async with tab(served) as (opened, _):
            served.draining.set()

            assert await opened.next() == {"type": "bye", "code": 1012, "retry_after": 1}
            assert await opened.closed() == 1012

    async def test_a_tab_that_went_leaves_room_for_another(self, served: World) -> None:
        for _ in range(4):
            async with tab(served) as (_, hello):
                assert hello["type"] == "hello"
