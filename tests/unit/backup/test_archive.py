"""A backup knows each of its files, and is one only when it is complete."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.backup.archive import Archive, BadBackup, Draft, Manifest, PlaceTaken

NOW = datetime.now(UTC)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    draft = Draft.begin(tmp_path / "monday")
    draft.add_text("databases/quiz.dump", "dump")
    draft.add_text("objects/ab/abc", "bytes")
    draft.seal(_manifest(draft))
    return Archive.open(tmp_path / "monday")


def _manifest(draft: Draft) -> Manifest:
    return Manifest(cut_at=NOW, taken_at=NOW, revisions={"quiz": "0001"}, files=draft.files)


def _verify(archive: Archive) -> None:
    archive.verify(lambda _done, _of: None)


def test_what_was_written_is_whole(archive: Archive) -> None:
    _verify(archive)

    assert archive.manifest.files.keys() == {"databases/quiz.dump", "objects/ab/abc"}


def test_until_it_is_sealed_it_is_none(tmp_path: Path) -> None:
    draft = Draft.begin(tmp_path / "monday")
    draft.add_text("databases/quiz.dump", "dump")

    assert not (tmp_path / "monday").exists()
    with pytest.raises(BadBackup, match="never finished"):
        Archive.open(draft.root)


def test_an_unfinished_one_is_begun_again_and_a_finished_one_is_left(tmp_path: Path) -> None:
    Draft.begin(tmp_path / "monday").add_text("strange", "left by a kill")
    draft = Draft.begin(tmp_path / "monday")
    draft.add_text("new", "new")
    draft.seal(_manifest(draft))

    _verify(Archive.open(tmp_path / "monday"))
    with pytest.raises(PlaceTaken):
        Draft.begin(tmp_path / "monday")


def test_one_that_was_given_up_leaves_nothing(tmp_path: Path) -> None:
    draft = Draft.begin(tmp_path / "monday")
    draft.add_text("new", "new")
    draft.drop()

    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_named(archive: Archive) -> None:
    archive.path("objects/ab/abc").unlink()

    with pytest.raises(BadBackup, match="abc is missing"):
        _verify(archive)


def test_a_changed_file_is_named(archive: Archive) -> None:
    archive.path("objects/ab/abc").write_text("bytez")

    with pytest.raises(BadBackup, match="abc is not what was backed up"):
        _verify(archive)


def test_a_strange_file_is_named(archive: Archive) -> None:
    archive.path("objects/more").write_text("more")

    with pytest.raises(BadBackup, match="more does not belong"):
        _verify(archive)


def test_one_of_a_later_edition_is_refused(archive: Archive) -> None:
    later = archive.manifest.model_copy(update={"edition": 2}).model_dump_json()
    archive.path("manifest.json").write_text(later)

    with pytest.raises(BadBackup, match="newer studymesh"):
        Archive.open(archive.root)
