"""Spells out what XHTML says shortly, so that a parser of HTML takes it as it was meant."""

import re
from html import escape
from typing import Final

_VOID: Final = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"),
        *("source", "track", "wbr"),
    }
)
"""Elements without content, which HTML never closes."""
_ATTRIBUTES: Final = r"(?:[^>\"'/]++|/(?!>)|\"[^\"]*+\"?|'[^']*+'?)*+"
# Comments, scripts and styles are passed over whole. What is left open is taken to the end, so that
# nothing is looked at twice.
_MARK: Final = re.compile(
    r"<!--.*?(?:-->|\Z)"
    rf"|<(?P<raw>script|style)\b{_ATTRIBUTES}>.*?(?:</(?P=raw)|\Z)"
    r"|<!\[CDATA\[(?P<words>.*?)(?:\]\]>|\Z)"
    r"|<!DOCTYPE[^>\[]*+\[.*?(?:\](?P<type>\s*+>)|\Z)"
    rf"|<(?P<name>[a-z][\w.:-]*+)(?P<rest>{_ATTRIBUTES})(?P<end>/?>)?",
    re.IGNORECASE | re.DOTALL,
)


def spelt_out(source: str) -> str:
    """Close empty elements, make words of CDATA, and leave out what a document type declares.

    A parser of HTML takes `<title/>` for a title that goes on to the end of the book.
    """
    return _MARK.sub(_spelt, source)


def _spelt(mark: re.Match[str]) -> str:
    if mark["words"] is not None:
        return escape(mark["words"], quote=False)
    if mark["type"]:
        return "<!DOCTYPE html>"
    if mark["end"] == "/>" and mark["name"].lower() not in _VOID:
        return f"<{mark['name']}{mark['rest']}></{mark['name']}>"
    return mark[0]
