"""A process that the broker lets do less than it must says so, and it measures without ids."""

import re

import httpx
import pytest

from shared.provision import broker
from tests.integration.serve.conftest import MANIFEST, Echo, wait_until
from tests.servers import Nats

PASSWORDS = {broker.ADMIN: "admin", "echo": "secret"}
IDENTITY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}|_INBOX|\b[0-9a-f]{32}\b|[A-Z0-9]{22}")


class TestRefusal:
    @pytest.mark.parametrize(
        ("allowed", "named"),
        [
            ("req.echo.what-was-heard.v1", "for subscription to"),
            ("$JS.API.CONSUMER.MSG.NEXT.EVT_ECHO.echo-echo-said-v1", "for publish to"),
            ("evt.echo.said.v1", "for publish to"),
        ],
    )
    def test_a_process_that_is_forbidden_something_is_not_ready_and_names_it(
        self, echo: Echo, own_broker: Nats, allowed: str, named: str
    ) -> None:
        users = broker.users([MANIFEST], PASSWORDS)
        own_broker.held.stop()
        own_broker.rewrite(users.replace(f'"{allowed}"', '"nothing"'))
        own_broker.held.start()
        echo.start(nats_user="echo", nats_password="secret")
        wait_until(lambda: _open(echo), echo.said)

        echo.post("/echoes/once")
        wait_until(lambda: not echo.is_ready(), echo.said)

        told = echo.get("/readyz").json()["probes"]["bus"]
        assert f'{named} "{allowed.lower()}"' in told.lower()

    def test_a_process_that_may_do_what_its_manifest_says_is_ready(
        self, echo: Echo, own_broker: Nats
    ) -> None:
        own_broker.held.stop()
        own_broker.rewrite(broker.users([MANIFEST], PASSWORDS))
        own_broker.held.start()
        echo.start(nats_user="echo", nats_password="secret")
        echo.wait_until_ready()

        identity = echo.post("/echoes/once").json()["once"]

        wait_until(lambda: echo.has_heard(identity), echo.said)
        assert echo.is_ready()


class TestMeasuring:
    def test_no_label_holds_an_id_or_an_inbox(self, echo: Echo) -> None:
        echo.start()
        echo.wait_until_ready()

        identities = [echo.post(f"/echoes/{number}").json()[str(number)] for number in range(3)]
        wait_until(lambda: all(map(echo.has_heard, identities)), echo.said)

        measured = echo.get("/metrics").text
        assert 'subject="req.echo.what-was-heard.v1"' in measured
        assert 'durable="echo-echo-said-v1"' in measured
        assert IDENTITY.search(measured) is None


class TestLoop:
    def test_a_process_runs_on_uvloop(self, echo: Echo) -> None:
        echo.start()
        echo.wait_until_ready()

        assert echo.get("/loop").json() == "uvloop"


def _open(echo: Echo) -> bool:
    try:
        return bool(echo.get("/readyz").json()["probes"]["open"] == "ok")
    except httpx.TransportError:
        return False
