"""A process comes up when its servers are there, says how it is, and goes without losing work."""

import json
import signal
import socket

import httpx
import pytest

from tests.integration.serve.conftest import Echo, wait_until
from tests.servers import Nats


class TestBecomingReady:
    def test_it_answers_all_three_questions(self, echo: Echo) -> None:
        echo.start()

        echo.wait_until_ready()

        assert echo.get("/livez").text == "ok\n"
        assert echo.get("/readyz").json() == {
            "service": "echo",
            "ready": True,
            "probes": {"open": "ok", "bus": "ok", "database": "ok", "outbox": "ok"},
            "breakers": {},
        }
        assert "mesh_outbox_waiting" in echo.get("/metrics").text

    def test_what_it_does_is_counted_by_route_and_never_by_id(self, echo: Echo) -> None:
        echo.start()
        echo.wait_until_ready()

        echo.post("/echoes/ada")
        echo.get("/nowhere/ada")

        text = echo.get("/metrics").text
        assert 'route="/echoes/{name}",status="200"' in text
        assert 'route="unknown",status="404"' in text
        assert "ada" not in text

    def test_it_waits_for_a_broker_that_comes_later(self, echo: Echo, own_broker: Nats) -> None:
        own_broker.held.stop()
        echo.start()
        wait_until(lambda: '"waiting"' in echo.said())

        own_broker.held.start()

        echo.wait_until_ready()

    def test_told_to_go_while_it_waits_it_goes_at_once(self, echo: Echo, own_broker: Nats) -> None:
        own_broker.held.stop()
        echo.start()
        wait_until(lambda: '"waiting"' in echo.said())

        echo.running.send_signal(signal.SIGTERM)

        assert echo.wait_until_gone(within=5) == 0


class TestRefusing:
    def test_a_setting_that_is_wrong_is_named(self, echo: Echo) -> None:
        echo.start(http_port="many")

        assert echo.wait_until_gone() == 78
        assert echo.said().startswith("echo: echo cannot use http_port (env MESH_ECHO_HTTP_PORT): ")
        assert echo.said().count("\n") == 1

    def test_a_taken_port_is_named(self, echo: Echo) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", echo.port))
            other.listen()
            echo.start()

            assert echo.wait_until_gone() == 78

        assert f"cannot serve on 127.0.0.1:{echo.port}: Address already in use" in echo.said()

    def test_a_broker_that_never_comes_is_named(self, echo: Echo, own_broker: Nats) -> None:
        own_broker.held.stop()
        echo.start(start_seconds="1")

        assert echo.wait_until_gone() == 75
        assert "echo: the broker did not answer within 1 s" in echo.said()

    def test_a_missing_database_address_is_named(self, echo: Echo) -> None:
        del echo.environment["MESH_ECHO_DATABASE_URL"]
        echo.start()

        assert echo.wait_until_gone() == 78
        assert "echo needs database_url: set MESH_ECHO_DATABASE_URL" in echo.said()

    def test_what_fails_in_the_background_ends_the_process_whoever_is_deaf_to_it(
        self, echo: Echo
    ) -> None:
        echo.start(broken="true")

        assert echo.wait_until_gone() == 1
        last = json.loads(echo.said().splitlines()[-1])
        assert (last["event"], last["level"], last["service"]) == ("crashed", "critical", "echo")
        assert "ZeroDivisionError" in last["exception"]


class TestExplaining:
    def test_it_tells_every_setting_with_its_source_and_no_secret(self, echo: Echo) -> None:
        told = echo.explain(drain_seconds="7")

        assert "drain_seconds        7.0" in told
        assert "env MESH_ECHO_DRAIN_SECONDS" in told
        assert "database_url         ********" in told
        assert echo.environment["MESH_ECHO_DATABASE_URL"] not in told


class TestBeingAlone:
    def test_without_its_broker_it_lives_but_is_not_ready(
        self, echo: Echo, own_broker: Nats
    ) -> None:
        echo.start()
        echo.wait_until_ready()

        own_broker.held.kill()

        wait_until(lambda: not echo.is_ready())
        assert echo.get("/readyz").json()["probes"]["bus"] != "ok"
        assert echo.get("/readyz").json()["probes"]["database"] == "ok"
        assert echo.get("/livez").status_code == httpx.codes.OK
        own_broker.held.start()
        echo.wait_until_ready()


class TestGoing:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_an_idle_process_goes_at_once(self, echo: Echo, number: signal.Signals) -> None:
        echo.start()
        echo.wait_until_ready()

        echo.running.send_signal(number)

        assert echo.wait_until_gone(within=8) == 0

    def test_who_is_deaf_to_the_first_word_is_told_again(self, echo: Echo) -> None:
        echo.start(deaf="true")
        echo.wait_until_ready()

        echo.running.send_signal(signal.SIGTERM)

        assert echo.wait_until_gone() == 0

    def test_what_is_in_hand_is_finished_once(self, echo: Echo) -> None:
        echo.start()
        echo.wait_until_ready()
        identity = echo.post("/echoes/slow?seconds=2").json()["slow"]
        wait_until(lambda: echo.get("/metrics").text.count("mesh_outbox_published_total 1.0") == 1)

        echo.running.send_signal(signal.SIGTERM)

        assert echo.wait_until_gone() == 0
        assert "gave up" not in echo.said()
        echo.start()
        echo.wait_until_ready()
        wait_until(lambda: echo.has_heard(identity), echo.said)
        handled = 'mesh_messages_handled_total{durable="echo-echo-say-v1"'
        assert handled not in echo.get("/metrics").text

    def test_what_takes_too_long_is_left_for_the_next(self, echo: Echo) -> None:
        echo.start(drain_seconds="1")
        echo.wait_until_ready()
        identity = echo.post("/echoes/slow?seconds=12").json()["slow"]
        wait_until(lambda: echo.get("/metrics").text.count("mesh_outbox_published_total 1.0") == 1)

        echo.running.send_signal(signal.SIGTERM)

        assert echo.wait_until_gone(within=5) == 0
        assert "gave up on work in hand" in echo.said()
        echo.start()
        echo.wait_until_ready()
        wait_until(lambda: echo.has_heard(identity), echo.said, within=40)
