"""The lock pins everything that the project asks for, by hash, and names no host."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LOCK = (ROOT / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINNED = dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", LOCK, re.MULTILINE | re.IGNORECASE))


def _asked_for() -> list[str]:
    extras = PROJECT["optional-dependencies"].values()
    wishes = [*PROJECT["dependencies"], *(wish for extra in extras for wish in extra)]
    return sorted({re.split(r"[\[=<>~!; ]", wish)[0] for wish in wishes})


@pytest.mark.parametrize("name", _asked_for())
def test_what_the_project_asks_for_is_pinned(name: str) -> None:
    assert name in PINNED


def test_every_pin_has_its_hashes() -> None:
    blocks = re.split(r"^(?=[a-z])", LOCK, flags=re.MULTILINE | re.IGNORECASE)[1:]

    assert [block for block in blocks if "--hash=sha256:" not in block] == []


def test_no_host_is_named() -> None:
    assert "://" not in LOCK


def test_every_service_has_an_extra_of_its_own() -> None:
    services = {path.stem for path in (ROOT / "contracts" / "services").glob("*.toml")}

    assert services <= PROJECT["optional-dependencies"].keys()
