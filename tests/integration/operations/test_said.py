"""What operators find of what was said, on a real broker with the rights that operations has."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from nats.js import JetStreamContext

from contracts.operations import SaidPage, SearchSaid
from services.operations.said import Said
from services.operations.service import NotAllowed
from shared.bus import Address, Bus
from shared.cause import Cause, new_id
from shared.cursor import BadCursor
from shared.envelope import Envelope
from shared.provision import broker
from tests.integration.operations.ward import Ward
from tests.integration.shared.hearing import happened
from tests.integration.shared.lab import Happened

OPERATOR = Cause(actor=new_id(), role="administrator")


@pytest.fixture
async def said(ward: Ward) -> AsyncGenerator[Said]:
    bus = Bus("operations", Address(ward.lab.server.url, "operations", "operations"))
    await bus.connect()
    yield Said(bus, ["CMD_LAB", "EVT_LAB"])
    await bus.stop()


@pytest.fixture
async def admin(ward: Ward) -> JetStreamContext:
    return (await ward.lab.connect(broker.ADMIN)).jetstream()


async def say(admin: JetStreamContext, cause: Cause | None = None, note: str = "") -> Happened:
    event = happened(note) if note else happened()
    envelope = Envelope.seal(event, cause or Cause(), source="lab")
    body = event.model_dump_json().encode()
    await admin.publish(event.address, body, headers=envelope.headers())
    return event


def keys(page: SaidPage) -> list[str]:
    return [one.key for one in page.items]


class TestSearch:
    async def test_it_is_found_by_thing_person_request_type_and_time(
        self, said: Said, admin: JetStreamContext
    ) -> None:
        person, request = new_id(), new_id()
        first = await say(admin)
        middle = datetime.now(UTC)
        second = await say(admin, Cause(actor=person, correlation=request))
        one, two = str(first.thing_id), str(second.thing_id)
        start = middle - timedelta(minutes=1)

        async def found(**asked: str | UUID | datetime) -> list[str]:
            return keys(await said.search(SearchSaid.model_validate(asked), OPERATOR))

        assert await found(since=start) == [one, two]
        assert await found(about=two) == [two]
        assert await found(actor_id=person) == [two]
        assert await found(correlation_id=request) == [two]
        assert await found(type="evt.lab.happened.v1", about=one) == [one]
        assert await found(type="evt.*", about=one) == [one]
        assert await found(type="cmd.*", about=one) == []
        assert await found(type="evt.other.happened.v1") == []
        assert await found(since=middle) == [two]
        assert await found(until=middle) == [one]
        assert await found(id=str(new_id())) == []

    async def test_everything_of_one_is_told(self, said: Said, admin: JetStreamContext) -> None:
        event = await say(admin, Cause(actor=new_id()))

        page = await said.search(SearchSaid(about=str(event.thing_id)), OPERATOR)

        (one,) = page.items
        assert one.data == event.model_dump(mode="json")
        assert (one.type, one.stream) == ("evt.lab.happened.v1", "EVT_LAB")
        assert one.headers["ce-id"] == one.id
        assert page.next_cursor is None

    async def test_pages_follow_each_other_and_miss_nothing(
        self, said: Said, admin: JetStreamContext
    ) -> None:
        told = [str((await say(admin)).thing_id) for _ in range(7)]

        found: list[str] = []
        cursor = None
        while True:
            page = await said.search(SearchSaid(limit=3, cursor=cursor), OPERATOR)
            found += keys(page)
            cursor = page.next_cursor
            if cursor is None:
                break

        assert found[-7:] == told
        assert len(found) == len(set(found))

    async def test_a_cursor_is_good_for_its_question_only(
        self, said: Said, admin: JetStreamContext
    ) -> None:
        for _ in range(2):
            await say(admin)
        page = await said.search(SearchSaid(limit=1), OPERATOR)

        for cursor in (page.next_cursor, "nonsense", ""):
            with pytest.raises(BadCursor):
                await said.search(SearchSaid(type="evt.*", cursor=cursor), OPERATOR)

    async def test_who_follows_hears_what_is_said_next(
        self, said: Said, admin: JetStreamContext
    ) -> None:
        past = await say(admin)
        follow = SearchSaid(follow=True, since=datetime.now(UTC) - timedelta(minutes=1))
        before = await said.search(follow, OPERATOR)
        event = await say(admin)

        after = await said.search(
            follow.model_copy(update={"cursor": before.next_cursor}), OPERATOR
        )

        assert str(past.thing_id) in keys(before)
        assert keys(after) == [str(event.thing_id)]
        assert after.next_cursor is not None

    async def test_it_is_for_administrators(self, said: Said) -> None:
        with pytest.raises(NotAllowed):
            await said.search(SearchSaid(), Cause(actor=new_id()))
