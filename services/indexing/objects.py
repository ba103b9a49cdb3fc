"""What travels as claim checks: the text of a document comes in, its passages go out."""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from uuid import UUID

from pydantic import BaseModel, Field, ValidationError

from services.indexing.model import CannotIndex, Heading, Page, Passage, Text, content_of

MEDIA_TYPE = "application/x-ndjson"
BETWEEN_HEADINGS = " › "  # noqa: RUF001  # the sign meant


@dataclass(frozen=True, slots=True)
class Source:
    """What the passages object says of itself."""

    document_id: UUID
    version: int
    text_version: str
    model: str


class _Page(BaseModel):
    page: int = Field(ge=1)
    start: int = Field(ge=0)


class _Heading(BaseModel):
    level: int = Field(ge=1)
    title: str
    start: int = Field(ge=0)


class _Text(BaseModel):
    text: str
    pages: list[_Page]
    headings: list[_Heading]


def read_text(content: bytes, expected_version: str) -> Text:
    """Read the text object; `CannotIndex` if it is not the one that was announced."""
    try:
        found = _Text.model_validate_json(content)
    except ValidationError as wrong:
        raise CannotIndex("unreadable-text", f"{wrong.error_count()} fields are wrong.") from wrong
    text = Text(
        found.text,
        tuple(Page(one.page, one.start) for one in found.pages),
        tuple(Heading(one.level, one.title, one.start) for one in found.headings),
    )
    if text.version != expected_version:
        raise CannotIndex("text-changed", "The text is not the one that was announced.")
    return text


def write_passages(
    source: Source, passages: Sequence[Passage], vectors: Mapping[str, bytes]
) -> bytes:
    """Write the passages object: a header, then a line for each passage, in order."""
    content = BytesIO()
    content.write(_line(_header(source, len(passages))))
    for passage in passages:
        content.write(_line(_passage(source, passage, vectors[passage.content])))
    return content.getvalue()


def texts_of(content: bytes) -> dict[str, str]:
    """Read the texts of a passages object, each by the key of its content."""
    _, *lines = content.splitlines()
    texts = (str(json.loads(line)["text"]) for line in lines)
    return {content_of(text): text for text in texts}


def embedded_anew(content: bytes, model: str, vectors: Mapping[str, bytes]) -> bytes:
    """Write a passages object again with another model's vectors; all else stays as it was."""
    header, *lines = content.splitlines()
    made = BytesIO()
    made.write(_line((json.loads(header) | {"model": model}).items()))
    for line in lines:
        fields = json.loads(line)
        vector = base64.b64encode(vectors[content_of(fields["text"])]).decode()
        made.write(_line((fields | {"vector": vector}).items()))
    return made.getvalue()


def _header(source: Source, count: int) -> Iterable[tuple[str, object]]:
    yield "document_id", str(source.document_id)
    yield "version", source.version
    yield "text_version", source.text_version
    yield "model", source.model
    yield "count", count


def _passage(source: Source, passage: Passage, vector: bytes) -> Iterable[tuple[str, object]]:
    yield "passage_id", str(passage.id_in(source.document_id, source.text_version))
    yield "document_id", str(source.document_id)
    yield "ordinal", passage.ordinal
    yield "page", passage.page
    yield "heading", BETWEEN_HEADINGS.join(passage.path) or None
    yield "start", passage.start
    yield "end", passage.end
    yield "text", passage.text
    yield "vector", base64.b64encode(vector).decode()


def _line(fields: Iterable[tuple[str, object]]) -> bytes:
    return json.dumps(dict(fields), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
