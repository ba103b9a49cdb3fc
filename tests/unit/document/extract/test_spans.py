"""Whatever is read, offsets are exact: any words, any lines, anywhere on the page."""

from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, assume, given, settings

from services.document.extract.characters import clean
from services.document.extract.composer import Composer
from services.document.extract.outcome import Extracted, Limits
from services.document.extract.printed.flow import Flow
from services.document.extract.printed.headings import Entry, levels_by_size, located
from services.document.extract.printed.line import Line
from services.document.extract.printed.running import without_running
from services.document.extract.printed.writer import Writer
from tests.unit.document.extract import files
from tests.unit.document.extract.behaviour import hold_together, outcome

SOURCES = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

words = st.text(
    st.one_of(
        st.sampled_from("abcxyz  .-\t\n•ﬁßÉ𝔇中\u00ad\u200b\x00\x07\ue000<>&#*`|_[]"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=60,
)
printed = words.map(clean).map(lambda text: " ".join(text.split())).filter(bool)
sources = st.one_of(
    st.text(max_size=300), st.lists(words).map("\n# ".join), st.lists(words).map("<p>".join)
)
lines = st.builds(
    Line,
    text=printed,
    left=st.floats(50, 300),
    right=st.floats(300, 550),
    base=st.floats(30, 800),
    size=st.sampled_from([8.0, 10.0, 10.0, 10.0, 14.0, 20.0]),
    fixed=st.booleans(),
    broken=st.booleans(),
)


@given(words)
def test_clean_text_stays_clean_and_can_be_stored(text: str) -> None:
    cleaned = clean(text)

    assert clean(cleaned) == cleaned
    assert "\0" not in cleaned
    assert cleaned.encode().decode() == cleaned


@given(st.lists(st.tuples(st.sampled_from("hbp"), words)))
def test_a_composer_knows_where_everything_stands(steps: list[tuple[str, str]]) -> None:
    composer = Composer(Limits())
    for kind, text in steps:
        if kind == "h":
            composer.heading(1, text)
        else:
            composer.block(text, between="\n" if kind == "b" else "\n\n")
    assume(any(character.isalnum() for character in composer.text()))

    hold_together(composer.finish())


@settings(deadline=None)
@given(st.lists(st.lists(lines, max_size=6), min_size=1, max_size=6), st.data())
def test_any_lines_of_print_become_a_text_that_holds_together(
    pages: list[list[Line]], data: st.DataObject
) -> None:
    titles = [line.text for page in pages for line in page] or ["title"]
    entries = data.draw(
        st.lists(
            st.builds(
                Entry,
                level=st.integers(1, 6),
                title=st.sampled_from(titles),
                page=st.integers(0, len(pages)),
                height=st.none() | st.floats(0, 800),
            )
        )
    )
    flow = Flow(pages)
    kept = without_running(pages, body=flow.body, leading=flow.leading)
    composer = Composer(Limits())
    writer = Writer(composer, flow, levels_by_size(kept, flow.body))

    writer.write(kept)
    assume(any(character.isalnum() for character in composer.text()))

    hold_together(composer.finish(writer.headings()))
    hold_together(composer.finish(located(entries, composer.text(), writer.placed)))
    for page, placed in zip(kept, writer.placed, strict=True):
        shown = composer.text()[placed.start : placed.end]
        assert all(line.text.rstrip("-\u2010") in shown for line in page)


@SOURCES
@pytest.mark.parametrize("media_type", [files.HTML, files.MARKDOWN, files.TXT])
@given(source=sources)
def test_any_source_is_read_or_refused(tmp_path: Path, media_type: str, source: str) -> None:
    path = tmp_path / "source"
    path.write_bytes(source.encode("utf-8", "surrogatepass"))

    read = outcome(path, media_type)

    if isinstance(read, Extracted):
        hold_together(read)


@SOURCES
@pytest.mark.parametrize("media_type", [files.PDF, files.DOCX, files.HTML, files.TXT])
@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(tmp_path: Path, media_type: str, content: bytes) -> None:
    path = tmp_path / "bytes"
    path.write_bytes(content)

    read = outcome(path, media_type)

    if isinstance(read, Extracted):
        hold_together(read)
    else:
        assert read in {"empty", "corrupt", "unsupported-type", "no-text", "encrypted"}
