"""What somebody does not want to be told is not told, and everything else is."""

import pytest

from contracts.notification import (
    ChangePreferences,
    Channels,
    ListNotifications,
    NotificationCreated,
    Notify,
    Preferences,
    ShowPreferences,
)
from contracts.quiz import QuizGenerated
from shared.cause import Cause, new_id
from shared.problems import NotFound
from tests.unit.notification.conftest import House, heard

EVERYTHING = Channels()


async def prefer(house: House, **families: Channels) -> Preferences:
    return await house.reading.prefer(ChangePreferences(families=families), house.caller)


async def much_happens(house: House) -> None:
    """A document and a quiz, from their beginnings to their ends."""
    await house.showing.follow_document(house.moved("indexing", 40), heard(5))
    await house.verbs.document_ended(house.ready(), heard(9))
    made = QuizGenerated(quiz_id=house.quiz, owner_id=house.user, requested=5, made=5)
    await house.verbs.quiz_ended(made, heard(2))


class TestPreferences:
    async def test_at_first_everything_is_told(self, house: House) -> None:
        told = await house.reading.preferences(ShowPreferences(), house.caller)

        assert told.families == {"document": EVERYTHING, "quiz": EVERYTHING}

    async def test_what_is_changed_stays_and_what_is_not_named_is_told_again(
        self, house: House
    ) -> None:
        await prefer(house, quiz=Channels(live=False))
        changed = await prefer(house, course=Channels(in_app=False))

        assert changed.families == {
            "document": EVERYTHING,
            "quiz": EVERYTHING,
            "course": Channels(in_app=False),
        }
        assert await house.reading.preferences(ShowPreferences(), house.caller) == changed

    async def test_they_belong_to_a_person(self, house: House) -> None:
        await prefer(house, quiz=Channels(live=False))

        foreign = await house.reading.preferences(ShowPreferences(), Cause(actor=new_id()))
        assert foreign.families["quiz"] == EVERYTHING
        with pytest.raises(NotFound):
            await house.reading.preferences(ShowPreferences(), Cause())


class TestMuted:
    async def test_a_family_that_is_not_kept_is_neither_stored_nor_told_of_as_new(
        self, house: House
    ) -> None:
        await prefer(house, document=Channels(in_app=False))

        await much_happens(house)

        assert [type_ for type_, _, _ in await house.stored()] == ["quiz.ready"]
        [news] = house.frames("notification.created")
        assert news["type"] == "quiz.ready"
        assert len(house.frames("document.status")) == 1
        assert len(house.frames("document.ready")) == 1
        said = [one.type for one in house.store.said if isinstance(one, NotificationCreated)]
        assert said == ["quiz.ready"]

    async def test_a_family_that_is_not_live_is_stored_and_not_shown(self, house: House) -> None:
        await prefer(house, document=Channels(live=False))

        await much_happens(house)

        assert [type_ for type_, _, _ in await house.stored()] == ["document.ready", "quiz.ready"]
        assert house.frames("document.status") == house.frames("document.ready") == []
        assert [news["type"] for news in house.frames("notification.created")] == ["quiz.ready"]
        assert len(house.frames("quiz.generated")) == 1

    async def test_what_other_services_tell_can_be_muted_too(self, house: House) -> None:
        await prefer(house, course=Channels(in_app=False))
        asked = Notify(user_id=house.user, type="course.ready", about=new_id(), title="Sailing")

        await house.verbs.notify(asked, heard())

        page = await house.reading.list(ListNotifications(), house.caller)
        assert page.items == []
