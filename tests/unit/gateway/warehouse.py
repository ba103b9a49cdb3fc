"""Storage and document, as far as an upload needs them, and forms to upload."""

import hashlib
from uuid import UUID

from contracts.document import (
    CheckAllowance,
    Document,
    DocumentStatus,
    RegisterDocument,
    ReserveUpload,
    UploadReserved,
)
from contracts.storage import (
    DiscardUpload,
    KeepObject,
    ObjectKept,
    OpenPart,
    OpenUpload,
    Ticket,
    UploadOpened,
)
from shared.cause import Cause, new_id
from shared.messages import Answer, Done
from shared.problems import Away, Problem
from tests.unit.gateway.fakes import FakeMesh, FakeObjects, soon

PART = 1_000


class InUse(Problem, code="idempotency-key-in-use", status=409, title="It still runs"):
    """As the document service says it."""


class NoRoom(Problem, code="quota-exceeded", status=409, title="There is no room"):
    """As the document service says it."""


class Warehouse:
    """Storage and document, as far as an upload needs them."""

    def __init__(self, mesh: FakeMesh, objects: FakeObjects) -> None:
        self.mesh = mesh
        self.objects = objects
        self.reserved = UploadReserved()
        self.lose_answers = 0
        self.lose_bytes = 0
        self.room = 100_000_000
        self.full = False
        self.documents: dict[UUID, Document] = {}
        mesh.answers.update(
            {
                OpenUpload: self.open,
                KeepObject: self.keep,
                OpenPart: self.part,
                CheckAllowance: self.allow,
                RegisterDocument: self.register,
                ReserveUpload: lambda _, __: self.reserved,
                DiscardUpload: lambda _, __: Done(),
            }
        )

    def open(self, asked: OpenUpload, _: Cause) -> Answer:
        self.object_id = new_id()
        return UploadOpened(
            object_id=self.object_id,
            whole=self.ticket("whole"),
            part_size=PART,
            expires_at=soon(),
        )

    def keep(self, asked: KeepObject, _: Cause) -> Answer:
        if self.lose_bytes:
            self.lose_bytes -= 1
            raise Away("the object store is away")
        self.object_id = asked.object_id
        self.objects.kept[f"{self.object_id}/light"] = asked.content
        sha256 = hashlib.sha256(asked.content).hexdigest()
        return ObjectKept(object_id=self.object_id, size=len(asked.content), sha256=sha256)

    def allow(self, asked: CheckAllowance, _: Cause) -> Answer:
        if asked.size > self.room:
            raise NoRoom(limit=self.room)
        return Done()

    def part(self, asked: OpenPart, _: Cause) -> Answer:
        return self.ticket(f"{asked.number:05}")

    def ticket(self, name: str) -> Ticket:
        return Ticket(
            object_id=self.object_id,
            method="PUT",
            url=f"{self.object_id}/{name}",
            expires_at=soon(),
        )

    def register(self, asked: RegisterDocument, _: Cause) -> Answer:
        if self.full:
            raise NoRoom(limit=self.room)
        document = self.documents.setdefault(asked.object_id, made_of(asked))
        if self.lose_answers:
            self.lose_answers -= 1
            raise Away("the answer was lost")
        return document

    @property
    def registered(self) -> RegisterDocument:
        asked: RegisterDocument = self.mesh.of(RegisterDocument)[-1]
        return asked

    def stored(self) -> bytes:
        kept = self.objects.kept
        mine = sorted(name for name in kept if name.startswith(str(self.object_id)))
        return b"".join(kept[name] for name in mine)


def made_of(asked: RegisterDocument) -> Document:
    return Document(
        id=new_id(),
        title=asked.title or asked.filename,
        filename=asked.filename,
        media_type=asked.media_type,
        size=asked.size,
        status=DocumentStatus.UPLOADED,
        progress=0,
        tags=asked.tags,
        created_at=soon(),
        updated_at=soon(),
    )


def form(*parts: bytes, boundary: bytes = b"b") -> tuple[bytes, dict[str, str]]:
    framed = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    content_type = f"multipart/form-data; boundary={boundary.decode()}"
    return framed + b"--" + boundary + b"--\r\n", {"Content-Type": content_type}


def field(name: str, value: str) -> bytes:
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()


def file(content: bytes, *, name: str = "a.txt", part: str = "file") -> bytes:
    head = f'Content-Disposition: form-data; name="{part}"; filename="{name}"\r\n'
    return head.encode() + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + content
