"""What an operator does about a message that nobody can read, over HTTP and from a terminal."""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.conftest import OPERATOR
from tests.mesh import RunningMesh, until

LETTERS = "/admin/dead-letters"
FIELDS = {
    "id",
    "type",
    "service",
    "fingerprint",
    "error",
    "attempts",
    "first_seen",
    "last_seen",
    "state",
}
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def operator(mesh: RunningMesh) -> Generator[httpx.Client]:
    with httpx.Client(base_url=f"{mesh.address}/api/v1", timeout=30) as client:
        _sign_in(client, OPERATOR["email"], OPERATOR["password"])
        yield client


def command(mesh: RunningMesh, *words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    """Run `mesh` as an operator of this machine does: the data directory is all it is told."""
    return subprocess.run(
        [sys.executable, "-m", "deploy.mesh", *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "MESH_DATA": str(mesh.home.root)},
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_poisonous_event_is_seen_mended_redriven_and_given_up(
    mesh: RunningMesh, operator: httpx.Client
) -> None:
    document, owner = str(uuid4()), str(uuid4())
    unreadable = json.dumps({"document_id": document, "owner_id": "nobody"})
    publish = ("events", "publish", "evt.document.deleted.v1", "--data", "-")

    refused = command(mesh, *publish, given=unreadable)
    said = command(mesh, *publish, "--unchecked", "--json", given=unreadable)
    message_id = json.loads(said.stdout)["id"]
    until(lambda: len(_of(operator, message_id)) >= 4, lambda: "all died", 30)
    letters = {one["service"]: one for one in _of(operator, message_id)}

    assert refused.returncode == 2
    assert "/owner_id" in refused.stderr
    assert letters["quiz"].keys() >= FIELDS
    assert letters["quiz"]["error"]["code"] == "bad-body"
    assert {"quiz", "search", "indexing", "notification"} <= letters.keys()

    good = {"document_id": document, "owner_id": owner}
    quiz = f"{LETTERS}/{letters['quiz']['id']}"
    bad = operator.post(f"{quiz}/redrive", json={"body": {"document_id": document}})
    mended = operator.post(f"{quiz}/redrive", json={"body": good})
    fingerprint = letters["quiz"]["fingerprint"]
    groups = operator.get(f"{LETTERS}/groups").json()["items"]
    rest = operator.post(f"{LETTERS}/discard", json={"fingerprint": fingerprint})

    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/owner_id")
    assert (mended.status_code, mended.json()["state"]) == (200, "redriven")
    assert mended.json()["body"]["owner_id"] == "nobody"
    assert mended.json()["edited_body"] == good
    assert [one["count"] for one in groups if one["fingerprint"] == fingerprint] == [len(letters)]
    assert (rest.status_code, rest.json()) == (202, {"matched": len(letters) - 1})
    states = {"redriven": 1, "discarded": len(letters) - 1}
    until(lambda: _states(operator, message_id) == states, lambda: "the others are given up", 30)
    listed = json.loads(command(mesh, "dead-letters", "groups", "--json").stdout)["items"]
    assert [one["waiting"] for one in listed if one["fingerprint"] == fingerprint] == [0]


def test_a_learner_is_shown_none_of_it(mesh: RunningMesh) -> None:
    person = {"email": f"{uuid4().hex}@example.org", "password": "correct horse", "name": "Ada"}
    with httpx.Client(base_url=f"{mesh.address}/api/v1", timeout=30) as client:
        client.post("/auth/register", json=person).raise_for_status()
        nobody = client.get(LETTERS)
        _sign_in(client, person["email"], person["password"])

        one = f"{LETTERS}/{uuid4()}"
        refused = [
            client.get(LETTERS),
            client.get(f"{LETTERS}/groups"),
            client.get(one),
            client.post(f"{one}/redrive"),
            client.post(f"{one}/discard"),
            client.post(f"{LETTERS}/redrive"),
            client.get("/admin/contracts"),
        ]

    assert nobody.status_code == 401
    assert {answer.status_code for answer in refused} == {403}


def test_an_operator_sees_who_says_what_to_whom(operator: httpx.Client) -> None:
    owned = operator.get("/admin/contracts", params={"owner": "document"}).json()["items"]
    heard = operator.get("/admin/contracts", params={"service": "quiz"}).json()["items"]

    [deleted] = [one for one in owned if one["type"] == "evt.document.deleted.v1"]
    assert deleted["said_by"] == ["document"]
    assert {"quiz", "search"} <= set(deleted["heard_by"])
    assert "owner_id" in deleted["body"]["properties"]
    assert {one["owner"] for one in owned} == {"document"}
    assert "evt.document.deleted.v1" in {one["type"] for one in heard}


def test_an_operator_looks_at_streams_and_consumers(mesh: RunningMesh) -> None:
    streams = json.loads(command(mesh, "streams", "--json").stdout)
    consumers = json.loads(command(mesh, "consumers", "--service", "operations", "--json").stdout)
    missing = command(mesh, "dead-letters", "show", str(uuid4()))
    unknown = command(mesh, "stream")

    assert streams["sync"] == "always"
    assert {"DEAD", "TO", "EVT_DOCUMENT"} <= {one["name"] for one in streams["streams"]}
    assert [one["name"] for one in consumers] == ["operations-dead"]
    assert (missing.returncode, unknown.returncode) == (1, 2)
    assert "There is no dead letter" in missing.stderr


def _sign_in(client: httpx.Client, email: str, password: str) -> None:
    login = {"username": email, "password": password}
    token = client.post("/auth/token", data=login).raise_for_status().json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"


def _of(operator: httpx.Client, message_id: str) -> list[dict[str, Any]]:
    """Find the dead letters of one message."""
    page = operator.get(LETTERS, params={"type": "evt.document.deleted.v1", "limit": 100}).json()
    return [
        one
        for one in page["items"]
        if operator.get(f"{LETTERS}/{one['id']}").json()["message_id"] == message_id
    ]


def _states(operator: httpx.Client, message_id: str) -> dict[str, int]:
    states = [one["state"] for one in _of(operator, message_id)]
    return {state: states.count(state) for state in states}
