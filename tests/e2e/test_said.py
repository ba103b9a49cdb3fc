"""An operator asks what was said about one document, and nobody else may."""

from http import HTTPStatus
from typing import Any

import httpx

from tests.e2e.conftest import OPERATOR
from tests.e2e.learner import learner
from tests.mesh import RunningMesh
from tests.waiting import until_found

ROUTE = "/admin/events"


async def test_operators_find_what_was_said_about_a_document(mesh: RunningMesh) -> None:
    async with (
        learner(mesh.address) as person,
        httpx.AsyncClient(base_url=f"{mesh.address}/api/v1", timeout=60) as operator,
    ):
        login = {"username": OPERATOR["email"], "password": OPERATOR["password"]}
        token = (await operator.post("/auth/token", data=login)).json()["access_token"]
        operator.headers["Authorization"] = f"Bearer {token}"
        document = await person.upload("moon.md", b"# Moon\n\nThe moon pulls the sea after it.")
        wanted: dict[str, Any] = {"key": document["id"], "type": "evt.document.*", "limit": 100}
        types: list[str] = []

        async def is_told_ready() -> bool:
            page = (await operator.get(ROUTE, params=wanted | {"follow": True})).json()
            wanted["cursor"] = page["next_cursor"]
            types.extend(one["type"] for one in page["items"])
            return "evt.document.ready.v1" in types

        await until_found(is_told_ready, within=60)

        assert types[0] == "evt.document.uploaded.v1"
        assert types.count("evt.document.ready.v1") == 1
        assert (await person.http.get(ROUTE)).status_code == HTTPStatus.FORBIDDEN
        wrong = await operator.get(ROUTE, params=wanted | {"key": "another"})
        assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert wrong.json()["type"].endswith("bad-cursor")
