"""One upload from its first byte to its document; whatever goes wrong leaves nothing behind."""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from uuid import UUID

from starlette.requests import Request

from contracts.document import CheckAllowance, Document, RegisterDocument, ReserveUpload
from services.gateway.dependencies import Visit
from services.gateway.model import Invalid
from services.gateway.patience import expect_sender
from services.gateway.places import Place
from services.gateway.uploads.form import FILE, Field, FileBegins, FileBytes, Piece
from services.gateway.uploads.sender import Digest, Sender
from shared import logs
from shared.cause import new_id
from shared.problems import Away, Problem

_RENEWAL: Final = 10.0
_REGISTER_TRIES: Final = 3
_TAGS: Final = 50
_LONGEST: Final = {"title": 500, "tags": 100}
"""Characters of a field. All of them go in one message, and the broker takes 1 MiB."""
_ID: Final = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

log = logs.get(__name__)


class KeyReused(
    Problem,
    code="idempotency-key-reused",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    title="This Idempotency-Key was used for another request",
):
    """The key made a document of other fields or other bytes."""


@dataclass(slots=True)
class Form:
    """What came besides the bytes."""

    filename: str = ""
    media_type: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)

    def add(self, piece: Field) -> None:
        """Take a field; `tags` may come again and again, others once."""
        if len(piece.value) > _LONGEST.get(piece.name, len(piece.value)):
            raise _invalid(piece.name, f"At most {_LONGEST[piece.name]} characters are taken.")
        if piece.name == "tags":
            self.tags.append(piece.value)
            if len(self.tags) > _TAGS:
                raise _invalid("tags", f"A document has at most {_TAGS} tags.")
        elif piece.name in self.fields:
            raise _invalid(piece.name, "This field came twice.")
        elif piece.name in {"title", "collection_id"}:
            self.fields[piece.name] = piece.value

    @property
    def collection_id(self) -> UUID | None:
        """The collection it is for, if one was named."""
        text = self.fields.get("collection_id")
        if not text:
            return None
        if not _ID.fullmatch(text):
            raise _invalid("collection_id", "This is no UUID.")
        return UUID(text)

    def fingerprint(self, digest: Digest) -> str:
        """Tell this request from others under the same key, however it was framed."""
        told = [self.filename, sorted(self.fields.items()), self.tags, digest.size, digest.sha256]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


async def chunks_of(request: Request, place: Place, silence: float) -> AsyncIterator[bytes]:
    """Read a body as it comes; `TooSlow` or `GaveWay` when it comes too slowly.

    `ClientDisconnect` if its sender has gone, also when all of it has come.
    """
    stream = aiter(request.stream())
    while chunk := await place.wait_for(anext(stream, b""), silence):
        place.moved(len(chunk))
        yield chunk
    await expect_sender(request)


async def receive(
    visit: Visit, form_pieces: AsyncIterator[Piece], key: str | None, *, at_least: int = 0
) -> Document:
    """Take a form's file to the object store and make a document of it.

    Of how many bytes it is known that they will come, it is asked first whether there is room for
    them, unless they are here already, under the same key.
    """
    if key is None:
        await _expect_room(visit, at_least)
        return await _take(visit, form_pieces, None)
    holder = new_id()
    claim = await visit.ask(ReserveUpload(idempotency_key=key, holder=holder))
    if claim.document is not None:
        form, digest = await _read_past(form_pieces, visit.gateway.limits.file_bytes)
        if claim.fingerprint is not None and claim.fingerprint != form.fingerprint(digest):
            raise KeyReused("Send another key with another request.")
        return claim.document
    try:
        await _expect_room(visit, at_least)
        async with _renewing(visit, key, holder):
            return await _take(visit, form_pieces, key)
    except Away:
        # It may yet become a document, so nobody else is let in before the claim ends.
        raise
    except BaseException:
        await _release(visit, ReserveUpload(idempotency_key=key, holder=holder, release=True))
        raise


async def _expect_room(visit: Visit, size: int) -> None:
    """Refuse a large file before it is sent; a small one may as well come and be counted."""
    if size > 0:
        await visit.ask(CheckAllowance(size=size))


