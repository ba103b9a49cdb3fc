"""What services put away through storage they fetch again, whole and unchanged."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from contracts.claims import Claims
from shared.bus import Bus
from shared.cause import Cause, Delivery, new_id
from shared.problems import Refused
from shared.tickets import Oversized
from tests.integration.shared.service_process import ServiceProcess
from tests.integration.storage.conftest import OWNER, TEXT, Learner


class TestClaims:
    async def test_what_is_kept_is_fetched_again_whole_and_into_a_file(
        self, storage: ServiceProcess, learner: Learner, tmp_path: Path
    ) -> None:
        content = bytes(range(256)) * 40_000

        async with storage.running(), _claims(learner.bus) as claims:
            kept = await claims.keep(content, "application/json", OWNER)

            assert kept.size == len(content)
            assert await claims.fetch(kept.object_id, OWNER) == content
            await claims.fetch_to(kept.object_id, tmp_path / "it", OWNER)
            assert (tmp_path / "it").read_bytes() == content
            with pytest.raises(Refused):
                await claims.fetch(kept.object_id, Cause(actor=new_id()))
            with pytest.raises(Oversized):
                await claims.fetch(kept.object_id, OWNER, limit=1000)

    async def test_kept_again_for_the_same_message_it_is_one_object(
        self, storage: ServiceProcess, learner: Learner
    ) -> None:
        first = Cause(actor=OWNER.actor, delivery=Delivery("document-x", "1"))
        other = Cause(actor=OWNER.actor, delivery=Delivery("document-x", "2"))

        async with storage.running(), _claims(learner.bus) as claims:
            kept = [await claims.keep(TEXT, "text/plain", cause) for cause in (first, first, other)]

        assert kept[0] == kept[1]
        assert kept[0].object_id != kept[2].object_id


@asynccontextmanager
async def _claims(bus: Bus) -> AsyncIterator[Claims]:
    claims = Claims(bus)
    yield claims
    await claims.close()
