"""What databases keep of what comes from outside: names one can print, words without NUL."""

from typing import Final

LONGEST: Final = 200
"""Letters of a name; an index takes no row of any length."""
HIGHEST: Final = 2**31 - 1
"""Of a counted thing."""


def is_name(text: str) -> bool:
    """Say whether it can be an id or a key."""
    return len(text) <= LONGEST and text.isprintable()


def plain(text: str) -> str:
    """Mark what no database keeps: NUL, and half of a pair of surrogates."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


def number(text: str) -> int:
    """Read a count, at most the highest; what is none is 0."""
    return min(int(text), HIGHEST) if text.isdecimal() else 0
