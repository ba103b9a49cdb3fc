"""What a restore replaces lies aside until all has succeeded; killed in between, it comes back."""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deploy.local.home import ASIDE, GONE, Home

STORES: Final = ("nats", "objects", "postgres", "services", "secrets")
"""What a mesh is, as far as it is in files; secrets are copied, for they stay as they are."""

_ALL_THERE: Final = "all-there"
"""The mark that everything is aside, so that what stands in its place is new."""


@contextmanager
def put_aside(home: Home) -> Generator[None]:
    """Begin with nothing but secrets; if the block fails, or never ends, all is as it was."""
    bring_back(home)
    aside = home.root / ASIDE
    aside.mkdir(mode=0o711)
    for name in STORES:
        if (home.root / name).exists():
            (home.root / name).rename(aside / name)
    (aside / _ALL_THERE).touch()
    if (aside / home.secrets.name).exists():
        shutil.copytree(aside / home.secrets.name, home.secrets)
    try:
        yield
        os.sync()
        aside.rename(home.root / GONE)
    except BaseException:
        bring_back(home)
        raise
    shutil.rmtree(home.root / GONE, ignore_errors=True)


def bring_back(home: Home) -> bool:
    """Undo a restore that did not come to its end; say whether there was one.

    May itself be broken off anywhere and done again. Only who holds the home may do it.
    """
    shutil.rmtree(home.root / GONE, ignore_errors=True)
    aside = home.root / ASIDE
    if not aside.exists():
        return False
    if (aside / _ALL_THERE).exists():
        for name in STORES:
            _remove(home.root / name)
        (aside / _ALL_THERE).unlink()
    for name in STORES:
        if (aside / name).exists():
            (aside / name).rename(home.root / name)
    aside.rmdir()
    return True


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
