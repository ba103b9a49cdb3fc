"""A process says that it lives, and whether it is ready and why not."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from shared import health
from shared.health import Health, NotReady
from shared.problems import Away


async def fine() -> None:
    """Find nothing wrong."""


async def away() -> None:
    raise Away("the database cannot be reached")


async def slow() -> None:
    await asyncio.Event().wait()


class TestReport:
    async def test_open_and_without_findings_it_is_ready(self) -> None:
        asked = Health("reader", open=True, probes={"bus": fine})

        report = await asked.report()

        assert report.ready
        assert report.probes == {"open": "ok", "bus": "ok"}

    async def test_before_it_is_open_it_is_not_ready(self) -> None:
        report = await Health("reader", probes={"bus": fine}).report()

        assert not report.ready
        assert report.probes["open"] == "starting or draining"

    async def test_a_finding_is_told_beside_the_others(self) -> None:
        asked = Health("reader", open=True, probes={"bus": fine, "database": away})

        report = await asked.report()

        assert not report.ready
        assert report.probes["bus"] == "ok"
        assert report.probes["database"] == "Away: the database cannot be reached"

    async def test_a_probe_that_hangs_is_a_finding(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(health, "PROBE_SECONDS", 0.01)

        report = await Health("reader", open=True, probes={"disk": slow}).report()

        assert report.probes["disk"] == "no answer within 0.01 s"


class TestRoutes:
    async def test_alive_even_when_not_ready(self) -> None:
        async def full() -> None:
            raise NotReady("the disk is full")

        asked = Health("reader", open=True)
        asked.probe("disk", full)

        livez, readyz = await _get(asked, "/livez"), await _get(asked, "/readyz")

        assert (livez.status_code, readyz.status_code) == (200, 503)
        assert readyz.json()["probes"]["disk"] == "NotReady: the disk is full"

    async def test_metrics_are_served_as_prometheus_reads_them(self) -> None:
        answer = await _get(Health("reader"), "/metrics")

        assert answer.headers["content-type"].startswith("text/plain; version=")
        assert "process_cpu_seconds_total" in answer.text


async def _get(asked: Health, path: str) -> httpx.Response:
    app = FastAPI()
    asked.mount(app)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://reader") as client:
        return await client.get(path)
