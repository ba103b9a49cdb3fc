"""Notification with fakes around it, and one person with one document and one quiz."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts.document import (
    DocumentDeleted,
    DocumentFailed,
    DocumentReady,
    DocumentTaskStatusUpdated,
)
from contracts.notification import (
    Frame,
    ListNotifications,
)
from contracts.task import TaskState
from services.notification.service.notifications import Notifications
from services.notification.service.reading import Reading
from services.notification.service.showing import Showing
from services.notification.service.summaries import Summaries
from shared.cause import Cause, Delivery, new_id
from tests.unit.notification.fakes import FakeStore, FakeTitles

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class World:
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
        self.showing = Showing(self.store)
        self.reading = Reading(self.store, lambda: NOON)
        self.summaries = Summaries(self.store)

    @property
    def caller(self) -> Cause:
        return Cause(actor=self.user)

    def frames(self, name: str) -> list[dict[str, object]]:
        return [
            said.data for said in self.store.said if isinstance(said, Frame) and said.name == name
        ]

    async def stored(self) -> list[tuple[str, str, dict[str, object]]]:
        page = await self.reading.list(ListNotifications(limit=100), self.caller)
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

    def moved(
        self, stage: str, progress: int, document: UUID | None = None
    ) -> DocumentTaskStatusUpdated:
        return DocumentTaskStatusUpdated(
            task_id=document or self.document,
            owner_id=self.user,
            type="document",
            status=TaskState.RUNNING,
            stage=stage,
            progress=progress,
        )


def heard(sequence: int = 0, message_id: str | None = None) -> Cause:
    return Cause(delivery=Delivery("durable", message_id or str(new_id()), sequence=sequence))


@pytest.fixture
def world() -> World:
    return World()
