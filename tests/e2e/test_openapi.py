"""Whatever is asked, the answer is one that `/openapi.json` declares, and never a breakdown."""

from contextlib import suppress
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode
from schemathesis.checks import (
    allow_header_conformance,
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.result import Ok

from tests.mesh import RunningMesh

AnyCase = Case[Any]

UNTRIED = [
    "/api/v1/auth/logout",
    "/api/v1/auth/register",
    "/api/v1/auth/token",
    "/api/v1/events",
]
"""They would end the session, only cost time (passwords are hashed slowly) or never end."""
CHECKS = [
    not_a_server_error,
    allow_header_conformance,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def token(mesh: RunningMesh) -> str:
    """Sign somebody in who asks strange things."""
    route = f"{mesh.address}/api/v1/auth"
    account = {"email": "strange@example.org", "password": "correct horse", "name": "Strange"}
    assert httpx.post(f"{route}/register", json=account).status_code == 201
    form = {"username": account["email"], "password": account["password"]}
    signed_in: str = httpx.post(f"{route}/token", data=form).json()["access_token"]
    return signed_in


def test_every_answer_is_one_that_was_declared(mesh: RunningMesh, token: str) -> None:
    declared = schemathesis.openapi.from_url(f"{mesh.address}/openapi.json")
    headers = {"Authorization": f"Bearer {token}"}

    tried = 0
    for found in declared.exclude(path=UNTRIED).get_all_operations():
        assert isinstance(found, Ok)
        for mode in GenerationMode:
            cases: SearchStrategy[AnyCase] = found.ok().as_strategy(generation_mode=mode)
            # A route that takes nothing cannot be asked wrongly.
            with suppress(Unsatisfiable):
                ask_strangely(cases, headers)
        tried += 1

    assert tried > 25


def ask_strangely(cases: SearchStrategy[AnyCase], headers: dict[str, str]) -> None:
    """Ask one route whatever hypothesis thinks of."""

    @given(case=cases)
    @settings(
        max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    def ask(case: AnyCase) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    ask()
