"""Which characters may stand in a text, and how others are written."""

import re
import unicodedata
from typing import Final

_LIGATURES: Final = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
}
_SPACES: Final = "\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_BULLETS: Final = "\uf0b7\uf0a7\uf0d8\uf076\uf0fc"
# Invisible, and in the way of whoever looks for the word around them.
_UNSEEN: Final = "\u00ad\u200b\u2060\ufeff\ufffe\uffff"

_TRANSLATION: Final = str.maketrans(
    {
        **_LIGATURES,
        **dict.fromkeys(_SPACES, " "),
        **dict.fromkeys(_BULLETS, "\u2022"),
        **dict.fromkeys(_UNSEEN),
        "\r": "\n",
        "\v": "\n",
        "\f": "\n",
        "\u0085": "\n",
        "\u2028": "\n",
        "\u2029": "\n",
    }
)
# Controls but for tab and line feed, lone surrogates, private use: nobody can read them.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff]")
_RUN: Final = re.compile(r"\s+")
# To put marks above and below a letter into order takes time by their number squared.
_MANY: Final = re.compile(r"[^\w\s\x00-\u02ff]{31,}")
_MOST_MARKS: Final = 30
"""As Unicode's stream-safe format has it; no script needs more than a few."""


def clean(text: str) -> str:
    """Leave only what can be read, stored and encoded; composed (NFC), ligatures resolved."""
    text = _FORBIDDEN.sub("", text.replace("\r\n", "\n").translate(_TRANSLATION))
    return unicodedata.normalize("NFC", _MANY.sub(_with_few_marks, text))


def one_line(text: str) -> str:
    """Write a clean text on one line, with single spaces."""
    return _RUN.sub(" ", text).strip()


def _with_few_marks(run: re.Match[str]) -> str:
    kept, marks = [], 0
    for character in run[0]:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)
