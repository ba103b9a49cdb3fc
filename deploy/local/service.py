"""A service as a program: its own address and credentials in its environment, nobody else's."""

import http.client
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from deploy.local.program import Program, plain_environment

HOST = "127.0.0.1"
ROOT = Path(__file__).resolve().parents[2]
DRAIN = 30.0
"""A little more than a service takes to finish what it has in hand."""


def program(name: str, settings: Mapping[str, str], services: Iterable[str]) -> Program:
    """Say how to run it."""
    own = f"MESH_{_upper(name)}_"
    return Program(
        name=name,
        command=(sys.executable, "-m", f"services.{name.replace('-', '_')}"),
        directory=ROOT,
        environment=plain_environment()
        | {"PYTHONUNBUFFERED": "1"}
        | _meant_for(name, services)
        | {f"{own}{key.upper()}": value for key, value in settings.items()},
        stop_within=DRAIN,
    )


def probe(port: int, within: float) -> None:
    """Ask it by a fresh connection whether it is ready."""
    connection = http.client.HTTPConnection(HOST, port, timeout=within)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read(2000).decode(errors="replace")
    except http.client.HTTPException as unreadable:
        raise ConnectionRefusedError(f"no answer on port {port}") from unreadable
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise ConnectionRefusedError(body)


def _meant_for(name: str, services: Iterable[str]) -> dict[str, str]:
    """Pass on what the caller set for this service or for all, but nothing set for another."""
    others = tuple(f"MESH_{_upper(other)}_" for other in services if other != name)
    return {
        variable: value
        for variable, value in os.environ.items()
        if variable.startswith("MESH_") and not variable.startswith(others)
    }


def _upper(name: str) -> str:
    return name.upper().replace("-", "_")
