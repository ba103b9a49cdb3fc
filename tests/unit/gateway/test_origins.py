"""Pages of another origin read every answer, the refusals before any route included."""

from dataclasses import replace
from typing import Final

import httpx
import pytest

from contracts.identity import DescribeMe
from tests.unit.gateway.conftest import LIMITS, World
from tests.unit.gateway.test_http import refuse
from tests.unit.gateway.test_slow import answer_of, line_to

HOME: Final = "https://app.example"
SIGN_IN: Final = "POST /api/v1/auth/token HTTP/1.1\r\nHost: x\r\n"
LONG: Final = f"{SIGN_IN}Content-Length: 20000\r\n"
TWO_LENGTHS: Final = f"{SIGN_IN}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"
NEVER: Final = f"{SIGN_IN}Content-Length: 5\r\n"


@pytest.fixture
def world() -> World:
    return World(origins=(HOME,), limits=replace(LIMITS, silence_seconds=0.2))


def asking(origin: str) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }


async def test_pages_of_a_named_origin_may_call_us(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.options("/api/v1/documents", headers=asking(HOME))

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == HOME


@pytest.mark.parametrize(
    ("head", "code"),
    [(LONG, 413), (TWO_LENGTHS, 400), (NEVER, 408)],
    ids=["too-large", "two-lengths", "too-slow"],
)
async def test_a_refusal_before_the_routes_can_be_read(served: World, head: str, code: int) -> None:
    reader, writer = await line_to(served)

    writer.write(f"{head}Origin: {HOME}\r\n\r\n".encode())
    status, headers, problem = await answer_of(reader)
    writer.close()

    assert (status, problem["status"]) == (code, code)
    assert headers["access-control-allow-origin"] == HOME
    assert "retry-after" in headers["access-control-expose-headers"]
    assert "origin" in headers["vary"]


async def test_an_error_of_ours_can_be_read(served: World, client: httpx.AsyncClient) -> None:
    served.mesh.answers[DescribeMe] = refuse(ZeroDivisionError())

    answer = await client.get("/api/v1/me", headers={"Origin": HOME})

    assert answer.status_code == 500
    assert answer.headers["access-control-allow-origin"] == HOME


async def test_no_other_origin_reads_a_refusal(served: World) -> None:
    reader, writer = await line_to(served)

    writer.write(f"{LONG}Origin: https://elsewhere.example\r\n\r\n".encode())
    status, headers, _ = await answer_of(reader)
    writer.close()

    assert status == 413
    assert "access-control-allow-origin" not in headers
    assert "origin" in headers["vary"]


async def test_a_preflight_with_two_lengths_is_refused_like_any_request(served: World) -> None:
    reader, writer = await line_to(served)
    asked = "".join(f"{name}: {value}\r\n" for name, value in asking(HOME).items())

    writer.write(f"{TWO_LENGTHS.replace('POST', 'OPTIONS')}{asked}\r\n0\r\n\r\n".encode())
    status, headers, _ = await answer_of(reader)
    writer.close()

    assert (status, headers["connection"]) == (400, "close")
