"""The embedded text index and the fakes keep the promises of their ports."""

import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from services.search.index.embedded import EmbeddedTextIndex
from services.search.index.lock import IndexTaken
from services.search.model.passage import Scope
from tests.unit.search.examples import ANNA, BERT, about, asked, passages
from tests.unit.search.fakes import FakeTextIndex, FakeVectorIndex
from tests.unit.search.text_index_behaviour import TextIndexBehaviour
from tests.unit.search.vector_index_behaviour import VectorIndexBehaviour

OPEN_IT = """
import pathlib, sys
from services.search.index.embedded import EmbeddedTextIndex
EmbeddedTextIndex.open(pathlib.Path(sys.argv[1]))
"""


@pytest.fixture
def embedded(tmp_path: Path) -> Generator[EmbeddedTextIndex]:
    index = EmbeddedTextIndex.open(tmp_path / "text")
    yield index
    index.close()


class TestFakeTextIndex(TextIndexBehaviour):
    @pytest.fixture
    def index(self) -> FakeTextIndex:
        return FakeTextIndex()


class TestFakeVectorIndex(VectorIndexBehaviour):
    @pytest.fixture
    def vectors(self) -> FakeVectorIndex:
        return FakeVectorIndex()


class TestEmbeddedTextIndex(TextIndexBehaviour):
    @pytest.fixture
    def index(self, embedded: EmbeddedTextIndex) -> EmbeddedTextIndex:
        return embedded

    async def test_what_was_written_is_there_after_opening_it_again(self, tmp_path: Path) -> None:
        cells = about()
        first = EmbeddedTextIndex.open(tmp_path / "again")
        await first.put(cells, passages(cells, "one cell"))
        first.close()

        second = EmbeddedTextIndex.open(tmp_path / "again")
        found = await second.find(asked("cell"), Scope(ANNA), most=10)
        second.close()

        assert found.total == 1
        assert second.id == first.id

    @pytest.mark.parametrize("typed", ["cell wall ", "cell -two ", "-two "])
    async def test_scores_are_as_if_the_owner_were_alone(
        self, embedded: EmbeddedTextIndex, typed: str
    ) -> None:
        mine, theirs = about(title=""), about(BERT, title="")
        texts = ("one cell here", "two cells here", "three walls here", "cell wall here")
        await embedded.put(mine, passages(mine, *texts))
        alone = await embedded.find(asked(typed), Scope(ANNA), most=10)

        await embedded.put(theirs, passages(theirs, *(["cell or not"] * 50)))
        await embedded.put(theirs, passages(theirs, *(["cell or not"] * 20)))
        beside = await embedded.find(asked(typed), Scope(ANNA), most=10)

        assert alone.hits
        assert [hit.passage.id for hit in beside.hits] == [hit.passage.id for hit in alone.hits]
        scores = [hit.score for hit in alone.hits]
        assert [hit.score for hit in beside.hits] == pytest.approx(scores, rel=1e-5)

    async def test_one_made_again_has_another_id(self, tmp_path: Path) -> None:
        first = EmbeddedTextIndex.open(tmp_path / "first")
        second = EmbeddedTextIndex.open(tmp_path / "second")
        first.close()
        second.close()

        assert first.id != second.id

    @pytest.mark.parametrize("broken", ["meta.json", "identity"])
    async def test_a_broken_one_is_made_again_and_known_to_be(
        self, tmp_path: Path, broken: str
    ) -> None:
        first = EmbeddedTextIndex.open(tmp_path / "text")
        first.close()
        (tmp_path / "text" / "format-2" / broken).write_text("{")

        second = EmbeddedTextIndex.open(tmp_path / "text")
        second.close()

        assert second.id != first.id

    async def test_a_write_is_on_the_disk_when_it_returns(self, tmp_path: Path) -> None:
        cells = about()
        index = EmbeddedTextIndex.open(tmp_path / "text")
        await index.put(cells, passages(cells, "one cell"))

        copied = shutil.copytree(tmp_path / "text", tmp_path / "as-after-a-kill")
        other = EmbeddedTextIndex.open(copied)
        found = await other.find(asked("cell"), Scope(ANNA), most=10)
        other.close()
        index.close()

        assert found.total == 1

    async def test_a_write_that_fails_changes_nothing(self, embedded: EmbeddedTextIndex) -> None:
        cells = about()
        await embedded.put(cells, passages(cells, "one cell"))
        broken = passages(cells, "two cell", "three cell")
        object.__setattr__(broken[1], "text", None)

        with pytest.raises(AttributeError):
            await embedded.put(cells, broken)

        found = await embedded.find(asked("cell"), Scope(ANNA), most=10)
        assert [hit.passage.text for hit in found.hits] == ["one cell"]

    def test_a_second_replica_is_told_why_it_cannot_start(self, tmp_path: Path) -> None:
        folder = tmp_path / "taken"
        first = EmbeddedTextIndex.open(folder)

        second = subprocess.run(
            [sys.executable, "-c", OPEN_IT, str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        first.close()

        assert second.returncode == 1
        assert "IndexTaken" in second.stderr
        assert "allows one replica of search" in second.stderr

    def test_the_next_one_may_have_it_when_the_first_is_gone(self, tmp_path: Path) -> None:
        first = EmbeddedTextIndex.open(tmp_path / "handed-on")
        with pytest.raises(IndexTaken):
            EmbeddedTextIndex.open(tmp_path / "handed-on")

        first.close()

        EmbeddedTextIndex.open(tmp_path / "handed-on").close()
