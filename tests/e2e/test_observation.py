"""What an operator sees of one upload: one trace, counts without ids, logs without secrets."""

import json
import re
from uuid import uuid4

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.e2e.conftest import OPERATOR
from tests.mesh import RunningMesh
from tests.otlp import Collector

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = f"00-{TRACE}-b7ad6b7169203331-01"
SERVICES = {"gateway", "storage", "document", "indexing", "search", "notification"}
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
PASSWORD = "correct horse battery staple"
NAME = "Ada Quagmire"
FILE = "zanzibar-thesis.md"
TITLE = "Marmalade"
TEXT = b"# Knots\n\nThe bowline makes a loop that does not slip. A reef knot joins two ropes.\n"


class TestOneTrace:
    def test_an_upload_can_be_followed_to_the_open_tab(
        self, mesh: RunningMesh, collected: Collector
    ) -> None:
        with httpx.Client(base_url=f"{mesh.address}/api/v1", timeout=30) as client:
            _sign_in(client)
            _upload_and_wait(mesh, client, traceparent=CALLER)

        last = collected.wait_for_span("show document.ready", trace=TRACE)
        request = collected.wait_for_span("POST /api/v1/documents", trace=TRACE)
        assert last.service == request.service == "gateway"
        assert request.parent == "b7ad6b7169203331"
        collected.wait_for_services(TRACE, SERVICES)

    def test_no_span_tells_what_people_call_their_things(
        self, mesh: RunningMesh, collected: Collector
    ) -> None:
        with httpx.Client(base_url=f"{mesh.address}/api/v1", timeout=30) as client:
            _sign_in(client)
            client.get("/search", params={"q": "thingummy"}, headers={"traceparent": CALLER})

        collected.wait_for_span("GET /api/v1/search", trace=TRACE)
        assert "thingummy" not in str(collected.spans)
        assert "example.org" not in str(collected.spans)


class TestMetrics:
    def test_no_process_counts_by_id(self, mesh: RunningMesh) -> None:
        with httpx.Client(base_url=f"{mesh.address}/api/v1", timeout=30) as client:
            _sign_in(client)
            _upload_and_wait(mesh, client)
            client.get(f"/documents/{uuid4()}")

        for name, text in _metrics(mesh).items():
            assert "mesh_http_seconds" in text
            assert not ID.search(text), f"{name}: {ID.search(text)}"
            assert "zanzibar" not in text


class TestLogs:
    def test_no_log_tells_secrets_or_what_people_call_their_things(self, mesh: RunningMesh) -> None:
        with httpx.Client(base_url=f"{mesh.address}/api/v1", timeout=30) as client:
            email = _sign_in(client)
            _upload_and_wait(mesh, client)
            client.get("/search", params={"q": "thingummy bowline"}).raise_for_status()
            token = client.headers["Authorization"].removeprefix("Bearer ")

        logs = "".join(path.read_text() for path in mesh.home.logs.glob("*.log"))
        private = (email, PASSWORD, NAME, FILE, TITLE, token, "thingummy", "does not slip")
        assert '"event"' in logs
        assert [word for word in private if word in logs] == []


def _sign_in(client: httpx.Client) -> str:
    email = f"{uuid4().hex}@example.org"
    person = {"email": email, "password": PASSWORD, "name": NAME}
    client.post("/auth/register", json=person).raise_for_status()
    answer = client.post("/auth/token", data={"username": email, "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"
    return email


def _upload_and_wait(mesh: RunningMesh, client: httpx.Client, **headers: str) -> None:
    with connect(f"ws://127.0.0.1:{mesh.base}/api/v1/ws") as tab:
        _open(tab, client)
        file = {"file": (FILE, TEXT, "text/markdown")}
        answer = client.post("/documents", files=file, data={"title": TITLE}, headers=headers)
        answer.raise_for_status()
        _wait_for_event(tab, "document.ready")


def _metrics(mesh: RunningMesh) -> dict[str, str]:
    services = [name for name in mesh.names() if name not in {"nats", "postgres", "objects"}]
    form = {"username": OPERATOR["email"], "password": OPERATOR["password"]}
    tokens = httpx.post(f"{mesh.address}/api/v1/auth/token", data=form).raise_for_status().json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    routes = {name: f"http://127.0.0.1:{mesh.process(name).port}/metrics" for name in services}
    return {name: httpx.get(route, headers=headers).text for name, route in routes.items()}


def _open(tab: ClientConnection, client: httpx.Client) -> None:
    ticket = client.post("/ws/tickets").raise_for_status().json()["ticket"]
    tab.send(json.dumps({"type": "auth", "ticket": ticket}))
    hello = json.loads(tab.recv(timeout=10))
    assert hello["type"] == "hello", hello
    tab.send(json.dumps({"type": "resume", "epoch": hello["epoch"], "offset": None}))


def _wait_for_event(tab: ClientConnection, name: str) -> None:
    seen: list[str] = []
    while name not in seen:
        frame = json.loads(tab.recv(timeout=60))
        seen.append(str(frame.get("name")))
