"""What strangers send to break us, and that they get the answer that everybody gets."""

import httpx
import pytest

from contracts.identity import IssueToken
from tests.unit.gateway.conftest import World
from tests.unit.gateway.test_live import tab

_FIELD = '--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'


@pytest.mark.parametrize("odd", ["username", "password"])
async def test_half_a_character_in_a_form_is_refused_at_the_door(
    stranger: httpx.AsyncClient, served: World, odd: str
) -> None:
    fields = {"username": "a@example.org", "password": "12345678", odd: "\\ud800"}
    form = "".join(_FIELD % field for field in fields.items()) + "--x--\r\n"
    kind = "multipart/form-data; boundary=x; charset=unicode_escape"

    answer = await stranger.post("/api/v1/auth/token", content=form, headers={"Content-Type": kind})

    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [f"#/{odd}"]
    assert served.mesh.of(IssueToken) == []


class TestFlood:
    @pytest.fixture
    def world(self) -> World:
        return World(per_second=5)

    async def test_frames_that_nobody_understands_count_too(self, served: World) -> None:
        async with tab(served) as (opened, _):
            for _ in range(10):
                await opened.socket.send("{")

            assert await opened.closed() == 4429
