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
from tests.unit.notification.conftest import NOON, House, heard


class TestRead:
    async def test_reading_counts_down_and_may_be_repeated(self, house: House) -> None:
        await house.verbs.document_ended(house.ready(), heard(9))
        [one] = (await house.reading.list(ListNotifications(), house.caller)).items

        for _ in range(2):
            answer = await house.reading.read(
                ReadNotification(notification_id=one.id), house.caller
            )
            assert answer.unread == 0

        [one] = (await house.reading.list(ListNotifications(unread=False), house.caller)).items
        assert one.read_at == NOON

    async def test_a_foreign_one_is_not_found(self, house: House) -> None:
        await house.verbs.document_ended(house.ready(), heard(9))
        [one] = (await house.reading.list(ListNotifications(), house.caller)).items

        with pytest.raises(NotificationNotFound):
            await house.reading.read(
                ReadNotification(notification_id=one.id), Cause(actor=new_id())
            )

    async def test_all_are_read_at_once(self, house: House) -> None:
        await house.verbs.document_ended(house.ready(), heard(9))

        assert (await house.reading.read_all(ReadAllNotifications(), house.caller)).unread == 0


class TestList:
    async def test_pages_meet_without_gap_or_repetition(self, house: House) -> None:
        for number in range(5):
            await house.verbs.notify(
                Notify(user_id=house.user, type="a.b", about=new_id(), title=str(number)), heard()
            )

        titles: list[str] = []
        cursor: str | None = None
        for _ in itertools.repeat(None, 3):
            page = await house.reading.list(ListNotifications(limit=2, cursor=cursor), house.caller)
            titles += [one.title for one in page.items]
            cursor = page.next_cursor

        assert titles == ["4", "3", "2", "1", "0"]
        assert cursor is None

    @pytest.mark.parametrize("cursor", ["x", "not a cursor", "\N{SNOWMAN}", "AAAA"])
    async def test_a_cursor_of_somebody_elses_making_is_refused(
        self, house: House, cursor: str
    ) -> None:
        with pytest.raises(BadCursor, match="next_cursor"):
            await house.reading.list(ListNotifications(cursor=cursor), house.caller)
