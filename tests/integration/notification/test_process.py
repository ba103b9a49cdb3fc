"""Notification as a process: events shuffled, doubled and killed under; the same is told once."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import UUID

import pytest

from contracts.document import (
    DocumentDeleted,
    DocumentEdited,
    DocumentFailed,
    DocumentProcessed,
    DocumentReady,
    DocumentTaskStatusUpdated,
    DocumentUploaded,
)
from contracts.notification import DescribeNotificationRebuild, Frame, RebuildNotification
from contracts.quiz import QuizDeleted, QuizGenerated
from contracts.task import TaskState
from shared.cause import Cause, new_id
from tests.integration.notification.neighbours import Neighbourhood, Neighbours, Said, neighbourhood
from tests.integration.shared.saying_again import say_documents_again
from tests.servers import Postgres
from tests.waiting import until_found

ENDS = ("ready", "failed")
SHOWN = 7
"""Uploaded, failed, processed, edited, ready, and two that a notification was made."""
PROGRESS = frozenset({"document.status", "documents.progress"})


@pytest.fixture
async def mesh(
    server_directory: Path, postgres: Postgres, tmp_path: Path
) -> AsyncGenerator[Neighbourhood]:
    async with neighbourhood(server_directory, postgres, tmp_path / "notification.log") as mesh:
        yield mesh


def life(neighbours: Neighbours, owner: UUID, document: UUID) -> list[Said]:
    """What is said of a document that failed once and was read again."""
    events = [
        DocumentUploaded(
            document_id=document,
            owner_id=owner,
            object_id=new_id(),
            size=1,
            sha256="a",
            media_type="text/plain",
        ),
        status(owner, document, "processing", 10),
        DocumentFailed(
            document_id=document, owner_id=owner, version=1, code="timed-out", detail="Too long."
        ),
        DocumentProcessed(
            document_id=document,
            owner_id=owner,
            version=2,
            text_object_id=new_id(),
            text_version="a",
            characters=1,
            pages=1,
        ),
        DocumentEdited(document_id=document, owner_id=owner),
        status(owner, document, "ready", 100),
        DocumentReady(document_id=document, owner_id=owner, version=2, passages=1),
    ]
    return [neighbours.seal(event, place + 1) for place, event in enumerate(events)]


def status(owner: UUID, document: UUID, stage: str, progress: int) -> DocumentTaskStatusUpdated:
    return DocumentTaskStatusUpdated(
        task_id=document,
        owner_id=owner,
        type="document",
        status=TaskState.RUNNING,
        stage=stage,
        progress=progress,
    )


@pytest.mark.parametrize("seed", range(2))
async def test_in_any_order_and_doubled_the_end_is_the_same(mesh: Neighbourhood, seed: int) -> None:
    shuffler = random.Random(seed)  # noqa: S311  # an order, not a secret
    neighbours, owner = mesh.neighbours, new_id()
    kept = [neighbours.own(owner, f"Kept {number}") for number in range(4)]
    gone = [neighbours.own(owner, f"Gone {number}") for number in range(4)]
    quiz, lost = neighbours.own(owner, "Quiz"), neighbours.own(owner, "Lost quiz")
    said = [one for document in kept + gone for one in life(neighbours, owner, document)]
    for document in gone:
        deleted = DocumentDeleted(document_id=document, owner_id=owner)
        said.append(neighbours.seal(deleted, 9))
        del neighbours.titles[document]
    for made in (quiz, lost):
        generated = QuizGenerated(quiz_id=made, owner_id=owner, requested=3, made=3)
        said.append(neighbours.seal(generated, 2))
    said.append(neighbours.seal(QuizDeleted(quiz_id=lost, owner_id=owner), 3))
    twice = [*said, *said]
    shuffler.shuffle(twice)
    await neighbours.begin()

    async with mesh.service.running():
        await neighbours.say(twice)
        await until_found(neighbours.idle, within=60)
        told = await neighbours.told(owner)
        frames = await neighbours.frames(owner)

    expected = {(f"Kept {number}", f"document.{end}") for number in range(4) for end in ENDS}
    assert Counter((one.title, one.type) for one in told.items) == Counter(
        expected | {("Quiz", "quiz.ready")}
    )
    assert told.unread == 9
    created = [one.data["notification_id"] for one in frames if one.name == "notification.created"]
    assert len(created) == len(set(created))
    assert {str(one.id) for one in told.items} <= set(created)
    for document in kept:
        shown = [
            one.data["progress"]
            for one in frames
            if one.name == "document.status" and one.data["document_id"] == str(document)
        ]
        assert shown in ([10, 100], [100])


async def test_killed_again_and_again_each_is_told_once(mesh: Neighbourhood) -> None:
    neighbours, owner = mesh.neighbours, new_id()
    documents = [neighbours.own(owner, f"Document {number}") for number in range(40)]
    said = [one for document in documents for one in life(neighbours, owner, document)]
    await neighbours.begin()
    saying = asyncio.create_task(neighbours.say(said))

    for _ in range(3):
        async with mesh.service.running() as process:
            await until_found(lambda: some_told(neighbours, owner))
            process.kill()
            await process.wait()
    await saying
    async with mesh.service.running():
        await until_found(neighbours.idle, within=60)
        told = await neighbours.told(owner)

        async def all_shown() -> bool:
            frames = await neighbours.frames(owner)
            sums = [one.data["processing"] for one in frames if one.name == "documents.progress"]
            return len(facts(frames)) >= len(documents) * SHOWN and sums[-1:] in ([], [0])

        await until_found(all_shown)
        frames = await neighbours.frames(owner)

    assert len(told.items) == len(documents) * len(ENDS)
    shown = Counter(
        (one.name, one.data.get("document_id"), one.data.get("type"), one.data.get("version"))
        for one in facts(frames)
    )
    assert set(shown.values()) == {1}
    assert len(shown) == len(documents) * SHOWN
    ends = Counter(one.data["document_id"] for one in frames if one.data.get("status") == "ready")
    assert ends == {str(document): 1 for document in documents}


def facts(frames: list[Frame]) -> list[Frame]:
    """What happened; how far things are is told as often as is good."""
    return [one for one in frames if one.name not in PROGRESS]


async def some_told(neighbours: Neighbours, owner: UUID) -> bool:
    return bool((await neighbours.told(owner)).items)


async def test_what_was_never_heard_of_documents_counts_after_a_rebuild(
    mesh: Neighbourhood,
) -> None:
    neighbours, owner = mesh.neighbours, new_id()
    gone, kept = neighbours.own(owner, "Gone"), neighbours.own(owner, "Old name")
    said = [one for document in (gone, kept) for one in life(neighbours, owner, document)]
    await neighbours.begin()

    async with mesh.service.running():
        await neighbours.say(said)
        await until_found(neighbours.idle, within=60)
        before, frames = await neighbours.told(owner), len(await neighbours.frames(owner))
        del neighbours.titles[gone]
        neighbours.titles[kept] = "New name"

        begun = await neighbours.bus.ask(RebuildNotification(), Cause())
        facts = [
            DocumentDeleted(document_id=gone, owner_id=owner),
            DocumentEdited(document_id=kept, owner_id=owner),
        ]
        asked = [await say_documents_again(neighbours.bus, facts) for _ in facts]
        await until_found(lambda: is_rebuilt(neighbours), within=60)
        after, shown = await neighbours.told(owner), len(await neighbours.frames(owner))

    assert (begun.generation, begun.done) == (1, False)
    assert {one.listener for one in asked} == {"notification"}
    stayed = [one for one in before.items if one.document_id == kept]
    assert len(stayed) == len(ENDS) == len(before.items) / 2
    assert after.items == [one.model_copy(update={"title": "New name"}) for one in stayed]
    assert shown == frames


async def is_rebuilt(neighbours: Neighbours) -> bool:
    return (await neighbours.bus.ask(DescribeNotificationRebuild(), Cause())).done


async def test_while_the_owner_of_the_title_is_away_it_waits_and_loses_nothing(
    mesh: Neighbourhood,
) -> None:
    neighbours, owner = mesh.neighbours, new_id()
    document = neighbours.own(owner, "Optics")

    async with mesh.service.running():
        await neighbours.say(life(neighbours, owner, document))
        await until_found(lambda: waits(mesh))
        await neighbours.begin()
        await until_found(neighbours.idle, within=60)
        told = await neighbours.told(owner)

    assert sorted(one.type for one in told.items) == ["document.failed", "document.ready"]


async def waits(mesh: Neighbourhood) -> bool:
    """Say whether the listener was seen to pause."""
    return "away" in mesh.service.said().lower() or "pause" in mesh.service.said().lower()
