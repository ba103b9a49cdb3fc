"""Files in work are gone when the work is, or at the latest when the next process starts."""

import os
import shutil
from pathlib import Path

import pytest

from services.document.reading.scratch import Scratch


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "reading"


def files_in(place: Path) -> list[Path]:
    return [path for path in place.rglob("*") if path.is_file() and path.name != "lock"]


def test_a_file_is_gone_after_its_work(place: Path) -> None:
    scratch = Scratch.open(place)

    with scratch.file() as path:
        path.write_text("secret")
        assert files_in(place) == [path]

    assert files_in(place) == []


def test_a_file_is_gone_after_work_that_failed(place: Path) -> None:
    scratch = Scratch.open(place)

    with pytest.raises(ZeroDivisionError), scratch.file() as path:
        path.write_text("secret")
        _ = 1 / 0

    assert files_in(place) == []


def test_what_a_killed_process_left_is_cleared_by_the_next(place: Path) -> None:
    killed = Scratch.open(place)
    with killed.file() as path:
        path.write_text("secret")
        os.close(killed._lock)  # as the kernel does for a process that is gone

        Scratch.open(place)

        assert files_in(place) == []
        path.parent.mkdir(parents=True)


def test_files_of_a_living_process_are_left_alone(place: Path) -> None:
    living = Scratch.open(place)
    with living.file() as path:
        path.write_text("in work")

        Scratch.open(place)

        assert path.read_text() == "in work"


def test_a_closed_one_leaves_nothing(place: Path) -> None:
    Scratch.open(place).close()

    assert [path.name for path in place.iterdir()] == ["lock"]
    shutil.rmtree(place)
