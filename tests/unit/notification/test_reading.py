"""Lists, counts, and marking as read."""

import itertools

import pytest

from contracts.notification import (
    ListNotifications,
    Notify,
    ReadAllNotifications,
    ReadNotification,
)
from services.notification.model import NotificationNotFound
from shared.cause import Cause, new_id
from shared.cursor import BadCursor
from tests.unit.notification.conftest import NOON, World, heard


class TestRead:
    async def test_reading_counts_down_and_may_be_repeated(self, world: World) -> None:
        await world.verbs.document_ended(world.ready(), heard(9))
        [one] = (await world.reading.list(ListNotifications(), world.caller)).items

        for _ in range(2):
            answer = await world.reading.read(
                ReadNotification(notification_id=one.id), world.caller
            )
            assert answer.unread == 0

        [one] = (await world.reading.list(ListNotifications(unread=False), world.caller)).items
        assert one.read_at == NOON

    async def test_a_foreign_one_is_not_found(self, world: World) -> None:
        await world.verbs.document_ended(world.ready(), heard(9))
        [one] = (await world.reading.list(ListNotifications(), world.caller)).items

        with pytest.raises(NotificationNotFound):
            await world.reading.read(
                ReadNotification(notification_id=one.id), Cause(actor=new_id())
            )

    async def test_all_are_read_at_once(self, world: World) -> None:
        await world.verbs.document_ended(world.ready(), heard(9))

        assert (await world.reading.read_all(ReadAllNotifications(), world.caller)).unread == 0


class TestList:
    async def test_pages_meet_without_gap_or_repetition(self, world: World) -> None:
        for number in range(5):
            await world.verbs.notify(
                Notify(user_id=world.user, type="a.b", about=new_id(), title=str(number)), heard()
            )

        titles: list[str] = []
        cursor: str | None = None
        for _ in itertools.repeat(None, 3):
            page = await world.reading.list(ListNotifications(limit=2, cursor=cursor), world.caller)
            titles += [one.title for one in page.items]
            cursor = page.next_cursor

        assert titles == ["4", "3", "2", "1", "0"]
        assert cursor is None

    @pytest.mark.parametrize("cursor", ["x", "not a cursor", "\N{SNOWMAN}", "AAAA"])
    async def test_a_cursor_of_somebody_elses_making_is_refused(
        self, world: World, cursor: str
    ) -> None:
        with pytest.raises(BadCursor, match="next_cursor"):
            await world.reading.list(ListNotifications(cursor=cursor), world.caller)
