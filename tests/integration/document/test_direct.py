"""Direct uploads on a real database: however many race, one ends it and nobody overspends."""

import asyncio
from collections import Counter
from uuid import UUID

import pytest

from contracts.upload import AbortUpload, BeginUpload, CompleteUpload
from services.document.model.allowance import Allowance, QuotaExceeded
from services.document.service.direct import DirectUploads
from services.document.service.registration import Registration
from services.document.store import PostgresStore
from shared.cause import Cause, new_id
from shared.problems import Problem
from tests.unit.document.fakes import Clock
from tests.unit.document.sharing import FakePlaces


class World:
    """Uploads of one person, on a real database."""

    def __init__(self, store: PostgresStore) -> None:
        clock = Clock()
        registration = Registration(store, Allowance(size=250), clock)
        self.uploads = DirectUploads(store, FakePlaces(clock()), registration, clock)
        self.owner = Cause(actor=new_id())

    async def begin(self, size: int, key: str | None = None) -> UUID:
        asked = BeginUpload(
            filename="a.txt", size=size, media_type="text/plain", idempotency_key=key
        )
        return (await self.uploads.begin(asked, self.owner)).upload_id

    async def complete(self, upload_id: UUID) -> str:
        asked = CompleteUpload(upload_id=upload_id)
        return await self._outcome(self.uploads.complete(asked, self.owner))

    async def abort(self, upload_id: UUID) -> str:
        asked = AbortUpload(upload_id=upload_id)
        return await self._outcome(self.uploads.abort(asked, self.owner))

    @staticmethod
    async def _outcome(verb: object) -> str:
        try:
            done = await verb  # type: ignore[misc]  # any of the verbs
        except Problem as problem:
            return problem.code
        return str(getattr(done, "id", "done"))


@pytest.fixture
def world(store: PostgresStore) -> World:
    return World(store)


async def test_many_completions_make_one_document(world: World) -> None:
    upload_id = await world.begin(10)

    outcomes = await asyncio.gather(*(world.complete(upload_id) for _ in range(8)))

    assert len(set(outcomes)) == 1
    assert UUID(outcomes[0]).version == 7


async def test_of_completing_and_aborting_one_wins(world: World) -> None:
    for _ in range(10):
        upload_id = await world.begin(1)

        made, aborted = await asyncio.gather(world.complete(upload_id), world.abort(upload_id))

        assert (made == "upload-not-found") == (aborted == "done")
        assert aborted in {"done", "upload-completed"}


async def test_a_key_begins_one_upload_whoever_races(world: World) -> None:
    begun = await asyncio.gather(*(world.begin(10, "key") for _ in range(6)))

    assert len(set(begun)) == 1


async def test_racing_completions_never_overspend(world: World) -> None:
    for _ in range(2):
        await world.complete(await world.begin(50))
    uploads = [await world.begin(50) for _ in range(4)]

    outcomes = Counter(
        outcome if outcome == QuotaExceeded.code else "made"
        for outcome in await asyncio.gather(*(world.complete(one) for one in uploads))
    )

    assert outcomes == {"made": 3, QuotaExceeded.code: 1}
