"""What every answer has: problems with a type, ids, safe headers, and no secret in the log."""

from collections.abc import AsyncIterator
from typing import NoReturn
from uuid import UUID, uuid4

import httpx
import pytest
import structlog

from contracts.document import DescribeDocument, ListDocuments
from contracts.identity import DescribeMe, IssueToken, Register
from services.gateway.routes.auth import NewUser
from shared.problems import NotFound
from tests.unit.gateway.conftest import World, somebody
from tests.unit.gateway.fakes import Answering

PROBLEM = "application/problem+json"


def refuse(error: Exception) -> Answering:
    def answering(*_: object) -> NoReturn:
        raise error

    return answering


class TestProblems:
    async def test_an_unknown_address_is_a_problem(self, stranger: httpx.AsyncClient) -> None:
        answer = await stranger.get("/api/v1/nothing")

        assert answer.status_code == 404
        assert answer.headers["content-type"] == PROBLEM
        assert answer.json()["type"].endswith("/not-found")

    async def test_another_method_is_a_problem_that_names_the_right_one(
        self, stranger: httpx.AsyncClient
    ) -> None:
        answer = await stranger.put("/api/health")

        assert answer.status_code == 405
        assert answer.headers["content-type"] == PROBLEM
        assert answer.headers["allow"] == "GET"
        answer = await stranger.put(f"/api/v1/documents/{uuid4()}")
        assert answer.headers["allow"] == "DELETE, GET, PATCH"

    async def test_a_wrong_body_points_at_what_is_wrong(self, stranger: httpx.AsyncClient) -> None:
        answer = await stranger.post("/api/v1/auth/register", json={"email": 7, "name": "Ada"})

        assert answer.status_code == 422
        assert answer.headers["content-type"] == PROBLEM
        assert answer.json()["type"].endswith("/invalid")
        assert {one["pointer"] for one in answer.json()["errors"]} == {"#/email", "#/password"}

    async def test_a_difficulty_that_is_none_is_refused(self, client: httpx.AsyncClient) -> None:
        body = {"document_ids": [str(uuid4())], "count": 3, "difficulty": "impossible"}

        answer = await client.post("/api/v1/quizzes", json=body)

        assert answer.status_code == 422
        assert [one["pointer"] for one in answer.json()["errors"]] == ["#/difficulty"]

    @pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"K$\xff", b"[]", b"null", b""])
    async def test_a_body_that_is_no_object_is_a_problem(
        self, stranger: httpx.AsyncClient, body: bytes
    ) -> None:
        answer = await stranger.post(
            "/api/v1/auth/register", content=body, headers={"Content-Type": "application/json"}
        )

        assert answer.status_code == 422
        assert answer.headers["content-type"] == PROBLEM
        assert answer.json()["errors"]

    async def test_nul_and_halves_of_characters_are_refused_at_the_door(
        self, client: httpx.AsyncClient, served: World
    ) -> None:
        for raw in (rb'"a\u0000b"', rb'"a\ud800b"'):
            body = b'{"email": "a@example.org", "password": "12345678", "name": ' + raw + b"}"
            answer = await client.post(
                "/api/v1/auth/register",
                content=body,
                headers={"Content-Type": "application/json"},
            )
            assert answer.status_code == 422
        for path, body in (
            ("register", rb'{"email": "a@example.org", "password": "\ud800234567", "name": "A"}'),
            ("refresh", rb'{"refresh_token": "\ud800"}'),
        ):
            answer = await client.post(
                f"/api/v1/auth/{path}", content=body, headers={"Content-Type": "application/json"}
            )
            assert answer.status_code == 422
            assert "ud800" not in answer.text
        assert (await client.get("/api/v1/search?q=a%00b")).status_code == 422
        assert served.mesh.asked[2:] == []

    @pytest.mark.parametrize(("length", "said"), [(7, "At least 8"), (129, "At most 128")])
    async def test_a_password_is_counted_in_characters(
        self, stranger: httpx.AsyncClient, length: int, said: str
    ) -> None:
        body = {"email": "a@example.org", "password": "x" * length, "name": "A"}

        answer = await stranger.post("/api/v1/auth/register", json=body)

        (error,) = answer.json()["errors"]
        assert error["detail"].startswith(f"{said} characters")
        assert error["pointer"] == "#/password"

    async def test_a_body_without_end_is_cut_off(self, stranger: httpx.AsyncClient) -> None:
        for body in (b"x" * 20_000, endless(20_000)):
            answer = await stranger.post("/api/v1/auth/register", content=body)

            assert answer.status_code == 413
            assert answer.headers["content-type"] == PROBLEM

    async def test_a_problem_of_the_owner_comes_through_as_it_is(
        self, client: httpx.AsyncClient, served: World
    ) -> None:
        served.mesh.answers[DescribeDocument] = refuse(NotFound("Not here."))

        answer = await client.get(f"/api/v1/documents/{uuid4()}")

        assert (answer.status_code, answer.json()["detail"]) == (404, "Not here.")

    async def test_nobody_there_is_503_with_advice_when_to_come_back(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await client.get("/api/v1/me")

        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"

    async def test_our_own_mistakes_say_nothing_but_where_to_look(
        self, client: httpx.AsyncClient, served: World
    ) -> None:
        served.mesh.answers[DescribeMe] = refuse(ZeroDivisionError("secret"))

        with structlog.testing.capture_logs() as lines:
            answer = await client.get("/api/v1/me")

        assert answer.status_code == 500
        assert any(line["log_level"] == "error" for line in lines)
        assert answer.headers["content-type"] == PROBLEM
        assert "secret" not in answer.text
        assert answer.headers["x-correlation-id"]


async def endless(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 100):
        yield b"x" * 100


class TestSigningIn:
    @pytest.mark.parametrize(
        "route",
        [
            "/api/v1/me",
            "/api/v1/documents",
            "/api/v1/search?q=x",
            "/api/v1/quizzes",
            "/api/metrics",
            "/metrics",
        ],
    )
    async def test_without_a_token_it_is_401_with_the_way_in(
        self, stranger: httpx.AsyncClient, route: str
    ) -> None:
        answer = await stranger.get(route)

        assert answer.status_code == 401
        assert answer.headers["content-type"] == PROBLEM
        assert answer.headers["www-authenticate"].startswith("Bearer")

    async def test_asking_is_done_in_the_callers_name(
        self, client: httpx.AsyncClient, served: World
    ) -> None:
        wanted = str(uuid4())

        await client.get("/api/v1/documents", headers={"X-Correlation-ID": wanted})

        [cause] = [cause for asked, cause in served.mesh.asked if isinstance(asked, ListDocuments)]
        assert (cause.actor, cause.session) == (served.caller.user, served.caller.session)
        assert cause.correlation == UUID(wanted)

    async def test_operators_routes_are_for_administrators(self, served: World) -> None:
        for caller, status in ((somebody(), 403), (somebody("administrator"), 200)):
            async with served.client(caller) as client:
                for route in ("/metrics", "/api/metrics", "/api/services"):
                    assert (await client.get(route)).status_code == status


class TestHeaders:
    async def test_every_answer_has_safe_headers_and_an_id(
        self, stranger: httpx.AsyncClient
    ) -> None:
        for route in ("/api/health", "/nothing", "/api/v1/me", "/openapi.json"):
            headers = (await stranger.get(route)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "no-referrer"
            assert "content-security-policy" in headers
            UUID(headers["x-correlation-id"])

    async def test_an_id_that_is_given_is_kept_if_it_is_one(
        self, stranger: httpx.AsyncClient
    ) -> None:
        given = str(uuid4())

        kept = await stranger.get("/api/health", headers={"X-Correlation-ID": given})
        odd = await stranger.get("/api/health", headers={"X-Correlation-ID": "<script>"})

        assert kept.headers["x-correlation-id"] == given
        UUID(odd.headers["x-correlation-id"])

    async def test_no_page_of_elsewhere_may_call_us(self, stranger: httpx.AsyncClient) -> None:
        answer = await stranger.get("/api/health", headers={"Origin": "https://elsewhere.example"})

        assert "access-control-allow-origin" not in answer.headers

    async def test_secrets_stay_out_of_the_log(self, stranger: httpx.AsyncClient) -> None:
        with structlog.testing.capture_logs() as lines:
            await stranger.post(
                "/api/v1/auth/token?ticket=hush",
                data={"username": "ada@example.org", "password": "hush-hush"},
                headers={"Authorization": "Bearer hush"},
            )

        [line] = [line for line in lines if line["event"] == "served"]
        assert (line["method"], line["route"], line["status"]) == (
            "POST",
            "/api/v1/auth/token",
            503,
        )
        assert line["ms"] >= 0
        assert "hush" not in str(lines)
        assert "ada" not in str(lines)


class TestAllowance:
    @pytest.fixture
    def world(self) -> World:
        return World(per_second=5)

    async def test_more_than_the_allowance_is_429_for_that_one_only(self, served: World) -> None:
        async with served.client() as greedy, served.client(somebody()) as other:
            answers = [await greedy.get("/api/v1/documents") for _ in range(12)]

            refused = [one for one in answers if one.status_code == 429]
            assert refused
            assert refused[0].headers["content-type"] == PROBLEM
            assert int(refused[0].headers["retry-after"]) >= 1
            assert refused[0].headers["ratelimit-limit"] == "5"
            assert answers[0].headers["ratelimit-remaining"] == "4"
            assert (await other.get("/api/v1/documents")).status_code == 503


class TestPasswords:
    def test_a_password_shows_in_no_printout(self) -> None:
        body = NewUser.model_validate({"email": "a@b.c", "password": "hush-hush", "name": "Ada"})

        assert "hush" not in repr(body)

    async def test_they_reach_their_owner(self, stranger: httpx.AsyncClient, served: World) -> None:
        await stranger.post(
            "/api/v1/auth/register",
            json={"email": "a@example.org", "password": "hush-hush", "name": "Ada"},
        )
        await stranger.post(
            "/api/v1/auth/token", data={"username": "a@example.org", "password": "hush-hush"}
        )

        for kind in (Register, IssueToken):
            [asked] = served.mesh.of(kind)
            assert asked.password.get_secret_value() == "hush-hush"
