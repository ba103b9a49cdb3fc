"""A restore that is killed between any two steps leaves the mesh as it was, or as it is to be."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.aside import STORES, bring_back, put_aside
from deploy.local.home import Home

STEPS = 60
"""More than there are."""
KEPT = [name for name in STORES if name != "objects"]
"""A mesh of which one store is empty."""


def stored(home: Home) -> dict[str, str]:
    return {
        name: (home.root / name / "file").read_text()
        for name in STORES
        if (home.root / name / "file").exists()
    }


def write(home: Home, names: list[str], text: str) -> None:
    for name in names:
        (home.root / name).mkdir(exist_ok=True)
        (home.root / name / "file").write_text(text)


def restore(home: Home) -> None:
    with put_aside(home):
        write(home, list(STORES), "new")


def killed(do: Callable[[], object], after: int) -> bool:
    """Do it in another process, killed after so many changes of files; say if it came to that."""
    pid = os.fork()
    if pid == 0:
        left = after

        def count(event: str, _: tuple[object, ...]) -> None:
            nonlocal left
            if event in {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"}:
                left -= 1
                if left < 0:
                    os._exit(9)

        sys.addaudithook(count)
        do()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9


@pytest.fixture
def homes(tmp_path: Path) -> Callable[[str], Home]:
    def made(name: str) -> Home:
        home = Home(tmp_path / name)
        home.root.mkdir()
        write(home, KEPT, "old")
        return home

    return made


def test_killed_anywhere_it_is_undone_or_done(homes: Callable[[str], Home]) -> None:
    outcomes = []
    for after in range(STEPS):
        home = homes(str(after))
        if not killed(lambda home=home: restore(home), after):  # type: ignore[misc]
            break
        bring_back(home)
        outcomes.append(stored(home))

    undone = [one for one in outcomes if one == dict.fromkeys(KEPT, "old")]
    done = [one for one in outcomes if one == dict.fromkeys(STORES, "new")]
    assert outcomes == undone + done
    assert len(undone) > len(STORES)
    assert done


def test_what_undoes_it_may_be_killed_anywhere_too(homes: Callable[[str], Home]) -> None:
    undone = []
    for after in range(STEPS):
        home = homes(str(after))
        assert killed(lambda home=home: restore(home), 12)  # type: ignore[misc]
        if not killed(lambda home=home: bring_back(home), after):  # type: ignore[misc]
            break
        bring_back(home)
        undone.append(stored(home))

    assert undone == [dict.fromkeys(KEPT, "old")] * len(undone)
    assert len(undone) > len(STORES)


def test_what_fails_is_undone_at_once(homes: Callable[[str], Home]) -> None:
    home = homes("failing")

    with pytest.raises(ZeroDivisionError), put_aside(home):
        write(home, list(STORES), "new")
        _ = 1 / 0

    assert stored(home) == dict.fromkeys(KEPT, "old")
    assert sorted(path.name for path in home.root.iterdir()) == sorted(KEPT)
