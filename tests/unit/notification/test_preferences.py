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
from tests.unit.notification.conftest import World, heard

EVERYTHING = Channels()


async def prefer(world: World, **families: Channels) -> Preferences:
    return await world.reading.prefer(ChangePreferences(families=families), world.caller)


async def much_happens(world: World) -> None:
    """A document and a quiz, from their beginnings to their ends."""
    await world.showing.follow_document(world.moved("indexing", 40), heard(5))
    await world.verbs.document_ended(world.ready(), heard(9))
    made = QuizGenerated(quiz_id=world.quiz, owner_id=world.user, requested=5, made=5)
    await world.verbs.quiz_ended(made, heard(2))


class TestPreferences:
    async def test_at_first_everything_is_told(self, world: World) -> None:
        told = await world.reading.preferences(ShowPreferences(), world.caller)

        assert told.families == {"document": EVERYTHING, "quiz": EVERYTHING}

    async def test_what_is_changed_stays_and_what_is_not_named_is_told_again(
        self, world: World
    ) -> None:
        await prefer(world, quiz=Channels(live=False))
        changed = await prefer(world, course=Channels(in_app=False))

        assert changed.families == {
            "document": EVERYTHING,
            "quiz": EVERYTHING,
            "course": Channels(in_app=False),
        }
        assert await world.reading.preferences(ShowPreferences(), world.caller) == changed

    async def test_they_belong_to_a_person(self, world: World) -> None:
        await prefer(world, quiz=Channels(live=False))

        foreign = await world.reading.preferences(ShowPreferences(), Cause(actor=new_id()))
        assert foreign.families["quiz"] == EVERYTHING
        with pytest.raises(NotFound):
            await world.reading.preferences(ShowPreferences(), Cause())


class TestMuted:
    async def test_a_family_that_is_not_kept_is_neither_stored_nor_told_of_as_new(
        self, world: World
    ) -> None:
        await prefer(world, document=Channels(in_app=False))

        await much_happens(world)

        assert [type_ for type_, _, _ in await world.stored()] == ["quiz.ready"]
        [news] = world.frames("notification.created")
        assert news["type"] == "quiz.ready"
        assert len(world.frames("document.status")) == 1
        assert len(world.frames("document.ready")) == 1
        said = [one.type for one in world.store.said if isinstance(one, NotificationCreated)]
        assert said == ["quiz.ready"]

    async def test_a_family_that_is_not_live_is_stored_and_not_shown(self, world: World) -> None:
        await prefer(world, document=Channels(live=False))

        await much_happens(world)

        assert [type_ for type_, _, _ in await world.stored()] == ["document.ready", "quiz.ready"]
        assert world.frames("document.status") == world.frames("document.ready") == []
        assert [news["type"] for news in world.frames("notification.created")] == ["quiz.ready"]
        assert len(world.frames("quiz.generated")) == 1

    async def test_what_other_services_tell_can_be_muted_too(self, world: World) -> None:
        await prefer(world, course=Channels(in_app=False))
        asked = Notify(user_id=world.user, type="course.ready", about=new_id(), title="Sailing")

        await world.verbs.notify(asked, heard())

        page = await world.reading.list(ListNotifications(), world.caller)
        assert page.items == []
