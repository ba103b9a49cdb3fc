"""Reads the passages object of indexing: JSON lines, the first of them a header."""

import asyncio
import base64
from typing import Final, Protocol
from uuid import UUID

from pydantic import BaseModel, ValidationError

from services.search.model.document import Reading
from services.search.model.passage import BadPassages, Contents, Embedded, Passage
from services.search.model.question import readable
from shared.cause import Cause

A_NUMBER: Final = 4
"""Bytes of one number of a vector."""

LONGEST: Final = 4_000 * A_NUMBER
"""Bytes of a vector that a graph can be made of."""


class Fetching(Protocol):
    """The one thing we need of claim checks."""

    async def fetch(self, object_id: UUID, cause: Cause) -> bytes: ...


class PassagesObject:
    """Claim checks behind our port."""

    def __init__(self, claims: Fetching) -> None:
        self._claims = claims

    async def read(self, document_id: UUID, reading: Reading, cause: Cause) -> Contents:
        """Read all passages of a reading; `BadPassages` if they are not the ones announced."""
        content = await self._claims.fetch(reading.passages_object_id, cause)
        # A long document's lines would keep the loop for seconds.
        return await asyncio.to_thread(_read, content, document_id, reading)


class _Header(BaseModel):
    document_id: UUID
    version: int
    text_version: str
    model: str
    count: int


class _Line(BaseModel):
    passage_id: UUID
    document_id: UUID
    ordinal: int
    page: int
    heading: str | None
    start: int
    end: int
    text: str
    vector: str


def _read(content: bytes, document_id: UUID, reading: Reading) -> Contents:
    place = reading.passages_object_id
    first, *lines = content.splitlines() or [b""]
    try:
        header = _Header.model_validate_json(first)
        passages = tuple(_embedded(_Line.model_validate_json(line), document_id) for line in lines)
    except ValidationError as wrong:
        # Not its own words: they hold the text that could not be read.
        raise BadPassages(f"{place} cannot be read: {_fields(wrong)}") from None
    except ValueError as wrong:
        raise BadPassages(f"{place} holds a vector that cannot be read") from wrong
    announced = (document_id, reading.version, reading.text_version)
    if (header.document_id, header.version, header.text_version) != announced:
        raise BadPassages(f"{place} is of {header}, not of {announced}")
    if len({len(one.vector) for one in passages}) > 1:
        raise BadPassages(f"{place} holds vectors of several lengths")
    if header.count != len(passages):
        raise BadPassages(f"{header.count} passages announced, {len(passages)} found")
    return Contents(header.model, passages)


def _embedded(line: _Line, document_id: UUID) -> Embedded:
    vector = base64.b64decode(line.vector)
    if len(vector) % A_NUMBER or not A_NUMBER <= len(vector) <= LONGEST:
        raise BadPassages(f"passage {line.passage_id} has a vector of {len(vector)} bytes")
    if line.document_id != document_id:
        raise BadPassages(f"passage {line.passage_id} is of another document")
    passage = Passage(
        id=line.passage_id,
        ordinal=line.ordinal,
        page=line.page,
        heading=None if line.heading is None else readable(line.heading),
        start=line.start,
        end=line.end,
        text=readable(line.text),
    )
    return Embedded(passage, vector)


def _fields(wrong: ValidationError) -> str:
    errors = wrong.errors(include_input=False, include_url=False, include_context=False)
    return ", ".join(f"{'.'.join(map(str, error['loc']))} {error['type']}" for error in errors)
