"""Storage as a process of its own, and somebody who uploads."""

import hashlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from contracts.storage import (
    CheckObject,
    ObjectDeleted,
    ObjectKind,
    ObjectRefused,
    ObjectStored,
    OpenDownload,
    OpenPart,
    OpenUpload,
)
from shared.bus import Bus
from shared.cause import Cause, new_id
from shared.tickets import Tickets
from tests.integration.shared.service_process import Ear, ServiceProcess, provisioned
from tests.servers import S3, Postgres

MIB = 1024 * 1024
OWNER = Cause(actor=new_id())
TEXT = b"Light bends when it enters water.\n" * 100


@dataclass
class Learner:
    """Somebody who uploads, as the gateway does for people, and hears what comes of it."""

    service: ServiceProcess
    bus: Bus
    ear: Ear
    tickets: Tickets

    async def upload(self, content: bytes) -> UUID:
        opened = await self.bus.ask(OpenUpload(object_kind=ObjectKind.ORIGINAL), OWNER)
        await self.tickets.send(opened.whole, content)
        return opened.object_id

    async def upload_parts(self, part: bytes, count: int) -> UUID:
        opened = await self.bus.ask(OpenUpload(object_kind=ObjectKind.ORIGINAL), OWNER)
        for number in range(1, count + 1):
            asked = OpenPart(object_id=opened.object_id, number=number)
            await self.tickets.send(await self.bus.ask(asked, OWNER), part)
        return opened.object_id

    async def check(self, object_id: UUID, size: int, sha256: str, suffix: str = ".txt") -> None:
        command = CheckObject(object_id=object_id, size=size, sha256=sha256, filename_suffix=suffix)
        await self.service.tell(self.bus, command, OWNER)

    async def brought(self, content: bytes, suffix: str = ".txt") -> UUID:
        object_id = await self.upload(content)
        sha256 = hashlib.sha256(content).hexdigest()
        await self.check(object_id, len(content), sha256, suffix)
        return object_id

    async def read(self, object_id: UUID, cause: Cause = OWNER) -> bytes:
        ticket = await self.bus.ask(OpenDownload(object_id=object_id), cause)
        return await self.tickets.whole(ticket, limit=10 * MIB)


@pytest.fixture
async def storage(
    server_directory: Path, postgres: Postgres, s3: S3, tmp_path: Path
) -> AsyncGenerator[ServiceProcess]:
    run = uuid4().hex
    async with provisioned(
        "storage",
        server_directory,
        postgres,
        tmp_path / "storage.log",
        objects_url=f"http://{s3.endpoint}",
        objects_access_key=s3.access_key,
        objects_secret_key=s3.secret_key,
        objects_incoming_bucket=f"in-{run}",
        objects_sealed_bucket=f"sealed-{run}",
    ) as storage:
        yield storage


@pytest.fixture
async def learner(storage: ServiceProcess) -> AsyncGenerator[Learner]:
    async with storage.somebody() as bus, Tickets() as tickets:
        ear = Ear()
        await ear.listen(bus, ObjectStored, ObjectRefused, ObjectDeleted)
        yield Learner(storage, bus, ear, tickets)
