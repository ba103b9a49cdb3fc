"""One upload is one trace: from the HTTP request through every service to the frame in the tab."""

import json
from uuid import uuid4

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.mesh import RunningMesh
from tests.otlp import Collector

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = f"00-{TRACE}-b7ad6b7169203331-01"
TEXT = b"# Knots\n\nThe bowline makes a loop that does not slip. A reef knot joins two ropes.\n"


class TestOneTrace:
    def test_an_upload_can_be_followed_to_the_open_tab(
        self, mesh: RunningMesh, collected: Collector
    ) -> None:
        with httpx.Client(base_url=f"{mesh.address}/api/v1", timeout=30) as client:
            _sign_in(client)
            with connect(f"ws://127.0.0.1:{mesh.base}/api/v1/ws") as tab:
                _open(tab, client)

                file = {"file": ("knots.md", TEXT, "text/markdown")}
                client.post("/documents", files=file, headers={"traceparent": CALLER})
                _wait_for_event(tab, "document.ready")

        last = collected.wait_for_span("show document.ready", trace=TRACE)
        request = collected.wait_for_span("POST /api/v1/documents", trace=TRACE)
        collected.wait_for_span("handle DocumentIndexed", trace=TRACE)
        assert last.service == request.service == "gateway"
        assert request.parent == "b7ad6b7169203331"
        services = {span.service for span in collected.trace(TRACE)}
        assert services >= {
            "gateway",
            "storage",
            "document",
            "indexing",
            "search",
            "notification",
        }

    def test_no_span_tells_what_people_call_their_things(
        self, mesh: RunningMesh, collected: Collector
    ) -> None:
        with httpx.Client(base_url=f"{mesh.address}/api/v1", timeout=30) as client:
            _sign_in(client)
            client.get("/search", params={"q": "thingummy"}, headers={"traceparent": CALLER})

        collected.wait_for_span("GET /api/v1/search", trace=TRACE)
        assert "thingummy" not in str(collected.spans)
        assert "example.org" not in str(collected.spans)


def _sign_in(client: httpx.Client) -> None:
    email, password = f"{uuid4().hex}@example.org", "correct horse battery staple"
    person = {"email": email, "password": password, "name": "Ada"}
    client.post("/auth/register", json=person).raise_for_status()
    answer = client.post("/auth/token", data={"username": email, "password": password})
    client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"


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
