"""Fakes of what document keeps and asks for direct uploads and links."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from contracts.storage import ArrivedPart, DownloadTicket, Ticket, UploadOpened
from services.document.model.allowance import Holdings
from services.document.model.keys import LIFE
from services.document.model.link import Link
from services.document.model.upload import Upload
from shared.cause import Cause, new_id
from shared.problems import Problem

MIB = 1024 * 1024
PART = 8 * MIB


@dataclass
class SharingTables:
    """Uploads and links by their ids."""

    uploads: dict[UUID, Upload] = field(default_factory=dict)
    links: dict[UUID, Link] = field(default_factory=dict)

    def copied(self) -> "SharingTables":
        return SharingTables(dict(self.uploads), dict(self.links))


class FakeSharing:
    """The parts of a transaction that know uploads and links."""

    @property
    def sharing(self) -> SharingTables:
        raise NotImplementedError

    async def begin_upload(self, upload: Upload, now: datetime) -> Upload:
        for kept in self.sharing.uploads.values():
            same = (kept.owner_id, kept.key) == (upload.owner_id, upload.key)
            if same and kept.key is not None and kept.expires_at > now:
                return kept
        self.sharing.uploads[upload.id] = upload
        return upload

    async def upload(self, upload_id: UUID) -> Upload | None:
        return self.sharing.uploads.get(upload_id)

    async def put_upload(self, upload: Upload) -> None:
        self.sharing.uploads[upload.id] = upload

    async def drop_upload(self, upload_id: UUID) -> None:
        self.sharing.uploads.pop(upload_id, None)

    async def coming(self, owner_id: UUID, now: datetime) -> Holdings:
        sizes = [
            one.size
            for one in self.sharing.uploads.values()
            if one.owner_id == owner_id and one.document_id is None and one.expires_at > now
        ]
        return Holdings(documents=len(sizes), size=sum(sizes))

    async def expire_uploads(self, now: datetime) -> int:
        kept = {one.id: one for one in self.sharing.uploads.values() if one.expires_at > now}
        gone, self.sharing.uploads = len(self.sharing.uploads) - len(kept), kept
        return gone

    async def add_link(self, link: Link) -> Link:
        for kept in self.sharing.links.values():
            same = (kept.owner_id, kept.key) == (link.owner_id, link.key)
            if same and kept.key is not None and kept.created_at > link.created_at - LIFE:
                return kept
        self.sharing.links[link.id] = link
        return link

    async def link(self, link_id: UUID) -> Link | None:
        return self.sharing.links.get(link_id)

    async def links(self, document_id: UUID, now: datetime) -> Sequence[Link]:
        found = self.sharing.links.values()
        return [one for one in found if one.document_id == document_id and one.expires_at > now]

    async def drop_link(self, link_id: UUID) -> None:
        self.sharing.links.pop(link_id, None)

    async def expire_links(self, before: datetime) -> None:
        kept = {one.id: one for one in self.sharing.links.values() if one.expires_at > before}
        self.sharing.links = kept

    def take_uploads_out_of(self, collection_id: UUID) -> None:
        for one in list(self.sharing.uploads.values()):
            if one.collection_id == collection_id:
                self.sharing.uploads[one.id] = replace(one, collection_id=None)

    def forget_uploads_of(self, document_id: UUID) -> None:
        for one in list(self.sharing.uploads.values()):
            if one.document_id == document_id:
                self.sharing.uploads[one.id] = replace(one, fingerprint=None, size=0)


@dataclass
class FakePlaces:
    """Places in memory; `missing` is what completing one finds wrong."""

    now: datetime
    places: dict[UUID, UUID] = field(default_factory=dict)
    came: dict[UUID, list[ArrivedPart]] = field(default_factory=dict)
    closed: list[UUID] = field(default_factory=list)
    missing: Problem | None = None

    async def open(self, upload: Upload, cause: Cause) -> UploadOpened:
        object_id = self.places.setdefault(upload.id, new_id())
        return UploadOpened(
            object_id=object_id,
            whole=self._ticket(object_id, "whole"),
            part_size=PART,
            expires_at=self.now + timedelta(hours=24),
        )

    async def open_part(self, object_id: UUID, number: int, cause: Cause) -> Ticket:
        return self._ticket(object_id, f"part/{number}")

    async def parts(self, object_id: UUID, cause: Cause) -> list[ArrivedPart]:
        return self.came.get(object_id, [])

    async def close(self, object_id: UUID, cause: Cause) -> None:
        if self.missing is not None:
            raise self.missing
        self.closed.append(object_id)

    def _ticket(self, object_id: UUID, what: str) -> Ticket:
        return Ticket(
            object_id=object_id,
            method="PUT",
            url=f"http://objects.test/{object_id}/{what}",
            expires_at=self.now,
        )


@dataclass
class FakeDownloads:
    """Hands out tickets that lead nowhere, and remembers under which names."""

    async def open(
        self, object_id: UUID, cause: Cause, *, filename: str | None = None
    ) -> DownloadTicket:
        del cause
        return DownloadTicket(
            object_id=object_id,
            method="GET",
            url=f"http://objects.test/{object_id}?as={filename}",
            expires_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
            size=1,
            sha256="0" * 64,
            media_type="application/pdf",
        )
