"""Every broker that the repository ships writes to disk before it says stored."""

import re
from pathlib import Path

import pytest

from tests.architecture.code import ROOT

KINDS = {".conf", ".yaml", ".yml", ".json", ".toml", ".tpl", ".env", ".sh"}
JETSTREAM = re.compile(r"^\s*jetstream\b|\s(-js|--jetstream)\b", re.MULTILINE)
SYNC = re.compile(r"^\s*sync_interval\s*[:=]?\s*(.*?)\s*(#.*)?$", re.MULTILINE)

BROKERS = sorted(
    path.relative_to(ROOT)
    for path in [*ROOT.glob("*.*"), *(ROOT / "deploy").rglob("*")]
    if path.suffix in KINDS and JETSTREAM.search(path.read_text())
)
"""Configurations, and whatever starts a broker: compose files and charts, too."""


def test_both_are_shipped_the_one_alone_and_the_node_of_three() -> None:
    assert {path.name for path in BROKERS} >= {"one.conf", "node.conf"}


@pytest.mark.parametrize("shipped", BROKERS, ids=str)
def test_it_syncs_always(shipped: Path) -> None:
    text = (ROOT / shipped).read_text()

    synced = [found[0].strip("\"'") for found in SYNC.findall(text)]

    assert synced == ["always"] * len(JETSTREAM.findall(text))
