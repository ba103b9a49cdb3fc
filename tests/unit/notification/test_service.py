"""What people are told, and that they are told it once."""

import pytest

from contracts.document import (
    DocumentCancelled,
    DocumentEdited,
    DocumentEvent,
)
from contracts.notification import (
    ListNotifications,
    NotificationCreated,
    Notify,
)
from contracts.quiz import QuizDeleted, QuizGenerated, QuizGenerationFailed
from shared.boxes import AlreadyHandled
from shared.cause import new_id
from tests.unit.notification.conftest import House, heard


class TestEnds:
    async def test_a_ready_document_is_stored_shown_and_said(self, house: House) -> None:
        await house.verbs.document_ended(house.ready(), heard(9))

        page = await house.reading.list(ListNotifications(), house.caller)
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
        await house.showing.follow_document(house.moved("indexing", 40), heard(5))
        await house.showing.follow_document(house.moved("processed", 30), heard(4))
        await house.showing.follow_document(house.moved("ready", 100), heard(6))

        assert [frame["progress"] for frame in house.frames("document.status")] == [40, 100]

    async def test_nothing_is_shown_of_a_deleted_document(self, house: House) -> None:
        await house.verbs.forget_document(house.deleted(), heard(9))

        await house.showing.follow_document(house.moved("ready", 100), heard(8))

        assert house.frames("document.status") == []


class TestRetitle:
    async def test_an_edited_title_reaches_what_was_told_before(self, house: House) -> None:
        await house.verbs.document_ended(house.ready(), heard(9))
        house.titles.titles[house.document] = "Optics, second edition"

        await house.verbs.retitle(
            DocumentEdited(document_id=house.document, owner_id=house.user), heard(10)
        )

        assert [title for _, title, _ in await house.stored()] == ["Optics, second edition"]


class TestForget:
    async def test_of_a_deleted_quiz_nothing_is_left_whenever_it_is_heard(
        self, house: House
    ) -> None:
        about = {"quiz_id": house.quiz, "owner_id": house.user}
        made = QuizGenerated(**about, requested=5, made=5)
        await house.verbs.quiz_ended(made, heard(2))

        await house.verbs.forget_quiz(QuizDeleted(**about), heard(3))
        await house.verbs.quiz_ended(made, heard(2))

        assert await house.stored() == []


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


def test_events_about_documents_name_the_document() -> None:
    assert DocumentEvent.model_fields.keys() == {"document_id", "owner_id"}
