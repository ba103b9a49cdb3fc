"""What tests of the local mesh begin with."""

from pathlib import Path

import pytest

from deploy.local.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "data")
    home.make()
    return home
