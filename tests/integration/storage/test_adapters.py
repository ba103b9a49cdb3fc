"""PostgreSQL and a real S3 server keep the promises that storage counts on."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from contracts.storage import CheckObject
from services.storage.blobs import S3Account, S3Objects
from services.storage.model.stored import Place, Spot
from services.storage.store import PostgresStore
from shared.cause import Cause
from shared.database import Database
from shared.envelope import Envelope
from shared.migrations import upgrade
from shared.problems import Away
from shared.queue import Queue
from tests.servers import S3, Postgres
from tests.unit.storage.behaviour import LIFE, MIB, ObjectsBehaviour
from tests.unit.storage.store_behaviour import DAY, StoreBehaviour, place
from tests.waiting import until_found

SOMEWHERE = Spot(Place.INCOMING, "a")


def account(s3: S3, *, url: str | None = None, public_url: str | None = None) -> S3Account:
    here = f"http://{s3.endpoint}"
    return S3Account(
        url=url or here,
        public_url=public_url or here,
        access_key=s3.access_key,
        secret_key=s3.secret_key,
        region="us-east-1",
        incoming="test-incoming",
        sealed="test-sealed",
    )


class HttpCarrier:
    """Uses passes over HTTP, without knowing whose they are."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def deliver(self, url: str, content: bytes) -> None:
        (await self._http.put(url, content=content)).raise_for_status()

    async def collect(self, url: str) -> bytes | None:
        answer = await self._http.get(url)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        answer.raise_for_status()
        assert answer.headers["content-disposition"] == (
            "attachment; filename=\"_ b.txt\"; filename*=UTF-8''%C3%A4%20b.txt"
        )
        return answer.content


async def piecemeal(content: bytes) -> AsyncGenerator[bytes]:
    """Send without saying how much it is."""
    yield content


@pytest.fixture
async def objects(s3: S3) -> S3Objects:
    objects = S3Objects(account(s3))
    await objects.prepare()
    return objects


@pytest.fixture
async def http() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        yield http


class TestS3Objects(ObjectsBehaviour):
    @pytest.fixture
    def carrier(self, http: httpx.AsyncClient) -> HttpCarrier:
        return HttpCarrier(http)

    async def test_a_ticket_is_no_good_when_changed_or_late(
        self, objects: S3Objects, http: httpx.AsyncClient
    ) -> None:
        url = objects.upload_pass(key := uuid4().hex, life=timedelta(seconds=1), public=False).url

        changed = await http.put(url.replace(key, uuid4().hex), content=b"x")

        async def is_late() -> bool:
            return not (await http.put(url, content=b"x")).is_success

        await until_found(is_late)

        assert changed.status_code == httpx.codes.FORBIDDEN

    @pytest.mark.parametrize("is_part", [False, True])
    async def test_exactly_as_many_bytes_are_taken_as_were_signed(
        self, objects: S3Objects, http: httpx.AsyncClient, is_part: bool
    ) -> None:
        key, size = uuid4().hex, 40
        url = objects.upload_pass(key, life=LIFE, public=False, size=size).url
        if is_part:
            where = (key, await objects.begin_parts(key), 1)
            url = objects.part_pass(*where, life=LIFE, public=True, size=size).url

        answers = [await http.put(url, content=bytes(sent)) for sent in (size - 1, size + 1, MIB)]
        endless = await http.put(url, content=piecemeal(bytes(size)))
        right = await http.put(url, content=bytes(size))

        assert {one.status_code for one in (*answers, endless)} == {httpx.codes.FORBIDDEN}
        assert right.is_success

    async def test_people_outside_are_sent_to_the_public_address(self, s3: S3) -> None:
        objects = S3Objects(account(s3, public_url="https://files.example.org"))

        inside = objects.upload_pass("a", life=LIFE, public=False).url
        outside = objects.upload_pass("a", life=LIFE, public=True).url

        assert inside.startswith(f"http://{s3.endpoint}/")
        assert outside.startswith("https://files.example.org/")

    async def test_however_many_uploads_gather_all_of_them_are_found(self, s3: S3) -> None:
        objects = S3Objects(account(s3), listed=3)
        await objects.prepare()
        keys = ["same", "same", *(uuid4().hex for _ in range(8))]
        begun = {await objects.begin_parts(key) for key in keys}

        found = {one.upload_id for one in await objects.gathering()}

        assert begun <= found

    async def test_a_store_that_cannot_be_reached_is_away(self, s3: S3) -> None:
        objects = S3Objects(account(s3, url="http://127.0.0.1:9"))

        with pytest.raises(Away):
            await objects.arrived(SOMEWHERE)
        with pytest.raises(Away):
            _ = [chunk async for chunk in objects.chunks(SOMEWHERE, "b")]


class TestPostgresStore(StoreBehaviour):
    @pytest.fixture
    async def store(self, postgres: Postgres) -> AsyncGenerator[PostgresStore]:
        url = await postgres.fresh_database()
        await upgrade(url, "storage")
        database = await Database.connect(url, source="storage")
        yield PostgresStore(database)
        await database.close()

    async def test_two_sweepers_never_hold_the_same_object(self, store: PostgresStore) -> None:
        async with store.begin(Cause()) as tx:
            await tx.add(place(life=-DAY))

        async with store.begin(Cause()) as one, store.begin(Cause()) as other:
            assert len(await one.unclaimed(datetime.now(UTC), 10)) == 1
            assert await other.unclaimed(datetime.now(UTC), 10) == []

    async def test_what_waits_for_its_check_is_not_unclaimed_however_old(
        self, store: PostgresStore
    ) -> None:
        waiting, forgotten = place(life=-DAY), place(life=-DAY)
        await store.add(waiting)
        await store.add(forgotten)
        check = CheckObject(object_id=waiting.id, size=1, sha256="", filename_suffix="")
        envelope = Envelope.seal(check, Cause(actor=waiting.owner_id), source="lab")
        queue = Queue(store.database, check.subject.durable("storage"))
        await queue.put(envelope, envelope.headers(), check.model_dump_json().encode())

        async with store.begin(Cause()) as tx:
            unclaimed = await tx.unclaimed(datetime.now(UTC), 10)

        assert [one.id for one in unclaimed] == [forgotten.id]
