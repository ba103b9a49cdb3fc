"""Reads HTML as it is seen: blocks apart, rows whole, scripts and menus left out."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.document.extract.composer import Composer
from services.document.extract.encoding import decode
from services.document.extract.markup.spelling import spelt_out
from services.document.extract.outcome import Extracted, Limits
from services.document.extract.scroll import Sink
from services.document.model.facts import Unreadable


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_DEEPEST: Final = 5_000
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_UNSEEN: Final = _names("""
    head script style template noscript nav iframe object canvas audio video
    select datalist textarea metadata annotation annotation-xml
""")
_LINES: Final = _names("""
    li tr dt dd figcaption caption summary
""")
_INLINE: Final = _names("""
    a abbr acronym b bdi bdo big cite code data del dfn em font i img input ins kbd label
    mark meter output picture progress q rp rt ruby s samp small span strike strong sub sup
    time tt u var wbr svg tspan textpath annotation annotation-xml
""")
_MATH: Final = _names("""
    math menclose merror mfenced mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts
    mroot mrow ms msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover semantics
""")
_TOKENS: Final = _names("mi mn mtext")
_DRAWN: Final = _names("text title desc")
"""What has words in a drawing, under any prefix; an icon has at most a title."""
_LARGE: Final = frozenset({*_HEADINGS, "table", "pre"})
"""What stands in no cell: where it does, a table was made to place things on a page."""
_LONGEST_ROW: Final = 2_000
# Private characters stand for a line break, the border of a cell, the edge of a block within one
# and those of a fraction; `clean` lets none through.
_BREAK: Final = "\ue000"
_CELL: Final = "\ue001"
_EDGE: Final = "\ue002"
_BEFORE: Final = "\ue003"
_AFTER: Final = "\ue004"
_OURS: Final = re.compile(f"[{_BREAK}{_CELL}{_EDGE}{_BEFORE}{_AFTER}]")
_TOUCHING: Final = re.compile(rf"(?<=\w){_BEFORE}|{_AFTER}(?={_BEFORE}?\w)")
"""Where a fraction and the number or letter beside it would become one."""
_SPACE: Final = re.compile(r"[ \t\n\f\r\v]+")
_CHARSET: Final = re.compile(
    rb"<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,200}?encoding)\s*=\s*[\"']?\s*([\w.:-]{1,40})",
    re.IGNORECASE,
)
_MOST_ATTRIBUTES: Final = 1_000
# Comments and scripts whole, and tags with their attributes, quoted or not; it never goes back.
_START: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1|\Z)"
    r"|(?P<tag><[a-z](?:[^>=]++|=\s*+(?:\"[^\"]*+\"?|'[^']*+'?)?+)*+)",
    re.IGNORECASE | re.DOTALL,
)
_VALUE: Final = re.compile(r"=\s*(?:\"[^\"]*\"?|'[^']*'?|[^\s>]*)")
_TAG: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?:(script|style)\b.*?(?:</\1|\Z)|(/?)([a-z][a-z0-9]*))",
    re.IGNORECASE | re.DOTALL,
)
# Left open they end by themselves, and so do not nest; the inline ones cost nothing however deep.
_SELF_ENDING: Final = _names("""
    area base br col embed hr link meta param source track p li dt dd option tr td th thead
    tbody tfoot
""")
_FLAT: Final = _SELF_ENDING | _INLINE | _MATH


def read(path: Path, limits: Limits) -> Extracted:
    """Read an HTML page."""
    composer = Composer(limits)
    write_page(path.read_bytes(), composer)
    return composer.finish()


def write_page(content: bytes, sink: Sink) -> None:
    """Write what a page shows."""
    write_fragment(source_of(content), sink)


def source_of(content: bytes) -> str:
    """Decode a page, in the encoding that it declares if it does."""
    declared = _CHARSET.search(content, 0, 4096)
    encoding = declared.group(1).decode("ascii", "replace") if declared else None
    return decode(content, declared=encoding)


def write_fragment(fragment: str, sink: Sink) -> None:
    """Write what a piece of HTML inside another format shows."""
    source = spelt_out(fragment)
    _check(source)
    _Writer(sink).write(_root(source))


def _root(source: str) -> LexborNode:
    root = LexborHTMLParser(source).root
    if root is None:
        raise Unreadable("corrupt", "it is not an HTML page")
    return root


def _check(source: str) -> None:
    """Refuse what takes a parser for ever: its time grows with depth and attributes squared."""
    for start in _START.finditer(source):
        tag = start.group("tag") or ""
        if len(tag) > 2 * _MOST_ATTRIBUTES:
            names = _VALUE.sub(" ", tag).replace("/", " ").split()
            if len(names) > _MOST_ATTRIBUTES:
                raise Unreadable(
                    "corrupt", f"an element of it has more than {_MOST_ATTRIBUTES:,} attributes"
                )
    depth = 0
    for _, closing, name in _TAG.findall(source):
        if name and name.lower() not in _FLAT:
            depth = max(0, depth - 1) if closing else depth + 1
            if depth > _DEEPEST:
                raise Unreadable("corrupt", f"it is nested more than {_DEEPEST:,} elements deep")


def _walk(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Enter (True) and leave (False) every element that is seen, without recursion."""
    node: LexborNode | None = root
    while node is not None:
        yield node, True
        if node.child is not None and not _hidden(node):
            node = node.child
            continue
        yield node, False
        while node is not None and node.next is None:
            node = None if node.mem_id == root.mem_id else node.parent
            if node is not None:
                yield node, False
        node = node.next if node is not None else None


