"""What somebody sent who has hung up since is not carried out, however late it is read."""

import socket
from collections.abc import Mapping
from http.client import HTTPConnection
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import structlog

from contracts.document import RegisterDocument
from contracts.storage import DiscardUpload
from tests.unit.gateway.conftest import World
from tests.unit.gateway.warehouse import PART, file, form
from tests.waiting import until

JSON = {"Content-Type": "application/json"}
WISH = b'{"families": {"quiz": {"live": false}}}'


async def find_left(
    world: World, method: str, path: str, body: bytes, headers: Mapping[str, str]
) -> int:
    """Let the gateway find a request whose sender has gone, as one that was frozen does.

    Nothing here lets the loop go on before the connection has ended.
    """
    address = urlsplit(world.address)
    line = HTTPConnection(str(address.hostname), address.port)
    known = {"Authorization": f"Bearer {world.signer.token(world.caller)}"}
    line.request(method, path, body, {**known, **headers})
    line.close()
    with structlog.testing.capture_logs() as lines:
        await until(lambda: any(one["event"] == "served" for one in lines))
    return int(next(one["status"] for one in lines if one["event"] == "served"))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/api/v1/notifications/preferences", WISH),
        ("PUT", "/api/v1/notifications/preferences", WISH + b" " * 9_000),
        ("POST", "/api/v1/notifications/read-all", b""),
        ("DELETE", f"/api/v1/documents/{uuid4()}", b""),
    ],
)
async def test_nobody_is_asked_to_do_it(served: World, method: str, path: str, body: bytes) -> None:
    await served.access.refresh()
    before = len(served.mesh.asked)

    status = await find_left(served, method, path, body, JSON)

    assert (status, len(served.mesh.asked)) == (499, before)


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("size", [5, 5 * PART])
async def test_a_file_becomes_no_document(served: World, size: int) -> None:
    body, headers = form(file(bytes(size)))

    status = await find_left(served, "POST", "/api/v1/documents", body, headers)

    assert (status, served.mesh.of(RegisterDocument)) == (499, [])
    assert size < PART or served.mesh.of(DiscardUpload)


async def test_who_is_still_there_is_served_though_all_came_at_once(served: World) -> None:
    address = urlsplit(served.address)
    with socket.create_connection((address.hostname, address.port)) as line:
        token = served.signer.token(served.caller)
        line.sendall(
            b"POST /api/v1/notifications/read-all HTTP/1.1\r\nHost: x\r\n"
            b"Authorization: Bearer %s\r\nContent-Length: 0\r\n\r\n" % token.encode()
        )
        with structlog.testing.capture_logs() as lines:
            await until(lambda: any(one["event"] == "served" for one in lines))

    assert [one["status"] for one in lines if one["event"] == "served"] == [503]
