"""What a file may be called."""

import unicodedata
from typing import Final

_NAME: Final = 255
_UNSEEN: Final = frozenset({"Zs", "Cf"})
"""Blanks and joiners: macOS and Persian have some in names that people never typed by hand."""


def base_name(path: str) -> str | None:
    """Take the last part of whatever path a client sent; None if no file can be called that.

    What is not seen becomes a plain blank, so that no name shows as another one either.
    """
    last = path.replace("\\", "/").rpartition("/")[2]
    name = "".join(" " if unicodedata.category(one) in _UNSEEN else one for one in last).strip()
    return name if name and len(name) <= _NAME and name.isprintable() else None
