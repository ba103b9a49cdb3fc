"""What people are told, and that they are told it once."""

import itertools
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

import pytest

from contracts.document import (
    DocumentCancelled,
    DocumentDeleted,
    DocumentEdited,
    DocumentEvent,
    DocumentFailed,
    DocumentProcessed,
    DocumentReady,
    DocumentTaskStatusUpdated,
)
from contracts.notification import (
    Frame,
    ListNotifications,
    NotificationCreated,
    Notify,
    ReadAllNotifications,
    ReadNotification,
)
from contracts.quiz import QuizGenerated, QuizGenerationFailed
from contracts.task import TaskState
from services.notification.model import BadCursor, NotificationNotFound
from services.notification.service import Notifications
from shared.cause import Cause, Delivery, new_id
from shared.database import AlreadyHandled
from shared.messages import Message
from tests.unit.notification.fakes import FakeStore, FakeTitles

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
M = TypeVar("M", bound=Message)


@dataclass
class House:
    """Notification with fakes around it, and one person with one document."""

    store: FakeStore = field(default_factory=FakeStore)
    titles: FakeTitles = field(default_factory=FakeTitles)
    user: UUID = field(default_factory=new_id)
    document: UUID = field(default_factory=new_id)
    quiz: UUID = field(default_factory=new_id)

    def __post_init__(self) -> None:
        self.titles.titles = {self.document: "Optics", self.quiz: "Light"}
        self.titles.owner = self.user
        self.verbs = Notifications(self.store, self.titles, lambda: NOON)

    @property
    def caller(self) -> Cause:
        return Cause(actor=self.user)

    def frames(self, name: str) -> list[dict[str, object]]:
        return [
            said.data for said in self.store.said if isinstance(said, Frame) and said.name == name
        ]

    async def stored(self) -> list[tuple[str, str, dict[str, object]]]:
        page = await self.verbs.list(ListNotifications(limit=100), self.caller)
        return sorted((one.type, one.title, one.data) for one in page.items)

    def ready(self) -> DocumentReady:
        return DocumentReady(document_id=self.document, owner_id=self.user, version=1, passages=7)

    def failed(self, version: int, code: str, detail: str) -> DocumentFailed:
        return DocumentFailed(
            document_id=self.document,
            owner_id=self.user,
            version=version,
            code=code,
            detail=detail,
        )

    def deleted(self) -> DocumentDeleted:
        return DocumentDeleted(document_id=self.document, owner_id=self.user)

    def moved(self, stage: str, progress: int) -> DocumentTaskStatusUpdated:
        return DocumentTaskStatusUpdated(
            task_id=self.document,
            owner_id=self.user,
            type="document",
            status=TaskState.RUNNING,
            stage=stage,
            progress=progress,
        )


def heard(sequence: int = 0, message_id: str | None = None) -> Cause:
    return Cause(delivery=Delivery("durable", message_id or str(new_id()), sequence=sequence))


@pytest.fixture
def house() -> House:
    return House()


