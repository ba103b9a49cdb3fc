"""Every format we read, one line each."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from services.document.extract import docx, html, markdown, plain
from services.document.extract.outcome import Extracted, Limits
from services.document.extract.pdf import reader as pdf
from services.document.facts import Unreadable

Read = Callable[[Path, Limits], Extracted]

FORMATS: Final[dict[str, Read]] = {
    "application/pdf": pdf.read,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": docx.read,
    "text/html": html.read,
    "text/markdown": markdown.read,
    "text/plain": plain.read,
}


def extract(path: Path, media_type: str, limits: Limits) -> Extracted:
    """Read a file as what it is; `Unreadable` says why it cannot be."""
    read = FORMATS.get(media_type.split(";", 1)[0].strip().lower())
    if read is None:
        raise Unreadable("unsupported-type", f"files of type {media_type} are not read")
    if path.stat().st_size == 0:
        raise Unreadable("empty", "it holds nothing")
    return read(path, limits)
