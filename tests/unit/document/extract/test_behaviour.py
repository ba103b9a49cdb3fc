"""No format escapes the behaviour that all of them promise, and no excuse outlives its format."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from services.document.extract.formats import FORMATS
from tests.unit.document.extract.behaviour import (
    NO_HEADINGS,
    NO_PAGES,
    UNSHOWN,
    FormatBehaviour,
)


def _kinds(of: type[FormatBehaviour]) -> Iterator[type[FormatBehaviour]]:
    for kind in of.__subclasses__():
        yield from _kinds(kind)
        if kind.__name__.startswith("Test"):
            yield kind


@pytest.fixture(scope="module")
def kinds() -> list[type[FormatBehaviour]]:
    """Everything that is held to the behaviour."""
    here = Path(__file__).parent
    for module in iter_modules([str(here)]):
        import_module(f"{__package__}.{module.name}")
    return [*_kinds(FormatBehaviour)]


def test_every_format_is_held_to_the_behaviour(kinds: list[type[FormatBehaviour]]) -> None:
    assert set(FORMATS) - {kind.media_type for kind in kinds} == set()


def test_whatever_is_excused_exists_and_says_why(kinds: list[type[FormatBehaviour]]) -> None:
    assert {*NO_HEADINGS, *NO_PAGES, *UNSHOWN} - {kind.name for kind in kinds} == set()
    assert all((*NO_HEADINGS.values(), *NO_PAGES.values()))


def test_every_format_is_written_in_at_least_one_other_way(
    kinds: list[type[FormatBehaviour]],
) -> None:
    assert all(kind.ways for kind in kinds)
