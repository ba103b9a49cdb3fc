"""The whole service on real servers: uploads, checks, kills, deletions, large objects."""

import hashlib
import io
import zipfile
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from contracts.storage import (
    DeleteObject,
    ObjectDeleted,
    ObjectRefused,
    ObjectStored,
    OpenDownload,
)
from services.storage.content import EICAR
from shared.cause import Cause, new_id
from shared.database import Database
from shared.problems import Refused
from shared.tickets import TicketRefused
from tests.integration.shared.service_process import ServiceProcess
from tests.integration.storage.conftest import MIB, OWNER, TEXT, Learner
from tests.servers import S3
from tests.waiting import until, until_found


def docx() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    return file.getvalue()


class TestStorage:
    async def test_what_people_bring_is_judged_by_content(
        self, storage: ServiceProcess, learner: Learner
    ) -> None:
        async with storage.running():
            brought = [
                await learner.brought(TEXT),
                await learner.brought(docx(), ".pdf"),
                await learner.brought(b"MZ\x90" + bytes(500), ".pdf"),
                await learner.brought(EICAR),
                await learner.brought(b""),
            ]
            await until(lambda: len(learner.ear.heard) == len(brought))

        outcomes = {
            said.object_id: said.media_type if isinstance(said, ObjectStored) else said.code
            for said in learner.ear.heard
            if isinstance(said, ObjectStored | ObjectRefused)
        }
        assert [outcomes[one] for one in brought] == [
            "text/plain",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "unsupported-type",
            "malware",
            "empty",
        ]

    async def test_nothing_is_readable_before_its_check_nor_by_anybody_else_nor_after_deletion(
        self, storage: ServiceProcess, learner: Learner
    ) -> None:
        async with storage.running():
            object_id = await learner.upload(TEXT)
            with pytest.raises(Refused) as early:
                await learner.read(object_id)
            await learner.check(object_id, len(TEXT), hashlib.sha256(TEXT).hexdigest())
            await until(lambda: len(learner.ear.heard) == 1)
            assert await learner.read(object_id) == TEXT
            with pytest.raises(Refused) as foreign:
                await learner.read(object_id, Cause(actor=new_id()))
            kept = await learner.bus.ask(OpenDownload(object_id=object_id), OWNER)

            await storage.tell(learner.bus, DeleteObject(object_id=object_id), OWNER)
            await until(lambda: len(learner.ear.heard) == 2)

            with pytest.raises(Refused) as late:
                await learner.read(object_id)
            with pytest.raises(TicketRefused):
                await learner.tickets.whole(kept, limit=MIB)

        assert [one.value.code for one in (early, foreign, late)] == ["object-not-found"] * 3
        assert [one.value.status for one in (early, foreign, late)] == [404] * 3
        assert [type(said) for said in learner.ear.heard] == [ObjectStored, ObjectDeleted]

    async def test_a_check_whose_process_is_killed_is_repeated_and_said_once(
        self, storage: ServiceProcess, learner: Learner
    ) -> None:
        database = await storage.database()
        part = b"Light bends.\n" * (8 * MIB // 13)
        count = 12
        whole = hashlib.sha256()
        for _ in range(count):
            whole.update(part)

        async with storage.running() as process:
            object_id = await learner.upload_parts(part, count)
            await learner.check(object_id, len(part) * count, whole.hexdigest())
            await until_found(lambda: _is(database, object_id, "checking"))
            process.kill()
            await process.wait()
            assert await _is(database, object_id, "checking")
        async with storage.running():
            await until_found(lambda: _is(database, object_id, "stored"), within=60)
            await until(lambda: len(learner.ear.heard) == 1)
            object_two = await learner.brought(TEXT)
            await until(lambda: len(learner.ear.heard) == 2)

        said = [one.object_id for one in learner.ear.heard if isinstance(one, ObjectStored)]
        assert said == [object_id, object_two]
        await database.close()

    async def test_killed_between_the_sealed_copy_and_the_commit_it_ends_the_same(
        self, storage: ServiceProcess, learner: Learner, s3: S3
    ) -> None:
        database, bucket = await storage.database(), storage.settings["objects_sealed_bucket"]

        async with storage.running() as process:
            object_id = await learner.upload(TEXT)
            async with database.reading() as holding:
                # Whoever says something waits here: the copy is made and nothing is committed.
                await holding.execute(text("LOCK TABLE outbox"))
                await learner.check(object_id, len(TEXT), hashlib.sha256(TEXT).hexdigest())
                await until(lambda: len(list(s3.client().list_objects(bucket))) == 1)
                process.kill()
                await process.wait()
            assert await _is(database, object_id, "checking")
        async with storage.running():
            await until(lambda: len(learner.ear.heard) == 1)
            assert await learner.read(object_id) == TEXT

        assert [type(said) for said in learner.ear.heard] == [ObjectStored]
        assert len(list(s3.client().list_objects(bucket))) == 1
        await database.close()

    async def test_a_large_object_passes_without_being_held(
        self, storage: ServiceProcess, learner: Learner
    ) -> None:
        part, count = b"Light bends.\n" * (8 * MIB // 13), 25
        whole = hashlib.sha256()
        for _ in range(count):
            whole.update(part)

        async with storage.running() as process:
            await learner.brought(TEXT)
            await until(lambda: len(learner.ear.heard) == 1)
            before = _peak_memory(process.pid)
            object_id = await learner.upload_parts(part, count)
            await learner.check(object_id, len(part) * count, whole.hexdigest())
            await until(lambda: len(learner.ear.heard) == 2, within=60)
            after = _peak_memory(process.pid)

        assert isinstance(learner.ear.heard[1], ObjectStored)
        assert after - before < 24 * MIB

    async def test_without_the_object_store_a_check_waits_and_is_not_counted_as_failed(
        self, storage: ServiceProcess, learner: Learner, s3: S3
    ) -> None:
        async with storage.running():
            object_id = await learner.upload(TEXT)
            s3.held.kill()
            try:
                await learner.check(object_id, len(TEXT), hashlib.sha256(TEXT).hexdigest())
                database = await storage.database()
                await until_found(lambda: _is(database, object_id, "checking"))
            finally:
                s3.held.start()
            await until(lambda: len(learner.ear.heard) == 1, within=60)

        assert isinstance(learner.ear.heard[0], ObjectStored)
        async with database.reading() as session:
            errors = await session.execute(text("SELECT coalesce(sum(errors), 0) FROM attempts"))
            assert errors.scalar_one() == 0
        await database.close()


async def _is(database: Database, object_id: UUID, state: str) -> bool:
    async with database.reading() as session:
        asked = text("SELECT state FROM objects WHERE id = :id")
        found = (await session.execute(asked, {"id": object_id})).scalar_one()
    return bool(found == state)


def _peak_memory(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    (line,) = [one for one in status.splitlines() if one.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024
