"""The benchmark's documents are the same every time, and such that the services read them."""

from pathlib import Path

import pytest

from benchmarks.documents.corpus import FORMATS, write
from services.document.extract.formats import extract
from services.document.extract.outcome import Limits


def texts(folder: Path, seed: int) -> list[str]:
    """Read what was written, with the reading code of the mesh."""
    folder.mkdir()
    written = write(folder, len(FORMATS), seed)
    return [extract(one.path, one.media_type, Limits()).text for one in written]


def test_the_same_seed_writes_the_same_and_another_another(tmp_path: Path) -> None:
    first, again, other = (
        texts(tmp_path / name, seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )

    assert first == again
    assert all(one != two for one, two in zip(first, other, strict=True))
    assert all(len(text.split()) > 200 for text in first)


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_is_among_them(tmp_path: Path, suffix: str) -> None:
    assert suffix in {one.path.suffix for one in write(tmp_path, len(FORMATS), 1)}
