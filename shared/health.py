"""Whether a process lives and is ready, asked by supervisors and load balancers over HTTP."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from fastapi import Depends, FastAPI, Response
from pydantic import BaseModel

from shared import metrics
from shared.resilience import Policy

PROBE_SECONDS = 2.0

Check = Callable[[], Awaitable[None]]


async def may_scrape() -> None:
    """Let anybody read what was counted; a process on a public port overrides this."""


class NotReady(Exception):
    """A probe's finding; the message says what is missing."""


class Report(BaseModel):
    """What `/readyz` answers: `ok`, or per probe what is wrong; and what we leave alone."""

    service: str
    ready: bool
    probes: dict[str, str]
    breakers: dict[str, str] = {}
    """Per dependency `closed`, `half-opened` or `opened`; an open one does not make us unready."""


@dataclass(slots=True)
class Health:
    """The probes of one process: ready when it is open and every probe returns."""

    service: str
    open: bool = False
    """False until everything is assembled, and again from the first moment of draining."""
    probes: dict[str, Check] = field(default_factory=dict)
    policies: list[Policy] = field(default_factory=list)
    """How we deal with what we can do without; their breakers are shown."""

    def probe(self, name: str, check: Check) -> None:
        """Add a check; what it raises is the reason why we are not ready."""
        self.probes[name] = check

    async def heal(self) -> None:
        """Try what we leave alone until it is well, though nobody should ask for it."""
        await asyncio.gather(*(policy.heal() for policy in self.policies))

    async def report(self) -> Report:
        """Run every probe at once, none for longer than two seconds."""
        findings = await asyncio.gather(*(self._finding(check) for check in self.probes.values()))
        probes = {"open": "ok" if self.open else "starting or draining"}
        probes.update(zip(self.probes, findings, strict=True))
        ready = all(finding == "ok" for finding in probes.values())
        breakers = {policy.name: policy.state for policy in self.policies}
        return Report(service=self.service, ready=ready, probes=probes, breakers=breakers)

    def mount(self, app: FastAPI) -> None:
        """Serve `/livez`, `/readyz` and `/metrics`."""

        @app.get("/livez", include_in_schema=False)
        async def livez() -> Response:
            return Response("ok\n", media_type="text/plain")

        @app.get("/readyz", include_in_schema=False)
        async def readyz(response: Response) -> Report:
            report = await self.report()
            response.status_code = 200 if report.ready else 503
            return report

        @app.get("/metrics", include_in_schema=False, dependencies=[Depends(may_scrape)])
        async def exposition() -> Response:
            return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)

    async def _finding(self, check: Check) -> str:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await check()
        except TimeoutError:
            return f"no answer within {PROBE_SECONDS:g} s"
        except Exception as error:  # noqa: BLE001  # whatever a probe raises is its finding
            return f"{type(error).__name__}: {error}"
        return "ok"
