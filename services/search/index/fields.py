"""What the text index keeps of a passage, and in which fields it is searched."""

from collections.abc import Iterable
from typing import Final

from pydantic import TypeAdapter
from tantivy import Document, Schema, SchemaBuilder

from services.search.model.passage import About, Hit, Passage, led, place
from services.search.words.text import Apart

TEXT: Final = "text"
TITLE: Final = "title"
HEADING: Final = "heading"
LEAD: Final = "lead"
"""The title, in a document's first passage alone, and a heading in the first below it."""
PLACES: Final = (TEXT, TITLE, HEADING, LEAD)
"""Where words stand; each has a field of exact words and one of stems."""
SOUGHT: Final = (TEXT, LEAD)
"""Where a word alone makes a hit; else a word of the title would find the whole document."""
SHOWN: Final = (TEXT, TITLE, HEADING)
"""Where nothing may stand that is unwanted."""

_KEPT: Final = TypeAdapter(tuple[About, Passage])


def exact(where: str) -> str:
    """Name the field of a place's words as they are written, but for case and accents."""
    return f"{where}_exact"


def stem(where: str) -> str:
    """Name the field of a place's words without their English endings."""
    return f"{where}_stem"


def schema() -> Schema:
    """Describe the fields; blanks part words, for only our own words go in."""
    build = SchemaBuilder()
    for name in ("owner", "document", "collection", "tag"):
        build.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for where in PLACES:
        build.add_text_field(exact(where), tokenizer_name="whitespace", index_option="position")
        build.add_text_field(stem(where), tokenizer_name="whitespace", index_option="position")
    build.add_unsigned_field("place", fast=True)
    build.add_bytes_field("kept", stored=True)
    return build.build()


def documents(about: About, passages: Iterable[Passage]) -> Iterable[Document]:
    """Write each passage as tantivy takes it."""
    for passage, lead in led(about, {passage.id: passage for passage in passages}.values()):
        document = Document()
        document.add_text("owner", str(about.owner_id))
        document.add_text("document", str(about.document_id))
        if about.description.collection_id is not None:
            document.add_text("collection", str(about.description.collection_id))
        for tag in about.description.tags:
            document.add_text("tag", tag)
        _add(document, TEXT, passage.text)
        _add(document, TITLE, about.description.title)
        _add(document, HEADING, passage.heading or "")
        _add(document, LEAD, lead)
        document.add_unsigned("place", place(about.document_id, passage.ordinal))
        document.add_bytes("kept", _KEPT.dump_json((about, passage)))
        yield document


def hit(document: Document, score: float) -> Hit:
    """Read a passage back."""
    about, passage = _KEPT.validate_json(document["kept"][0])
    return Hit(about, passage, score)


def _add(document: Document, where: str, text: str) -> None:
    forms = Apart(text).forms()
    document.add_text(exact(where), " ".join([exact for exact, _ in forms]))
    document.add_text(stem(where), " ".join([stem for _, stem in forms]))
