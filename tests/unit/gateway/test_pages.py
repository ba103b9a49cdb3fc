"""Pages for people work without network and run nothing but what stands in them."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import httpx
import pytest
from fastapi import FastAPI

from services.document.model.document import FINISHED
from services.gateway.app import build
from services.gateway.routes.documents import Edit
from tests.unit.gateway.conftest import World


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))


@pytest.mark.parametrize("page", ["/", "/docs"])
async def test_a_page_needs_nothing_from_elsewhere(stranger: httpx.AsyncClient, page: str) -> None:
    answer = await stranger.get(page)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert re.findall(r"""(?:src|href)=["'](?!/)""", answer.text) == []
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert policy.count("sha256-") == 2


@pytest.mark.parametrize("page", ["/", "/docs"])
async def test_a_page_has_nothing_in_its_tags_that_its_policy_forbids(
    stranger: httpx.AsyncClient, page: str
) -> None:
    text = (await stranger.get(page)).text

    names = {name for _, attributes in Tags(text).all for name in attributes}
    assert not [name for name in names if name == "style" or name.startswith("on")]
    assert "innerHTML" not in text
    assert "insertAdjacentHTML" not in text


async def test_the_file_picker_hides_no_file_and_takes_several(
    stranger: httpx.AsyncClient,
) -> None:
    page = Tags((await stranger.get("/")).text)

    pickers = [told for tag, told in page.all if tag == "input" and told.get("type") == "file"]
    assert len(pickers) == 1
    # What a file is, its content tells; texts are read under any name. A filter would hide some.
    assert "accept" not in pickers[0]
    assert "multiple" in pickers[0]


async def test_the_page_knows_when_nothing_is_left_to_cancel(stranger: httpx.AsyncClient) -> None:
    found = re.search(r"const ENDS = (\[.*?\]);", (await stranger.get("/")).text)

    assert found is not None
    assert set(json.loads(found[1])) == FINISHED


async def test_the_page_may_send_large_files_to_the_object_store_and_nowhere_else(
    world: World,
) -> None:
    app = build(
        FastAPI(openapi_url=None, docs_url=None, redoc_url=None),
        replace(world.gateway(), objects_origin="https://files.example.org"),
        world.draining,
        [],
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://mesh.test") as client:
        policies = [
            (await client.get(page)).headers["content-security-policy"] for page in ("/", "/docs")
        ]

    assert "connect-src 'self' ws: wss: https://files.example.org;" in policies[0]
    assert "connect-src 'self' ws: wss:;" in policies[1]


async def test_programs_find_every_route_with_its_problems(stranger: httpx.AsyncClient) -> None:
    document = (await stranger.get("/openapi.json")).json()

    asked = [
        (method, path, route)
        for path, methods in document["paths"].items()
        for method, route in methods.items()
    ]
    assert len(asked) > 30
    for method, path, route in asked:
        assert {"422", "429", "503"} <= route["responses"].keys(), (method, path)
        assert ("401" in route["responses"]) or "security" not in route, (method, path)
        good = [one for status, one in route["responses"].items() if status.startswith("2")]
        assert good, (method, path)
        for content in good[0].get("content", {}).values():
            assert "example" in content or "schema" in content, (method, path)


async def test_programs_find_an_example_of_every_json_body(stranger: httpx.AsyncClient) -> None:
    document = (await stranger.get("/openapi.json")).json()

    bodies = {
        route["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/")[-1]
        for methods in document["paths"].values()
        for route in methods.values()
        if "application/json" in route.get("requestBody", {}).get("content", {})
    }

    assert len(bodies) >= 5
    for name in bodies:
        for field, told in document["components"]["schemas"][name]["properties"].items():
            assert told.get("examples"), (name, field)


def test_a_title_may_be_as_long_in_an_edit_as_in_an_upload() -> None:
    longest = "x" * 500

    assert Edit.model_validate({"title": longest}).title == longest
