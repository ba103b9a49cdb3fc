"""Direct uploads on real servers: nothing is left of what expires, and a kill loses nothing."""

import hashlib
from typing import Final
from uuid import UUID

import httpx
import pytest
from minio import Minio
from sqlalchemy import text

from contracts.storage import (
    CloseUpload,
    DeleteObject,
    DiscardUpload,
    ObjectKind,
    ObjectStored,
    OpenPart,
    OpenUpload,
    TellParts,
    UploadOpened,
)
from shared.database import Database
from shared.problems import Away, Refused
from tests.integration.shared.service_process import ServiceProcess
from tests.integration.storage.conftest import MIB, OWNER, TEXT, Learner
from tests.servers import S3
from tests.waiting import until

LINE: Final = b"Light bends when it enters water.\n"
LARGE: Final = (LINE * (9 * MIB // len(LINE) + 1))[: 9 * MIB]
PARTS: Final = (LARGE[: 8 * MIB], LARGE[8 * MIB :])


async def begin(learner: Learner, size: int) -> UploadOpened:
    asked = OpenUpload(object_kind=ObjectKind.ORIGINAL, size=size, public=True)
    return await learner.bus.ask(asked, OWNER)


async def part_url(learner: Learner, object_id: UUID, number: int) -> str:
    asked = OpenPart(object_id=object_id, number=number, public=True)
    return (await learner.bus.ask(asked, OWNER)).url


async def send(learner: Learner, object_id: UUID, *parts: bytes) -> None:
    for number, part in enumerate(parts, start=1):
        asked = OpenPart(object_id=object_id, number=number)
        await learner.tickets.send(await learner.bus.ask(asked, OWNER), part)


def lying(s3: S3, storage: ServiceProcess) -> list[str]:
    """Everything in both buckets, finished or not."""
    client: Minio = s3.client()
    found = []
    for place in ("incoming", "sealed"):
        bucket = storage.settings[f"objects_{place}_bucket"]
        found += [str(one.object_name) for one in client.list_objects(bucket, recursive=True)]
        gathered = client._list_multipart_uploads(bucket).uploads
        found += [str(one.object_name) for one in gathered]
    return found


class TestDirectUploads:
    async def test_whatever_is_never_completed_is_gone_after_its_time(
        self, storage: ServiceProcess, learner: Learner, s3: S3
    ) -> None:
        database = await storage.database()
        in_no_time = {"unclaimed_hours": "0.0001", "sweep_seconds": "0.2"}
        async with storage.running():
            small, half, whole = [await begin(learner, size) for size in (340, 9 * MIB, 9 * MIB)]
            await learner.tickets.send(small.whole, LINE * 10)
            await send(learner, half.object_id, PARTS[0])
            await send(learner, whole.object_id, *PARTS)
            await learner.bus.ask(CloseUpload(object_id=whole.object_id), OWNER)
            late = await part_url(learner, half.object_id, 2)
            assert len(lying(s3, storage)) == 3
        async with database.reading() as connection:
            await connection.execute(text("UPDATE objects SET expires_at = now()"))

        async with storage.running(**in_no_time):
            await until(lambda: lying(s3, storage) == [])
            with pytest.raises(Refused) as gone:
                await learner.bus.ask(TellParts(object_id=half.object_id), OWNER)
            async with httpx.AsyncClient(trust_env=False) as http:
                refused = await http.put(late, content=PARTS[1])

        assert gone.value.code == "object-not-found"
        assert refused.status_code == httpx.codes.NOT_FOUND
        assert lying(s3, storage) == []
        assert learner.ear.heard == []
        await database.close()

    async def test_what_comes_too_late_or_again_and_again_does_not_stay(
        self, storage: ServiceProcess, learner: Learner, s3: S3
    ) -> None:
        text = LINE * 10
        async with storage.running(sweep_seconds="0.2"), httpx.AsyncClient(trust_env=False) as http:
            used, given_up, large = [await begin(learner, size) for size in (340, 340, 9 * MIB)]
            await learner.tickets.send(used.whole, text)
            await learner.bus.ask(CloseUpload(object_id=used.object_id), OWNER)
            await learner.check(used.object_id, len(text), "")
            await until(lambda: len(learner.ear.heard) == 1)
            await learner.bus.ask(DiscardUpload(object_id=given_up.object_id), OWNER)

            for _ in range(3):
                await send(learner, large.object_id, PARTS[0])
            for over in (used, given_up):
                assert (await http.put(over.whole.url, content=text)).is_success

            await until(lambda: len(lying(s3, storage)) == 1)
            assert _objects(s3, storage) == lying(s3, storage)
            told = await learner.bus.ask(TellParts(object_id=large.object_id), OWNER)
            await send(learner, large.object_id, *PARTS)
            await learner.bus.ask(CloseUpload(object_id=large.object_id), OWNER)

        assert told.parts == []

    async def test_another_size_than_announced_is_not_even_taken(
        self, storage: ServiceProcess, learner: Learner, s3: S3
    ) -> None:
        async with storage.running(), httpx.AsyncClient(trust_env=False) as http:
            small, large = [await begin(learner, size) for size in (340, 9 * MIB)]
            last = await part_url(learner, large.object_id, 2)

            refused = [
                await http.put(small.whole.url, content=LINE * 11),
                await http.put(last, content=bytes(MIB + 1)),
                await http.put(last, content=bytes(MIB - 1)),
            ]
            for upload in (small, large):
                with pytest.raises(Refused) as incomplete:
                    await learner.bus.ask(CloseUpload(object_id=upload.object_id), OWNER)
                assert incomplete.value.code == "not-uploaded"

        assert {one.status_code for one in refused} == {httpx.codes.FORBIDDEN}
        assert _objects(s3, storage) == []

    async def test_killed_between_joining_and_the_commit_it_is_completed_all_the_same(
        self, storage: ServiceProcess, learner: Learner, s3: S3
    ) -> None:
        database = await storage.database()
        async with storage.running() as process:
            opened = await begin(learner, len(LARGE))
            await send(learner, opened.object_id, *PARTS)
            # The row's new state cannot be written: parts are joined and nothing is committed.
            await _slow_updates(database)
            closing = learner.bus.ask(CloseUpload(object_id=opened.object_id), OWNER, within=1)
            with pytest.raises(Away):
                await closing
            await until(lambda: len(_objects(s3, storage)) == 1)
            process.kill()
            await process.wait()
        await _quick_updates(database)

        async with storage.running():
            told = await learner.bus.ask(TellParts(object_id=opened.object_id), OWNER)
            await learner.bus.ask(CloseUpload(object_id=opened.object_id), OWNER)
            await learner.check(opened.object_id, len(LARGE), "")
            await until(lambda: len(learner.ear.heard) == 1)

        assert [part.size for part in told.parts] == [8 * MIB, MIB]
        (said,) = learner.ear.heard
        assert isinstance(said, ObjectStored)
        assert said.sha256 == hashlib.sha256(LARGE).hexdigest()
        await database.close()

    async def test_deleted_in_the_middle_it_leaves_nothing(
        self, storage: ServiceProcess, learner: Learner, s3: S3
    ) -> None:
        async with storage.running():
            opened = await begin(learner, len(LARGE))
            await send(learner, opened.object_id, *PARTS)

            delete = DeleteObject(object_id=opened.object_id)
            await learner.service.tell(learner.bus, delete, OWNER)

            await until(lambda: lying(s3, storage) == [])
            with pytest.raises(Refused):
                await learner.bus.ask(CloseUpload(object_id=opened.object_id), OWNER)

    async def test_what_is_refused_after_it_was_joined_leaves_nothing(
        self, storage: ServiceProcess, learner: Learner, s3: S3
    ) -> None:
        async with storage.running():
            opened = await begin(learner, len(LARGE))
            await send(learner, opened.object_id, *PARTS)
            await learner.bus.ask(CloseUpload(object_id=opened.object_id), OWNER)

            await learner.check(opened.object_id, len(LARGE), hashlib.sha256(TEXT).hexdigest())

            await until(lambda: len(learner.ear.heard) == 1)
            await until(lambda: lying(s3, storage) == [])


def _objects(s3: S3, storage: ServiceProcess) -> list[str]:
    bucket = storage.settings["objects_sealed_bucket"]
    return [str(one.object_name) for one in s3.client().list_objects(bucket, recursive=True)]


async def _slow_updates(database: Database) -> None:
    async with database.reading() as connection:
        await connection.execute(
            text(
                "CREATE FUNCTION wait_long() RETURNS trigger LANGUAGE plpgsql AS"
                " 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END'"
            )
        )
        await connection.execute(
            text(
                "CREATE TRIGGER slowly BEFORE UPDATE ON objects"
                " FOR EACH ROW EXECUTE FUNCTION wait_long()"
            )
        )


async def _quick_updates(database: Database) -> None:
    async with database.reading() as connection:
        # Whoever was killed still sleeps in there and holds the row.
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'UPDATE objects%'"
            )
        )
        await connection.execute(text("DROP TRIGGER slowly ON objects"))
