"""What fails leaves nothing behind: no derived object, no passage, nothing to be found."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Final

import httpx
import pytest
from minio import Minio

from deploy.backup.cut import connected
from deploy.backup.objects import INCOMING, SEALED
from deploy.backup.take import object_server
from deploy.local.mesh import Mesh
from deploy.local.objects import ObjectServer
from deploy.local.plan import Ports
from shared.manifest import all_manifests
from tests.e2e.files import BAD, plain
from tests.e2e.minds import orphans
from tests.e2e.sender import begin, complete
from tests.e2e.student import Student, student
from tests.mesh import RunningMesh
from tests.waiting import until_found

TEXT: Final = plain()
LONG: Final = b"".join(
    b"## Chapter %d\n\nThe keeper wrote down wind, tide and ships of that day.\n\n" % number
    for number in range(3_000)
)

Fail = Callable[[Student, httpx.AsyncClient], Awaitable[None]]


async def _hang_up(ada: Student, _: httpx.AsyncClient) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.md"\r\n\r\nx'
        await asyncio.Event().wait()

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.0):
            await ada.http.post("/api/v1/documents", content=half(), headers=headers)


async def _send_other_bytes(ada: Student, store: httpx.AsyncClient) -> None:
    upload = await begin(ada, len(TEXT), sha256=hashlib.sha256(TEXT).hexdigest())
    (await store.put(upload["url"], content=TEXT.upper())).raise_for_status()
    document = await ada.until_final((await complete(ada, upload)).json()["id"])
    assert document["error"]["code"] == "checksum-mismatch"


async def _abort(ada: Student, store: httpx.AsyncClient) -> None:
    upload = await begin(ada, len(TEXT))
    (await store.put(upload["url"], content=TEXT)).raise_for_status()
    (await ada.http.delete(f"/api/v1/uploads/{upload['id']}")).raise_for_status()


async def _cancel(ada: Student, _: httpx.AsyncClient) -> None:
    document = await ada.upload("long.md", LONG)
    (await ada.http.post(f"/api/v1/documents/{document['id']}/cancel")).raise_for_status()
    assert (await ada.until_final(document["id"]))["status"] == "cancelled"


async def _delete_in_work(ada: Student, _: httpx.AsyncClient) -> None:
    document = await ada.upload("long.md", LONG)
    (await ada.http.delete(f"/api/v1/documents/{document['id']}")).raise_for_status()


def _bring(why: str) -> Fail:
    async def fail(ada: Student, _: httpx.AsyncClient) -> None:
        name, make, codes = BAD[why]
        document = await ada.until_final((await ada.upload(name, make()))["id"])
        assert document["error"]["code"] in codes

    return fail


FAILURES: Final[dict[str, Fail]] = {
    "hung up": _hang_up,
    "other bytes than announced": _send_other_bytes,
    "aborted": _abort,
    "cancelled": _cancel,
    "deleted in work": _delete_in_work,
    **{why: _bring(why) for why in BAD},
}
KEPT: Final = {
    "truncated": {"original"},
    "encrypted": {"original"},
    "cancelled": {"original", "derived"},
}
"""Of these the file itself stays, its owner's to fetch, retry or delete; and what was read of what
its owner stopped, so that a retry goes on there."""


@pytest.fixture
async def store() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30, trust_env=False) as store:
        yield store


@pytest.mark.parametrize("why", FAILURES)
async def test_it_leaves_no_object_and_no_index_entry(
    mesh: RunningMesh, store: httpx.AsyncClient, why: str
) -> None:
    async with student(mesh.address) as ada:
        await FAILURES[why](ada, store)
        me = (await ada.get("/api/v1/me"))["id"]

        await _until_left(mesh, me, KEPT.get(why, set()))
        assert (await ada.search("keeper wind light"))["total"] == 0
        for document in (await ada.get("/api/v1/documents"))["items"]:
            (await ada.http.delete(f"/api/v1/documents/{document['id']}")).raise_for_status()
        await _until_left(mesh, me, set())


async def test_no_owner_finds_an_orphan(mesh: RunningMesh) -> None:
    async def none() -> bool:
        return not await orphans(mesh)

    await until_found(none, 60)


async def _until_left(mesh: RunningMesh, owner: str, allowed: set[str]) -> None:
    """Wait until nothing more is kept for somebody, in the object store and in both indexes."""
    left: dict[str, int] = {}

    async def nothing_more() -> bool:
        left.clear()
        left.update(await _left(mesh, owner))
        return left.keys() <= allowed

    try:
        await until_found(nothing_more, 60)
    except TimeoutError:
        assert left.keys() <= allowed, left


async def _left(mesh: RunningMesh, owner: str) -> dict[str, int]:
    """Count what lies in the object store by kind, and the entries of search."""
    manifests = all_manifests()
    whole = Mesh(mesh.home, Ports.plan(mesh.base, manifests), manifests)
    url = whole.provision().postgres_url
    async with connected(url, "storage") as storage, connected(url, "search") as search:
        rows = await storage.fetch(
            "SELECT kind, incoming, sealed FROM objects WHERE owner_id = $1", owner
        )
        entries = await search.fetchval(
            "SELECT count(*) FROM documents WHERE owner_id = $1 AND passages_object_id IS NOT NULL",
            owner,
        )
    lying = await asyncio.to_thread(_keys, object_server(whole))
    kinds = Counter(row["kind"] for row in rows if lying & {row["incoming"], row["sealed"]})
    return dict(kinds) | ({"entry": entries} if entries else {})


def _keys(server: ObjectServer) -> set[str]:
    s3 = Minio(
        server.endpoint, access_key=server.access_key, secret_key=server.secret_key, secure=False
    )
    return {
        str(one.object_name)
        for bucket in (INCOMING, SEALED)
        for one in s3.list_objects(bucket, recursive=True)
    }
