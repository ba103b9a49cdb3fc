"""Whatever comes from outside, a database can keep what we make of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from shared.legible import HIGHEST, is_name, number, plain, readable

LETTERS = any_.characters(exclude_categories=())


@given(any_.text(LETTERS))
def test_what_is_plain_has_no_nul_and_can_be_written(text: str) -> None:
    assert "\0" not in plain(text)
    assert plain(text).encode().decode() == plain(plain(text))


@given(any_.text(any_.characters(codec="utf-8", exclude_characters="\0")))
def test_what_could_be_kept_stays_as_it_is(text: str) -> None:
    assert plain(text) == text


def test_a_name_can_be_printed_and_has_an_end() -> None:
    assert is_name("019aa1b2-0000-7000-8000-000000000002")
    assert is_name("")
    assert not any(is_name(odd) for odd in ("a\0", "two\nlines", "\ud800", "x" * 201))


def test_a_number_is_one_that_a_column_takes() -> None:
    assert [number(text) for text in ("7", "", "-1", "x", "9" * 30)] == [7, 0, 0, 0, HIGHEST]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"a": [1, null]}', {"a": [1, None]}),
        (b"not json", "not json"),
        (b"\xff", "\N{REPLACEMENT CHARACTER}"),
        (rb'{"a": "\ud800"}', r'{"a": "\ud800"}'),
        (b'{"a": NaN}', '{"a": NaN}'),
    ],
)
def test_what_is_no_json_is_shown_as_text(body: bytes, shown: object) -> None:
    assert readable(body) == shown
