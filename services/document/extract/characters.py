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


def clean(text: str) -> str:
    """Leave only what can be read, stored and encoded; composed (NFC), ligatures resolved."""
    text = text.replace("\r\n", "\n").translate(_TRANSLATION)
    return unicodedata.normalize("NFC", _FORBIDDEN.sub("", text))


def one_line(text: str) -> str:
    """Write a clean text on one line, with single spaces."""
    return _RUN.sub(" ", text).strip()
