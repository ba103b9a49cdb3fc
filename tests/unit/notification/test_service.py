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
from tests.unit.notification.conftest import World, heard


class TestEnds:
    async def test_a_ready_document_is_stored_shown_and_said(self, world: World) -> None:
        await world.verbs.document_ended(world.ready(), heard(9))

        page = await world.reading.list(ListNotifications(), world.caller)
        [one] = page.items
        assert (one.type, one.document_id, one.quiz_id) == ("document.ready", world.document, None)
        assert (one.title, one.data, one.read_at) == ("Optics", {"passages": 7}, None)
        assert page.unread == 1
        assert world.frames("document.ready") == [
            {"document_id": str(world.document), "version": 1, "passages": 7}
        ]
        [news] = world.frames("notification.created")
        assert news["notification_id"] == str(one.id)
        assert news["unread"] == 1
        assert sum(isinstance(said, NotificationCreated) for said in world.store.said) == 1

    async def test_no_frame_carries_a_title(self, world: World) -> None:
        await world.verbs.document_ended(world.ready(), heard(9))

        assert not any("Optics" in said.model_dump_json() for said in world.store.said)

    async def test_hearing_it_twice_tells_it_once(self, world: World) -> None:
        await world.verbs.document_ended(world.ready(), cause := heard(9))

        with pytest.raises(AlreadyHandled):
            await world.verbs.document_ended(world.ready(), cause)
        await world.verbs.document_ended(world.ready(), heard(12))

        assert await world.stored() == [("document.ready", "Optics", {"passages": 7})]
        assert len(world.frames("notification.created")) == 1

    async def test_each_outcome_is_told(self, world: World) -> None:
        await world.verbs.document_ended(world.failed(1, "corrupt", "Page 3 ends early."), heard(3))
        cancelled = DocumentCancelled(document_id=world.document, owner_id=world.user, version=1)
        await world.verbs.document_ended(cancelled, heard(4))
        quiz = {"quiz_id": world.quiz, "owner_id": world.user}
        await world.verbs.quiz_ended(QuizGenerated(**quiz, requested=5, made=4), heard(2))
        await world.verbs.quiz_ended(
            QuizGenerationFailed(**quiz, code="no-text", detail="Nothing to ask about."), heard(3)
        )

        assert await world.stored() == [
            ("document.cancelled", "Optics", {}),
            ("document.failed", "Optics", {"code": "corrupt", "detail": "Page 3 ends early."}),
            ("quiz.failed", "Light", {"code": "no-text", "detail": "Nothing to ask about."}),
            ("quiz.ready", "Light", {"requested": 5, "made": 4}),
        ]

    async def test_of_a_document_that_its_owner_no_longer_tells_of_nothing_is_stored(
        self, world: World
    ) -> None:
        world.titles.titles.clear()

        await world.verbs.document_ended(world.ready(), heard(9))

        assert await world.stored() == []


class TestProgress:
    async def test_an_older_state_is_not_shown_after_a_newer_one(self, world: World) -> None:
        await world.showing.follow_document(world.moved("indexing", 40), heard(5))
        await world.showing.follow_document(world.moved("processed", 30), heard(4))
        await world.showing.follow_document(world.moved("ready", 100), heard(6))

        assert [frame["progress"] for frame in world.frames("document.status")] == [40, 100]

    async def test_nothing_is_shown_of_a_deleted_document(self, world: World) -> None:
        await world.verbs.forget_document(world.deleted(), heard(9))

        await world.showing.follow_document(world.moved("ready", 100), heard(8))

        assert world.frames("document.status") == []


class TestRetitle:
    async def test_an_edited_title_reaches_what_was_told_before(self, world: World) -> None:
        await world.verbs.document_ended(world.ready(), heard(9))
        world.titles.titles[world.document] = "Optics, second edition"

        await world.verbs.retitle(
            DocumentEdited(document_id=world.document, owner_id=world.user), heard(10)
        )

        assert [title for _, title, _ in await world.stored()] == ["Optics, second edition"]


class TestForget:
    async def test_of_a_deleted_quiz_nothing_is_left_whenever_it_is_heard(
        self, world: World
    ) -> None:
        about = {"quiz_id": world.quiz, "owner_id": world.user}
        made = QuizGenerated(**about, requested=5, made=5)
        await world.verbs.quiz_ended(made, heard(2))

        await world.verbs.forget_quiz(QuizDeleted(**about), heard(3))
        await world.verbs.quiz_ended(made, heard(2))

        assert await world.stored() == []


class TestNotify:
    async def test_another_service_tells_somebody_something_once(self, world: World) -> None:
        asked = Notify(
            user_id=world.user,
            type="course.ready",
            about=new_id(),
            title="Your course",
            data={"lessons": 3},
        )

        await world.verbs.notify(asked, heard())
        await world.verbs.notify(asked, heard())

        assert await world.stored() == [("course.ready", "Your course", {"lessons": 3})]


def test_events_about_documents_name_the_document() -> None:
    assert DocumentEvent.model_fields.keys() == {"document_id", "owner_id"}