class TestEnds:
    async def test_a_ready_document_is_stored_shown_and_said(self, house: House) -> None:
        await house.verbs.document_ended(house.ready(), heard(9))

        page = await house.verbs.list(ListNotifications(), house.caller)
        [one] = page.items
        assert (one.type, one.document_id, one.quiz_id) == ("document.ready", house.document, None)
        assert (one.title, one.data, one.read_at) == ("Optics", {"passages": 7}, None)
        assert page.unread == 1
        assert house.frames("document.ready") == [
            {"document_id": str(house.document), "version": 1, "passages": 7}
        ]
        [news] = house.frames("notification.created")
        assert news["notification_id"] == str(one.id)
        assert news["unread"] == 1
        assert sum(isinstance(said, NotificationCreated) for said in house.store.said) == 1

    async def test_no_frame_carries_a_title(self, house: House) -> None:
        await house.verbs.document_ended(house.ready(), heard(9))

        assert not any("Optics" in said.model_dump_json() for said in house.store.said)

    async def test_hearing_it_twice_tells_it_once(self, house: House) -> None:
        await house.verbs.document_ended(house.ready(), cause := heard(9))

        with pytest.raises(AlreadyHandled):
            await house.verbs.document_ended(house.ready(), cause)
        await house.verbs.document_ended(house.ready(), heard(12))

        assert await house.stored() == [("document.ready", "Optics", {"passages": 7})]
        assert len(house.frames("notification.created")) == 1

    async def test_each_outcome_is_told(self, house: House) -> None:
        await house.verbs.document_ended(house.failed(1, "corrupt", "Page 3 ends early."), heard(3))
        cancelled = DocumentCancelled(document_id=house.document, owner_id=house.user, version=1)
        await house.verbs.document_ended(cancelled, heard(4))
        quiz = {"quiz_id": house.quiz, "owner_id": house.user}
        await house.verbs.quiz_ended(QuizGenerated(**quiz, requested=5, made=4), heard(2))
        await house.verbs.quiz_ended(
            QuizGenerationFailed(**quiz, code="no-text", detail="Nothing to ask about."), heard(3)
        )

        assert await house.stored() == [
            ("document.cancelled", "Optics", {}),
            ("document.failed", "Optics", {"code": "corrupt", "detail": "Page 3 ends early."}),
            ("quiz.failed", "Light", {"code": "no-text", "detail": "Nothing to ask about."}),
            ("quiz.ready", "Light", {"requested": 5, "made": 4}),
        ]

    async def test_of_a_document_that_its_owner_no_longer_tells_of_nothing_is_stored(
        self, house: House
    ) -> None:
        house.titles.titles.clear()

        await house.verbs.document_ended(house.ready(), heard(9))

        assert await house.stored() == []


class TestProgress:
    async def test_an_older_state_is_not_shown_after_a_newer_one(self, house: House) -> None:
        await house.verbs.follow_document(house.moved("indexing", 40), heard(5))
        await house.verbs.follow_document(house.moved("processed", 30), heard(4))
        await house.verbs.follow_document(house.moved("ready", 100), heard(6))

        assert [frame["progress"] for frame in house.frames("document.status")] == [40, 100]

    async def test_nothing_is_shown_of_a_deleted_document(self, house: House) -> None:
        await house.verbs.forget(house.deleted(), heard(9))

        await house.verbs.follow_document(house.moved("ready", 100), heard(8))

        assert house.frames("document.status") == []


class TestShuffled:
    @pytest.mark.parametrize("seed", range(20))
    async def test_every_order_ends_the_same(self, seed: int) -> None:
        shuffler = random.Random(seed)  # noqa: S311  # an order, not a secret
        house = House()
        steps = house_steps(house)
        twice = [*steps, *steps]
        shuffler.shuffle(twice)

        for step in twice:
            try:
                await step()
            except AlreadyHandled:
                continue

        about = {"code": "timed-out", "detail": "It took 30 s."}
        assert await house.stored() == [
            ("document.failed", "Optics", about),
            ("document.ready", "Optics", {"passages": 7}),
        ]

    @pytest.mark.parametrize("seed", range(20))
    async def test_with_a_deletion_among_them_nothing_is_left(self, seed: int) -> None:
        shuffler = random.Random(seed)  # noqa: S311  # an order, not a secret
        house = House()
        steps = [*house_steps(house), bound(house.verbs.forget, house.deleted(), 9)]
        shuffler.shuffle(steps)

        for step in steps:
            await step()

        assert await house.stored() == []


def bound(
    verb: Callable[[M, Cause], Awaitable[None]], message: M, sequence: int
) -> Callable[[], Awaitable[None]]:
    cause = heard(sequence)
    return lambda: verb(message, cause)


