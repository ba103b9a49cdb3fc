"""What files may be called: what people's machines call them, and nothing that deceives."""

import pytest

from services.gateway.uploads.names import base_name


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Screenshot 2026-11-21 at 3.00.00\u202fPM.png", "Screenshot 2026-11-21 at 3.00.00 PM.png"),
        ("\u0645\u06cc\u200c\u062f.pdf", "\u0645\u06cc \u062f.pdf"),
        ("a\u00a0b.txt", "a b.txt"),
        ("photo\u202egpj.exe", "photo gpj.exe"),
        ("C:\\notes\\a.txt", "a.txt"),
        ("../../etc/passwd", "passwd"),
    ],
)
def test_a_name_is_the_last_part_with_plain_blanks(sent: str, kept: str) -> None:
    assert base_name(sent) == kept


@pytest.mark.parametrize(
    "sent", ["", " ", "/", "a/", "a\nb", "a\0b", "\ud800", "\u200b", "\u2028", "x" * 256]
)
def test_what_nobody_could_read_is_no_name(sent: str) -> None:
    assert base_name(sent) is None