def _hidden(node: LexborNode) -> bool:
    """Whether nothing below a node is read: of drawings icons, of buttons those that do things."""
    if node.tag == "svg":
        return node.css_first("text, desc, foreignObject") is None
    if node.tag == "button":
        return node.parent is None or node.parent.tag not in _HEADINGS
    unseen = _local(node) in _UNSEEN
    return unseen or (node.is_element_node and "hidden" in node.attributes)


def _local(node: LexborNode) -> str:
    return (node.tag or "").rpartition(":")[2]


def _is_inline(node: LexborNode) -> bool:
    """Whether an element goes on in the line; one under a prefix is somebody's own mark."""
    local = _local(node)
    return local in _INLINE or local in _MATH or (":" in (node.tag or "") and local not in _DRAWN)


def _is_apart(node: LexborNode) -> bool:
    """Whether an inline element is a place of its own: of a matrix, or a line of a drawing."""
    return node.tag == "mtd" or (node.tag == "tspan" and {"x", "y"} <= node.attributes.keys())


def _bar(node: LexborNode, *, entering: bool) -> str:
    """Write what stands before or after a side of a fraction: a bracket if it needs one, a bar."""
    edge = (_BEFORE if entering else _AFTER) if _local(node) == "mfrac" else ""
    fraction = node.parent
    if fraction is None or _local(fraction) != "mfrac":
        return edge
    within = node if node.child is None or node.child.next is not None else node.child
    simple = _local(node) in _TOKENS or _local(within) in _TOKENS
    if entering:
        return edge if simple else f"({edge}"
    bar = " " if fraction.attributes.get("linethickness") == "0" else "/"
    return f"{edge}{'' if simple else ')'}{bar if _has_next(node) else ''}"


def _is_between_sides(node: LexborNode) -> bool:
    """Whether words are but the blank between what is above a bar and what is below."""
    blank = (node.text_content or "").isspace()
    return blank and node.parent is not None and _local(node.parent) == "mfrac"


def _has_next(node: LexborNode) -> bool:
    """Whether another element follows, blanks aside."""
    after = node.next
    return after is not None and (after.is_element_node or after.next is not None)


class _Writer:
    """Collects words until a block ends, then writes the block."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._pieces: list[str] = []
        self._between = "\n\n"
        self._verbatim = 0
        self._row: int | None = None
        """How many characters a row of a table has so far; None outside, and in a large one."""

    def write(self, root: LexborNode) -> None:
        """Write all that is seen below a node."""
        for node, entering in _walk(root):
            tag = node.tag or ""
            if tag == "-text":
                if entering and not _is_between_sides(node):
                    self._text(_OURS.sub("", node.text_content or ""))
            elif tag in {"td", "th"}:
                self._cell(entering=entering)
            elif tag == "br":
                self._pieces.append(_BREAK if entering else "")
            elif not tag.startswith(("-", "!")):
                self._element(node, tag, entering=entering)
        self._flush()

    def _element(self, node: LexborNode, tag: str, *, entering: bool) -> None:
        if not _is_inline(node):
            self._edge(tag, entering=entering)
        elif _is_apart(node):
            self._pieces.append(" ")
        elif _local(node) in _MATH:
            self._pieces.append(_bar(node, entering=entering))

    def _text(self, words: str) -> None:
        self._pieces.append(words)
        if self._row is not None:
            self._row += len(words)
            if self._row > _LONGEST_ROW:
                self._part()

    def _cell(self, *, entering: bool) -> None:
        if entering and (self._row is not None or any(piece.strip() for piece in self._pieces)):
            self._pieces.append(_CELL)

    def _part(self) -> None:
        """Write what seemed to be a row as the blocks that its cells hold."""
        self._row = None
        blocks = "".join(self._pieces).split(_EDGE)
        for block in blocks[:-1]:
            self._pieces = [block]
            self._flush()
        self._pieces = blocks[-1:]

    def _edge(self, tag: str, *, entering: bool) -> None:
        if self._row is not None and tag != "tr":
            if tag not in _LARGE:
                self._pieces.append(_EDGE)
                return
            self._part()
        if tag in _HEADINGS and not entering:
            self._sink.heading(_HEADINGS[tag], self._words())
            self._pieces.clear()
        self._flush()
        if tag in _LINES and entering:
            self._between = "\n"
        if tag == "pre":
            self._verbatim += 1 if entering else -1
        if tag == "tr":
            self._row = 0 if entering else None

    def _flush(self) -> None:
        words = self._words()
        self._pieces.clear()
        if words:
            self._sink.block(words, between=self._between)
            self._between = "\n\n"

    def _words(self) -> str:
        text = _TOUCHING.sub(" ", "".join(self._pieces))
        if self._verbatim:
            return text.replace(_BREAK, "\n").replace(_CELL, "\t").strip("\n").rstrip()
        if self._row is not None:
            return _row_of(text.replace(_BREAK, " ").replace(_EDGE, " "))
        lines = ("\t".join(_cells(line)) for line in text.split(_BREAK))
        return "\n".join(lines).strip()


def _row_of(text: str) -> str:
    """Write a row; the empty cell before the names of columns keeps its place."""
    cells = _cells(text.removeprefix(_CELL))
    few = sum(map(bool, cells)) == 1
    return "\t".join(cells).strip() if few else "\t".join(cells).rstrip()


def _cells(text: str) -> list[str]:
    return [_SPACE.sub(" ", cell).strip() for cell in text.split(_CELL)]