async def _take(visit: Visit, form_pieces: AsyncIterator[Piece], key: str | None) -> Document:
    upload = _Upload(visit)
    try:
        asked = await upload.read(form_pieces, key)
    except BaseException:
        await upload.discard()
        raise
    try:
        return await _register(visit, asked)
    except Away:
        # Whether it was registered is not known, so nothing may be thrown away.
        raise
    except Problem:
        await upload.discard()
        raise


@dataclass(slots=True)
class _Upload:
    """What has come so far."""

    visit: Visit
    form: Form = field(default_factory=Form)
    sender: Sender | None = None

    async def read(self, form_pieces: AsyncIterator[Piece], key: str | None) -> RegisterDocument:
        """Take all of it, and say what is to be registered."""
        async for piece in form_pieces:
            if isinstance(piece, Field):
                self.form.add(piece)
            elif isinstance(piece, FileBegins):
                self.form.filename, self.form.media_type = piece.filename, piece.media_type
                self.sender = Sender.begin(self.visit, piece.media_type)
            elif self.sender is not None:
                await self.sender.write(piece.data)
        if self.sender is None:
            raise _invalid(FILE, "There is no file in the form.")
        asked = _registration(self.form, self.sender, key)
        await self.sender.finish()
        return asked

    async def discard(self) -> None:
        """Throw away what was sent, even while we are being cancelled."""
        if self.sender is None:
            return
        throwing = asyncio.ensure_future(self.sender.discard())
        try:
            await asyncio.shield(throwing)
        except asyncio.CancelledError:
            log.info("upload given up while leaving", object=str(self.sender.object_id))


async def _release(visit: Visit, given_up: ReserveUpload) -> None:
    """Give the claim back, even while we are being cancelled, so that a repetition may begin."""
    try:
        await asyncio.shield(asyncio.ensure_future(visit.ask(given_up)))
    except (Problem, asyncio.CancelledError):
        log.info("claim left to end by itself", holder=str(given_up.holder))


def _registration(form: Form, sender: Sender, key: str | None) -> RegisterDocument:
    return RegisterDocument(
        object_id=sender.object_id,
        filename=form.filename,
        title=form.fields.get("title") or None,
        tags=form.tags,
        collection_id=form.collection_id,
        size=sender.digest.size,
        sha256=sender.digest.sha256,
        media_type=form.media_type,
        idempotency_key=key,
        fingerprint=form.fingerprint(sender.digest) if key else None,
    )


async def _register(visit: Visit, asked: RegisterDocument) -> Document:
    """Register, again if no answer came: the object's id makes it one document however often."""
    for _ in range(_REGISTER_TRIES - 1):
        try:
            return await visit.ask(asked)
        except Away:
            await asyncio.sleep(0.5)
    return await visit.ask(asked)


async def _read_past(form_pieces: AsyncIterator[Piece], limit: int) -> tuple[Form, Digest]:
    form, digest = Form(), Digest(limit)
    async for piece in form_pieces:
        if isinstance(piece, Field):
            form.add(piece)
        elif isinstance(piece, FileBytes):
            digest.add(piece.data)
        else:
            form.filename, form.media_type = piece.filename, piece.media_type
    return form, digest


@asynccontextmanager
async def _renewing(visit: Visit, key: str, holder: UUID) -> AsyncGenerator[None]:
    """Hold the claim on a key for the length of a block; losing it ends the block."""
    lost: asyncio.Future[Problem] = asyncio.get_running_loop().create_future()
    renewal = asyncio.create_task(_renew(visit, key, holder, lost), name="renewal")
    owner = asyncio.current_task()
    if owner is not None:
        lost.add_done_callback(lambda told: told.cancelled() or owner.cancel())
    try:
        yield
    except asyncio.CancelledError:
        if not lost.done() or owner is None:
            raise
        owner.uncancel()
        raise lost.result() from None
    finally:
        renewal.cancel()
        lost.cancel()


async def _renew(visit: Visit, key: str, holder: UUID, lost: "asyncio.Future[Problem]") -> None:
    while True:
        await asyncio.sleep(_RENEWAL)
        try:
            await visit.ask(ReserveUpload(idempotency_key=key, holder=holder))
        except Away:
            continue
        except Problem as problem:
            lost.set_result(problem)
            return


def _invalid(name: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[{"pointer": f"#/{name}", "detail": detail}])
