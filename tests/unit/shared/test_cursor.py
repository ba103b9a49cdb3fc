"""A cursor is good for the list it came from, and for nothing else."""

import pytest
from pydantic import BaseModel

from shared.cause import new_id
from shared.cursor import BadCursor, Listing, fitting

READER = new_id()
PHYSICS = Listing("documents", READER, ("ready", "physics", None))


def test_it_leads_behind_what_it_was_made_for() -> None:
    last = new_id()

    assert PHYSICS.place_of(PHYSICS.after(last)) == last
    assert PHYSICS.place_of(None) is None


@pytest.mark.parametrize(
    "other",
    [
        Listing("quizzes", READER, PHYSICS.filters),
        Listing("documents", new_id(), PHYSICS.filters),
        Listing("documents", READER, ("ready", "chemistry", None)),
        Listing("documents", READER, ("ready", None, "physics")),
        Listing("documents", READER),
    ],
    ids=["list", "reader", "filter", "place of a filter", "no filter"],
)
def test_it_is_refused_by_another(other: Listing) -> None:
    with pytest.raises(BadCursor, match="the same filters"):
        PHYSICS.place_of(other.after(new_id()))


@pytest.mark.parametrize("change", ["", "A", "====", "*"])
def test_it_is_refused_unless_it_is_as_it_was(change: str) -> None:
    cursor = PHYSICS.after(new_id())

    with pytest.raises(BadCursor):
        PHYSICS.place_of(change + cursor if change else cursor[:-1])


class _Line(BaseModel):
    text: str


@pytest.mark.parametrize(("room", "fit"), [(1_000, 3), (30, 2), (29, 1), (1, 1)])
def test_a_page_takes_what_fits_and_at_least_one(room: int, fit: int) -> None:
    lines = [_Line(text="éé")] * 3  # {"text":"éé"} has 13 letters, which are 15 bytes

    assert len(fitting(lines, room)) == fit
    assert fitting([], room) == []
