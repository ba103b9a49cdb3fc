"""Snippets show the best lines and are safe in a page."""

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from services.search.model.snippet import LENGTH, snippet
from services.search.words.matching import Marking
from services.search.words.terms import terms
from tests.unit.search.examples import asked


def shown(text: str, typed: str) -> str:
    return snippet(text, Marking(terms(asked(typed))).marks(text))


def test_matches_are_marked() -> None:
    assert shown("The cell divides.", "cells") == "The <mark>cell</mark> divides."


def test_all_else_is_escaped() -> None:
    text = 'A <script>alert("cell")</script> & <mark>'

    assert shown(text, "cell") == (
        "A &lt;script&gt;alert(&quot;<mark>cell</mark>&quot;)&lt;/script&gt; &amp; &lt;mark&gt;"
    )


def test_the_lines_with_the_most_different_matches_are_shown() -> None:
    far = "nothing here " * 40
    text = f"cell cell cell {far} the cell and its wall {far}"

    out = shown(text, "cell wall")

    assert "<mark>cell</mark> and its <mark>wall</mark>" in out
    assert out.startswith("… ")
    assert out.endswith(" …")


def test_without_a_match_the_beginning_is_shown() -> None:
    text = "word " * 200

    assert shown(text, "absent") == ("word " * 48).strip() + " …"


def test_one_endless_word_is_cut() -> None:
    assert len(shown("x" * 5000, "y")) <= LENGTH + 4


@given(st.text(max_size=1200), st.text(alphabet="abcdef ", min_size=1, max_size=20))
def test_a_snippet_is_a_piece_of_the_text_and_nothing_else(text: str, typed: str) -> None:
    if not typed.strip():
        return

    out = shown(text, typed)

    bare = unescape(re.sub("</?mark>", "", out.removeprefix("… ").removesuffix(" …")))
    assert bare in text
    assert not re.search(r"<(?!/?mark>)", out)
    assert out.count("<mark>") == out.count("</mark>")


@given(st.lists(st.sampled_from(["cell", "wall", "leaf", "R&D", "x" * 60, "and"]), max_size=120))
def test_no_other_lines_would_have_more_different_matches(said: list[str]) -> None:
    text = " ".join(said)
    marks = Marking(terms(asked("cell wall leaf"))).marks(text)

    def fitting(start: int) -> tuple[int, int]:
        ends = start + LENGTH * 7 // 8
        inside = [mark.what for mark in marks if start <= mark.start and mark.end <= ends]
        return len(set(inside)), len(inside)

    out = snippet(text, marks)

    shown_marks = re.findall("<mark>(.+?)</mark>", out)
    assert (len(set(shown_marks)), len(shown_marks)) >= max(
        (fitting(mark.start) for mark in marks), default=(0, 0)
    )
    assert out == out.replace("R&D", "")
