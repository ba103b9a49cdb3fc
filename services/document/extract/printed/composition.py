"""Makes a text of pages of lines: running heads off, paragraphs together, headings found."""

from collections.abc import Sequence

from services.document.extract.composer import Composer
from services.document.extract.leaves import Leaf, Rows
from services.document.extract.outcome import Extracted, Limits
from services.document.extract.parts import Doubtful, troubles_of
from services.document.extract.printed.flow import Flow
from services.document.extract.printed.headings import Entry, levels_by_size, located
from services.document.extract.printed.line import Line
from services.document.extract.printed.running import without_running
from services.document.extract.printed.tables import with_rows
from services.document.extract.printed.writer import Writer
from services.document.model.facts import Unreadable


def rows_of(lines: Sequence[Line], doubt: Unreadable | None = None) -> Rows:
    """Write lines as plain values; those in doubt as `Doubtful`."""
    rows = [
        (
            one.text,
            one.left,
            one.right,
            one.base,
            one.size,
            one.fixed,
            one.broken,
            one.recognised,
            one.cell,
            one.added,
        )
        for one in lines
    ]
    if doubt is not None:
        raise Doubtful(rows, doubt)
    return rows


def compose(leaves: Sequence[Leaf], entries: Sequence[Entry], limits: Limits) -> Extracted:
    """Make the text, given the outline's entries, if there are any."""
    pages = [with_rows([_line(*row) for row in leaf.rows]) for leaf in leaves]
    flow = Flow(pages)
    pages = without_running(pages, body=flow.body, leading=flow.leading)
    composer = Composer(limits)
    writer = Writer(composer, flow, levels_by_size(pages, flow.body))
    writer.write(pages)
    headings = located(entries, composer.text(), writer.placed) or writer.headings()
    return composer.finish(headings, troubles_of(leaves))


def _line(*row: str | float | bool) -> Line:
    # What an earlier version wrote down ends before the last two of these.
    text, left, right, base, size, fixed, broken, recognised, cell, added = (*row, False, False)[
        :10
    ]
    return Line(
        str(text),
        float(left),
        float(right),
        float(base),
        float(size),
        bool(fixed),
        bool(broken),
        bool(recognised),
        cell=bool(cell),
        added=bool(added),
    )
