"""One address signs in and registers so often a minute and no more, whoever it asks about."""

from typing import NoReturn

import httpx
import pytest
from starlette.requests import HTTPConnection

from contracts.identity import IssueToken, Register
from services.gateway.addresses import address_of, is_local
from services.gateway.model import NotSignedIn
from tests.unit.gateway.conftest import World

NEWCOMER = {"email": "ada@example.org", "password": "correct horse", "name": "Ada"}


def wrong(*_: object) -> NoReturn:
    raise NotSignedIn


async def guess(client: httpx.AsyncClient, number: int, address: str = "") -> httpx.Response:
    """Try one password on one of many accounts."""
    form = {"username": f"user{number}@example.org", "password": "123456789"}
    headers = {"X-Forwarded-For": address} if address else {}
    return await client.post("/api/v1/auth/token", data=form, headers=headers)


class TestOneAddress:
    @pytest.fixture
    def world(self) -> World:
        world = World(sign_ins=3, spare_local=False)
        world.mesh.answers[IssueToken] = wrong
        return world

    async def test_one_password_on_many_accounts_is_stopped_before_it_is_hashed(
        self, served: World, stranger: httpx.AsyncClient
    ) -> None:
        answers = [await guess(stranger, number) for number in range(6)]

        assert [one.status_code for one in answers] == [401, 401, 401, 429, 429, 429]
        refused = answers[-1]
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["type"].endswith("/too-many-requests")
        assert 1 <= int(refused.headers["retry-after"]) <= 20
        assert refused.headers["ratelimit-limit"] == "3"
        assert len(served.mesh.of(IssueToken)) == 3

    async def test_registrations_count_too_and_other_routes_do_not(
        self, served: World, stranger: httpx.AsyncClient
    ) -> None:
        for number in range(3):
            await guess(stranger, number)

        refused = await stranger.post("/api/v1/auth/register", json=NEWCOMER)

        assert refused.status_code == 429
        assert served.mesh.of(Register) == []
        assert (await stranger.get("/api/health")).status_code == 200

    async def test_nobody_is_believed_who_says_to_ask_for_somebody_else(
        self, served: World, stranger: httpx.AsyncClient
    ) -> None:
        answers = [await guess(stranger, number, f"203.0.113.{number}") for number in range(5)]

        assert [one.status_code for one in answers] == [401, 401, 401, 429, 429]
        assert len(served.mesh.of(IssueToken)) == 3


class TestBehindProxies:
    @pytest.fixture
    def world(self) -> World:
        world = World(sign_ins=3, spare_local=False, proxies=("127.0.0.0/8",))
        world.mesh.answers[IssueToken] = wrong
        return world

    async def test_those_behind_a_trusted_proxy_count_each_for_themselves(
        self, served: World, stranger: httpx.AsyncClient
    ) -> None:
        greedy = [await guess(stranger, number, "198.51.100.1") for number in range(4)]
        other = await guess(stranger, 9, "198.51.100.2")

        assert [one.status_code for one in greedy] == [401, 401, 401, 429]
        assert other.status_code == 401

    async def test_what_a_client_told_the_proxy_makes_it_nobody_else(
        self, served: World, stranger: httpx.AsyncClient
    ) -> None:
        answers = [
            await guess(stranger, number, f"203.0.113.{number}, 198.51.100.1")
            for number in range(4)
        ]

        assert answers[-1].status_code == 429


class TestThisMachine:
    @pytest.fixture
    def world(self) -> World:
        world = World(sign_ins=3)
        world.mesh.answers[IssueToken] = wrong
        return world

    async def test_programs_of_this_machine_sign_in_as_they_like(
        self, served: World, stranger: httpx.AsyncClient
    ) -> None:
        answers = [await guess(stranger, number) for number in range(6)]

        assert {one.status_code for one in answers} == {401}

    async def test_what_was_passed_on_is_not_of_this_machine(
        self, served: World, stranger: httpx.AsyncClient
    ) -> None:
        answers = [await guess(stranger, number, f"203.0.113.{number}") for number in range(4)]

        assert answers[-1].status_code == 429


def connection(host: str) -> HTTPConnection:
    return HTTPConnection({"type": "http", "headers": [], "client": (host, 1)})


@pytest.mark.parametrize(
    ("host", "counted", "local"),
    [
        ("203.0.113.7", "203.0.113.7", False),
        ("::ffff:203.0.113.7", "203.0.113.7", False),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", False),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "::/64", True),
        ("unix:", "unix:", False),
    ],
)
def test_an_address_counts_as_the_network_that_somebody_is_given(
    host: str, counted: str, local: bool
) -> None:
    assert address_of(connection(host)) == counted
    assert is_local(connection(host)) is local
