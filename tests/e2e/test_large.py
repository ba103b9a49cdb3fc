"""500 MB in, 500 MB out, and no service holds it: through the gateway, and directly in parts."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.e2e.scans import MEBI, Scan
from tests.e2e.student import Json, Student, student
from tests.mesh import RunningMesh

SCAN: Final = Scan(500)
FLAT: Final = 64 * MEBI
STORE_FLAT: Final = 1024 * MEBI
"""The object store keeps what it was just given in memory of its own, within bounds of its own."""
_SERVERS: Final = frozenset({"nats", "postgres", "objects"})
_AT_ONCE: Final = 3
_GLANCE: Final = 0.2


@pytest.fixture
async def ada(mesh: RunningMesh) -> AsyncGenerator[Student]:
    async with student(mesh.address) as ada:
        ada.http.timeout = httpx.Timeout(120)
        yield ada


@pytest.fixture(scope="module")
def sha256() -> str:
    return SCAN.sha256


@asynccontextmanager
async def memory_watched(mesh: RunningMesh) -> AsyncGenerator[dict[str, int]]:
    """Tell at the end by how many bytes each process of the mesh grew at most."""
    grown: dict[str, int] = {}
    before = {name: resident(mesh, name) for name in mesh.names()}

    over = asyncio.Event()

    async def look() -> None:
        while not over.is_set():
            for name, bytes_ in before.items():
                grown[name] = max(grown.get(name, 0), resident(mesh, name) - bytes_)
            with suppress(TimeoutError):
                async with asyncio.timeout(_GLANCE):
                    await over.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(look())
        yield grown
        over.set()


def resident(mesh: RunningMesh, name: str) -> int:
    """The memory that a process has now, in bytes, without what it shares with files."""
    status = Path(f"/proc/{mesh.process(name).pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) * 1024


def assert_flat(grown: dict[str, int]) -> None:
    services = {name: bytes_ for name, bytes_ in grown.items() if name not in _SERVERS}
    assert len(services) >= 8
    assert {name: bytes_ // MEBI for name, bytes_ in services.items() if bytes_ > FLAT} == {}
    assert grown["objects"] < STORE_FLAT


async def through_the_gateway(ada: Student) -> Json:
    async def body() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="scan.pdf"\r\n\r\n'
        for piece in SCAN:
            yield piece
        yield b"\r\n--b--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await ada.http.post("/api/v1/documents", content=body(), headers=headers)
    assert answer.status_code == 202, answer.text
    document: Json = answer.json()
    return document


async def directly(ada: Student) -> Json:
    body = {"filename": "scan.pdf", "size": SCAN.size, "media_type": "application/pdf"}
    upload = (await ada.http.post("/api/v1/uploads", json=body)).raise_for_status().json()
    route, size = f"/api/v1/uploads/{upload['id']}", upload["part_size"]
    numbers = iter(range(1, -(-SCAN.size // size) + 1))

    async def send(store: httpx.AsyncClient) -> None:
        for number in numbers:
            ticket = (await ada.http.post(f"{route}/parts/{number}")).raise_for_status().json()
            part = SCAN.part((number - 1) * size, number * size)
            (await store.put(ticket["url"], content=part)).raise_for_status()

    async with httpx.AsyncClient(timeout=120, trust_env=False) as store:
        await asyncio.gather(*(send(store) for _ in range(_AT_ONCE)))
    made = await ada.http.post(f"{route}/complete")
    assert made.status_code == 202, made.text
    document: Json = made.json()
    return document


async def downloaded(ada: Student, document_id: str) -> tuple[int, str]:
    """Fetch it in two ranges, as somebody does whose first attempt broke off in the middle."""
    digest, size = hashlib.sha256(), 0
    half = SCAN.size // 2
    for wanted in (f"bytes=0-{half - 1}", f"bytes={half}-"):
        route = f"/api/v1/documents/{document_id}/content"
        async with ada.http.stream("GET", route, headers={"Range": wanted}) as answer:
            assert answer.status_code == 206
            async for piece in answer.aiter_bytes():
                digest.update(piece)
                size += len(piece)
    return size, digest.hexdigest()


@pytest.mark.timeout(400)
@pytest.mark.parametrize("way", [through_the_gateway, directly])
async def test_500_megabytes_go_in_and_out_and_nobody_holds_them(
    ada: Student, mesh: RunningMesh, sha256: str, way: object
) -> None:
    async with memory_watched(mesh) as grown:
        assert callable(way)
        document = await ada.until_final((await way(ada))["id"])
        got = await downloaded(ada, document["id"])
        found = await ada.search("light bends", mode="text")

    assert (document["status"], document["size"]) == ("ready", SCAN.size)
    assert got == (SCAN.size, sha256)
    assert [hit["document_id"] for hit in found["results"]] == [document["id"]]
    assert_flat(grown)
