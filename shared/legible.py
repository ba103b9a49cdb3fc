"""What can be kept and shown of what comes from outside: names one can print, words, JSON."""

import json
from typing import Final

from pydantic import JsonValue
from pydantic_core import from_json

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


def require_json(value: object) -> None:
    """Raise `ValueError` for what Python writes as JSON and nobody else reads."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        raise ValueError("halves of characters, NaN and infinity are no JSON") from None


def readable(body: bytes) -> JsonValue:
    """Show a body as JSON, or as the text that it is; half a character is no JSON."""
    try:
        value: JsonValue = from_json(body, allow_inf_nan=False)
    except ValueError:
        return body.decode(errors="replace")
    return value
