"""Reads HTML as it is seen: blocks apart, spaces collapsed, scripts and menus left out."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.document.extract.composer import Composer
from services.document.extract.encoding import decode
from services.document.extract.outcome import Extracted, Limits
from services.document.extract.scroll import Sink
from services.document.model.facts import Unreadable


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_DEEPEST: Final = 5_000
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_UNSEEN: Final = _names("""
    head script style template noscript nav iframe object svg canvas audio video button
    select datalist textarea
""")
_LINES: Final = _names("""
    li tr dt dd figcaption caption summary
""")
_INLINE: Final = _names("""
    a abbr acronym b bdi bdo big cite code data del dfn em font i img input ins kbd label
    mark meter output picture progress q rp rt ruby s samp small span strike strong sub sup
    time tt u var wbr
""")
# Private characters stand for a line break and the border of a cell; `clean` lets none through.
_BREAK: Final = "\ue000"
_CELL: Final = "\ue001"
_SPACE: Final = re.compile(r"[ \t\n\f\r\v]+")
_CHARSET: Final = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE
)
_MOST_ATTRIBUTES: Final = 1_000
# Comments and scripts whole, and tags with their attributes, quoted or not; it never goes back.
_START: Final = re.compile(
    rb"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1|\Z)"
    rb"|(?P<tag><[a-z](?:[^>=]++|=\s*+(?:\"[^\"]*+\"?|'[^']*+'?)?+)*+)",
    re.IGNORECASE | re.DOTALL,
)
_VALUE: Final = re.compile(rb"=\s*(?:\"[^\"]*\"?|'[^']*'?|[^\s>]*)")
_TAG: Final = re.compile(rb"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
# Left open they end by themselves, and so do not nest; the inline ones cost nothing however deep.
_SELF_ENDING: Final = _names("""
    area base col embed hr link meta param source track p li dt dd option tr td th thead
    tbody tfoot
""")
_FLAT: Final = frozenset(name.encode() for name in _SELF_ENDING | _INLINE)


def read(path: Path, limits: Limits) -> Extracted:
    """Read an HTML page."""
    composer = Composer(limits)
    write_page(path.read_bytes(), composer)
    return composer.finish()


def write_page(content: bytes, sink: Sink) -> None:
    """Write what a page shows."""
    _check(content)
    declared = _CHARSET.search(content, 0, 4096)
    source = decode(content, declared=declared.group(1).decode("ascii") if declared else None)
    _Writer(sink).write(_root(source))


def write_fragment(fragment: str, sink: Sink) -> None:
    """Write what a piece of HTML inside another format shows."""
    _check(fragment.encode())
    _Writer(sink).write(_root(fragment))


def _root(source: str) -> LexborNode:
    root = LexborHTMLParser(source).root
    if root is None:
        raise Unreadable("corrupt", "it is not an HTML page")
    return root


def _check(content: bytes) -> None:
    """Refuse what takes a parser for ever: its time grows with depth and attributes squared."""
    for start in _START.finditer(content):
        tag = start.group("tag") or b""
        if len(tag) > 2 * _MOST_ATTRIBUTES:
            names = _VALUE.sub(b" ", tag).replace(b"/", b" ").split()
            if len(names) > _MOST_ATTRIBUTES:
                raise Unreadable(
                    "corrupt", f"an element of it has more than {_MOST_ATTRIBUTES:,} attributes"
                )
    depth = 0
    for closing, name in _TAG.findall(content):
        if name.lower() not in _FLAT:
            depth = max(0, depth - 1) if closing else depth + 1
            if depth > _DEEPEST:
                raise Unreadable("corrupt", f"it is nested more than {_DEEPEST:,} elements deep")


def _walk(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Enter (True) and leave (False) every element that is seen, without recursion."""
    node: LexborNode | None = root
    while node is not None:
        yield node, True
        hidden = node.tag in _UNSEEN or (node.is_element_node and "hidden" in node.attributes)
        if node.child is not None and not hidden:
            node = node.child
            continue
        yield node, False
        while node is not None and node.next is None:
            node = None if node.mem_id == root.mem_id else node.parent
            if node is not None:
                yield node, False
        node = node.next if node is not None else None


class _Writer:
    """Collects words until a block ends, then writes the block."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._pieces: list[str] = []
        self._between = "\n\n"
        self._verbatim = 0

    def write(self, root: LexborNode) -> None:
        """Write all that is seen below a node."""
        for node, entering in _walk(root):
            tag = node.tag or ""
            if tag == "-text":
                if entering:
                    self._pieces.append(node.text_content or "")
            elif tag in {"td", "th"}:
                self._cell(entering=entering)
            elif tag == "br":
                self._pieces.append(_BREAK if entering else "")
            elif not tag.startswith(("-", "!")) and tag not in _INLINE:
                self._edge(tag, entering=entering)
        self._flush()

    def _cell(self, *, entering: bool) -> None:
        if entering and any(piece.strip() for piece in self._pieces):
            self._pieces.append(_CELL)

    def _edge(self, tag: str, *, entering: bool) -> None:
        if tag in _HEADINGS and not entering:
            self._sink.heading(_HEADINGS[tag], self._words())
            self._pieces.clear()
        self._flush()
        if tag in _LINES and entering:
            self._between = "\n"
        if tag == "pre":
            self._verbatim += 1 if entering else -1

    def _flush(self) -> None:
        words = self._words()
        self._pieces.clear()
        if words:
            self._sink.block(words, between=self._between)
            self._between = "\n\n"

    def _words(self) -> str:
        text = "".join(self._pieces)
        if self._verbatim:
            return text.replace(_BREAK, "\n").replace(_CELL, "\t").strip("\n").rstrip()
        lines = text.split(_BREAK)
        cells = (
            "\t".join(_SPACE.sub(" ", cell).strip() for cell in line.split(_CELL)) for line in lines
        )
        return "\n".join(cells).strip()