def house_steps(house: House) -> list[Callable[[], Awaitable[None]]]:
    about = {"document_id": house.document, "owner_id": house.user}
    processed = DocumentProcessed(
        **about, version=1, text_object_id=new_id(), text_version="ab", characters=1, pages=1
    )
    failures = [
        house.failed(1, "corrupt", "Page 3 ends early."),
        house.failed(2, "timed-out", "It took 30 s."),
    ]
    return [
        bound(house.verbs.show_document, processed, 2),
        bound(house.verbs.document_ended, failures[0], 3),
        bound(house.verbs.document_ended, failures[1], 5),
        bound(house.verbs.follow_document, house.moved("ready", 100), 7),
        bound(house.verbs.document_ended, house.ready(), 8),
        bound(house.verbs.retitle, DocumentEdited(**about), 6),
    ]


class TestRetitle:
    async def test_an_edited_title_reaches_what_was_told_before(self, house: House) -> None:
        await house.verbs.document_ended(house.ready(), heard(9))
        house.titles.titles[house.document] = "Optics, second edition"

        await house.verbs.retitle(
            DocumentEdited(document_id=house.document, owner_id=house.user), heard(10)
        )

        assert [title for _, title, _ in await house.stored()] == ["Optics, second edition"]


class TestNotify:
    async def test_another_service_tells_somebody_something_once(self, house: House) -> None:
        asked = Notify(
            user_id=house.user,
            type="course.ready",
            about=new_id(),
            title="Your course",
            data={"lessons": 3},
        )

        await house.verbs.notify(asked, heard())
        await house.verbs.notify(asked, heard())

        assert await house.stored() == [("course.ready", "Your course", {"lessons": 3})]


class TestRead:
    async def test_reading_counts_down_and_may_be_repeated(self, house: House) -> None:
        await house.verbs.document_ended(house.ready(), heard(9))
        [one] = (await house.verbs.list(ListNotifications(), house.caller)).items

        for _ in range(2):
            answer = await house.verbs.read(ReadNotification(notification_id=one.id), house.caller)
            assert answer.unread == 0

        [one] = (await house.verbs.list(ListNotifications(unread=False), house.caller)).items
        assert one.read_at == NOON

    async def test_a_foreign_one_is_not_found(self, house: House) -> None:
        await house.verbs.document_ended(house.ready(), heard(9))
        [one] = (await house.verbs.list(ListNotifications(), house.caller)).items

        with pytest.raises(NotificationNotFound):
            await house.verbs.read(ReadNotification(notification_id=one.id), Cause(actor=new_id()))

    async def test_all_are_read_at_once(self, house: House) -> None:
        await house.verbs.document_ended(house.ready(), heard(9))

        assert (await house.verbs.read_all(ReadAllNotifications(), house.caller)).unread == 0


class TestList:
    async def test_pages_meet_without_gap_or_repetition(self, house: House) -> None:
        for number in range(5):
            await house.verbs.notify(
                Notify(user_id=house.user, type="a.b", about=new_id(), title=str(number)), heard()
            )

        titles: list[str] = []
        cursor: str | None = None
        for _ in itertools.repeat(None, 3):
            page = await house.verbs.list(ListNotifications(limit=2, cursor=cursor), house.caller)
            titles += [one.title for one in page.items]
            cursor = page.next_cursor

        assert titles == ["4", "3", "2", "1", "0"]
        assert cursor is None

    @pytest.mark.parametrize("cursor", ["x", "not a cursor", "\N{SNOWMAN}", "AAAA"])
    async def test_a_cursor_of_somebody_elses_making_is_refused(
        self, house: House, cursor: str
    ) -> None:
        with pytest.raises(BadCursor, match="next_cursor"):
            await house.verbs.list(ListNotifications(cursor=cursor), house.caller)


def test_events_about_documents_name_the_document() -> None:
    assert DocumentEvent.model_fields.keys() == {"document_id", "owner_id"}
