"""Every format we read, one line each."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from services.document.extract import pictures, plain, values
from services.document.extract.leaves import Log
from services.document.extract.markup import epub, html, markdown, rst
from services.document.extract.office import docx, pptx, xlsx
from services.document.extract.outcome import Extracted, Limits
from services.document.extract.parts import Opened, composed, read_on
from services.document.extract.printed import pdf
from services.document.extract.recognise import Eyes
from services.document.model.facts import Unreadable

_OFFICE: Final = "application/vnd.openxmlformats-officedocument."


@dataclass(frozen=True, slots=True)
class Whole:
    """A format that is read in one go."""

    read: Callable[[Path, Limits], Extracted]


@dataclass(frozen=True, slots=True)
class Parted:
    """A format that is read part by part."""

    open: Opened


Format = Whole | Parted

FORMATS: Final[dict[str, Format]] = {
    "application/pdf": Parted(pdf.open_pdf),
    f"{_OFFICE}wordprocessingml.document": Whole(docx.read),
    f"{_OFFICE}presentationml.presentation": Parted(pptx.open_pptx),
    f"{_OFFICE}spreadsheetml.sheet": Parted(xlsx.open_xlsx),
    "application/epub+zip": Parted(epub.open_epub),
    "text/csv": Whole(values.read),
    "text/tab-separated-values": Whole(values.read),
    "text/html": Whole(html.read),
    "text/markdown": Whole(markdown.read),
    "text/x-rst": Whole(rst.read),
    "text/plain": Whole(plain.read),
    **dict.fromkeys(
        ("image/png", "image/jpeg", "image/tiff", "image/webp", "image/gif", "image/bmp"),
        Parted(pictures.open_picture),
    ),
}
_SOURCE: Final = Whole(plain.read)
_SOURCES: Final = ("text/", "application/json", "application/xml")


def format_of(path: Path, media_type: str) -> Format:
    """Find how a file is read; `Unreadable` if it is not."""
    essence = media_type.split(";", 1)[0].strip().lower()
    found = FORMATS.get(essence) or (_SOURCE if essence.startswith(_SOURCES) else None)
    if found is None:
        raise Unreadable("unsupported-type", f"files of type {media_type} are not read")
    if path.stat().st_size == 0:
        raise Unreadable("empty", "it holds nothing")
    return found


def extract(path: Path, media_type: str, limits: Limits, eyes: Eyes | None = None) -> Extracted:
    """Read a file as what it is, all at once; `Unreadable` says why it cannot be."""
    found = format_of(path, media_type)
    if isinstance(found, Whole):
        return found.read(path, limits)
    log = Log(BytesIO(), limits.characters)
    with found.open(path, limits) as parts:
        read_on(parts, log, eyes, lambda: False)
        return composed(parts, log)
