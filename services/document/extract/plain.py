"""Reads plain text: one page, no headings, lines as they are."""

from pathlib import Path

from services.document.extract.composer import Composer
from services.document.extract.encoding import decode
from services.document.extract.outcome import Extracted, Limits


def read(path: Path, limits: Limits) -> Extracted:
    """Read a text file of any encoding."""
    composer = Composer(limits)
    composer.block(decode(path.read_bytes()))
    return composer.finish()
