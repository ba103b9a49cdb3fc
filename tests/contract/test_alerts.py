"""What wakes somebody is measured by the code, tried by Prometheus' own tool, and explained."""

import argparse
import ast
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from uuid import UUID

import pytest

from deploy.mesh.__main__ import NOUNS
from deploy.mesh.commands import Commands
from tests.architecture.code import ROOT, called, calls, files

RULES = ROOT / "deploy" / "alerts" / "mesh.yaml"
TRIED = ROOT / "deploy" / "alerts" / "mesh.test.yaml"
RUNBOOK = ROOT / "docs" / "runbook.md"
PROMISED = {
    "mesh_outbox_oldest_seconds",
    "mesh_consumer_oldest_seconds",
    "mesh_consumer_redelivered",
    "mesh_dead_letters_waiting",
    "mesh_breaker_state",
    "mesh_stream_bytes",
    "mesh_stream_limit_bytes",
}
"""What issue 5 names: outbox, listeners, redeliveries, dead letters, breakers, streams."""
OF_THE_SCRAPE = {"service", "instance", "job"}
KINDS = {"Gauge", "Counter", "Histogram"}


@dataclass(frozen=True, slots=True)
class Alert:
    """One rule, as it is written: every field stands on a line of its own."""

    name: str
    text: str

    def field(self, name: str) -> str:
        """Give what stands behind a field's name."""
        found = re.search(rf"^\s+{name}: (.+)$", self.text, re.MULTILINE)
        assert found, f"{self.name} has no {name}"
        return found.group(1).strip('"')

    @property
    def metrics(self) -> set[str]:
        """Name what it looks at."""
        return set(re.findall(r"\bmesh_\w+", self.field("expr")))

    @property
    def labels(self) -> set[str]:
        """Name what it tells apart."""
        expr = self.field("expr")
        grouped = {word for by in re.findall(r"by \(([^)]*)\)", expr) for word in by.split(", ")}
        return grouped | set(re.findall(r"[{,](\w+)[!=]", expr))


@cache
def alerts() -> tuple[Alert, ...]:
    parts = re.split(r"^ +- alert: (\w+)$", RULES.read_text("utf-8"), flags=re.MULTILINE)
    return tuple(Alert(*one) for one in zip(parts[1::2], parts[2::2], strict=True))


@cache
def measured() -> dict[str, set[str]]:
    """Find every metric that the code makes, with its labels."""
    return {
        ast.literal_eval(made.args[0]): set(ast.literal_eval(made.args[2]))
        if len(made.args) > 2
        else set()
        for folder in ("shared", "contracts", "services")
        for path in files(folder)
        for made in calls(path)
        if called(made) in KINDS and made.args and isinstance(made.args[0], ast.Constant)
    }


@cache
def sections() -> dict[str, str]:
    parts = re.split(r"^## (\w+)$", RUNBOOK.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@cache
def commands() -> tuple[str, ...]:
    found = re.findall(r"`(mesh [^`]+)`", RUNBOOK.read_text("utf-8"))
    return tuple(sorted({" ".join(one.split()) for one in found}))


every_alert = pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)


@every_alert
def test_what_an_alert_looks_at_is_measured(alert: Alert) -> None:
    assert alert.metrics - measured().keys() == set()
    assert alert.metrics or "up{" in alert.field("expr")


@every_alert
def test_an_alert_tells_apart_what_the_metric_does(alert: Alert) -> None:
    known = OF_THE_SCRAPE.union(*(measured()[metric] for metric in alert.metrics))

    assert alert.labels - known == set()


@every_alert
def test_an_alert_is_explained_in_the_runbook(alert: Alert) -> None:
    assert alert.field("runbook_url") == f"docs/runbook.md#{alert.name.lower()}"
    assert re.findall(r"^(\w+):", sections()[alert.name], re.MULTILINE) == ["Means", "Look", "Do"]


@every_alert
def test_an_alert_says_a_sentence_and_how_bad_it_is(alert: Alert) -> None:
    assert alert.field("summary").endswith(".")
    assert alert.field("labels") in {"{severity: critical}", "{severity: warning}"}


@every_alert
def test_an_alert_is_tried(alert: Alert) -> None:
    tried = TRIED.read_text("utf-8").split(f"alertname: {alert.name}\n")[1:]

    assert any(part.lstrip().startswith("exp_alerts:") for part in tried), "it never fires"


def test_what_was_promised_has_an_alert() -> None:
    assert PROMISED - set[str]().union(*(alert.metrics for alert in alerts())) == set()


def test_the_runbook_explains_nothing_else() -> None:
    assert sections().keys() == {alert.name for alert in alerts()}


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_runbook_is_one(command: str) -> None:
    parser = argparse.ArgumentParser(prog="mesh")
    known = Commands.of(parser)
    for noun in NOUNS:
        noun.add(known)

    words = shlex.split(command)[1:]
    parser.parse_args([str(UUID(int=1)) if word == "ID" else word for word in words])


@pytest.mark.parametrize("words", [("check", "rules", RULES.name), ("test", "rules", TRIED.name)])
def test_prometheus_finds_the_rules_right(words: tuple[str, ...]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool on the path: apt-get install prometheus")

    told = subprocess.run(
        [promtool, *words], cwd=RULES.parent, capture_output=True, text=True, check=False
    )

    assert told.returncode == 0, told.stdout + told.stderr
