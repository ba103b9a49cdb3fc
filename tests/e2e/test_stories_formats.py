"""A learner brings a whole semester at once, whatever its formats, and finds a word of each."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from shutil import which
from typing import Final, NamedTuple

import pytest

from tests.e2e.student import Student
from tests.unit.document.extract import files

needs_tesseract = pytest.mark.skipif(which("tesseract") is None, reason="no tesseract installed")


class Brought(NamedTuple):
    """A file, and what is sought in it: where it stands, and the words around it."""

    make: Callable[[Path], Path]
    word: str
    words: str
    page: int = 1
    heading: str | None = None


def deck(path: Path) -> Path:
    """Show two slides."""
    shown = [("Glaciers", "Ice flows slowly downhill."), ("Moraines", "Rubble marks a terminus.")]
    return files.slides(path, shown, notes="Mention the drumlin near the lake.")


def accounts(path: Path) -> Path:
    """Keep two sheets."""
    towns = [["Town", "Tariff"], ["Lindau", "twelve guilders"], ["Bregenz", "nine guilders"]]
    return files.workbook(path, {"Rivers": [["River", "Length"], ["Argen", 78]], "Tolls": towns})


def tides(path: Path) -> Path:
    """Write a list of values."""
    path.write_text("Port,Tide\nAvonmouth,fourteen metres\nKalmar,none at all\n")
    return path


def clocks(path: Path) -> Path:
    """Write reStructuredText."""
    path.write_text(
        "Clocks\n======\n\nA pendulum swings evenly, and was the first to do so.\n\n"
        "Escapements\n-----------\n\nThe verge escapement ticks with a *foliot* above it.\n"
    )
    return path


def program(path: Path) -> Path:
    """Write a program."""
    path.write_text(
        "import sys\n\n\ndef quicksorted(words: list[str]) -> list[str]:\n"
        "    if not words:\n        return []\n    pivot, *others = words\n"
        "    lower = [word for word in others if word < pivot]\n"
        "    upper = [word for word in others if word >= pivot]\n"
        "    return [*quicksorted(lower), pivot, *quicksorted(upper)]\n\n\n"
        "print(quicksorted(sys.argv[1:]))\n"
    )
    return path


def painted(path: Path) -> Path:
    """Paint words."""
    files.scan(["The lighthouse keeper trims", "the wick every evening."]).save(path)
    return path


def half_scanned(path: Path) -> Path:
    """Print a page and scan another."""
    book = files.Book(path).page(("p", "This page was printed, and says nothing of importance."))
    return book.picture(files.scan(["Beekeepers wear a veil,", "and move slowly."])).done()


WRITTEN: Final = {
    "slides.pptx": Brought(deck, "terminus", "Rubble marks a terminus.", 2, "Moraines"),
    "accounts.xlsx": Brought(accounts, "Lindau", "Town: Lindau; Tariff: twelve", 1, "Tolls"),
    "tides.csv": Brought(tides, "Avonmouth", "Port: Avonmouth; Tide: fourteen metres"),
    "clocks.rst": Brought(clocks, "foliot", "ticks with a foliot above it", 1, "Escapements"),
    "sorting.py": Brought(program, "pivot", "    pivot, *others = words\n"),
}
SEEN: Final = {
    "keeper.png": Brought(painted, "lighthouse", "The lighthouse keeper trims the wick"),
    "bees.pdf": Brought(half_scanned, "Beekeepers", "Beekeepers wear a veil, and move slowly.", 2),
}


@pytest.mark.parametrize(
    "brought", [WRITTEN, pytest.param(SEEN, marks=needs_tesseract)], ids=["written", "seen"]
)
async def test_what_is_brought_at_once_is_all_found_where_it_stands(
    ada: Student, tmp_path: Path, brought: dict[str, Brought]
) -> None:
    made = {name: one.make(tmp_path / name).read_bytes() for name, one in brought.items()}

    documents = await asyncio.gather(*(ada.read(name, made[name]) for name in made))

    for document, one in zip(documents, brought.values(), strict=True):
        assert document.get("warnings", []) == [], document
        first = (await ada.search(one.word, mode="text", limit=3))["results"][0]
        where = (
            first["document_id"],
            first["page"],
            (first["heading"] or "").split(" \u203a ")[-1],
        )
        assert where == (document["id"], one.page, one.heading or "")
        text = (await ada.get(f"/api/v1/documents/{document['id']}/text"))["text"]
        assert first["text"] == text[first["start"] : first["end"]]
        assert one.words in first["text"]
