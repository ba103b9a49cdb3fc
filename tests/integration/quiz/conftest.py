"""Quiz as a process on real servers, a library of documents, and somebody who asks for quizzes."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from contracts import quiz as told
from contracts.document import DocumentDeleted, DocumentsSaidAgain, SayDocumentsAgain
from shared.bus import Address, Bus
from shared.manifest import Manifest, manifest_of
from shared.messages import Subject
from shared.migrations import upgrade
from shared.provision import broker, streams
from tests import servers
from tests.integration.quiz.library import Library
from tests.integration.shared.service_process import Ear, ServiceProcess, somebody_of
from tests.servers import S3, Postgres

EVENTS = (
    told.QuizGenerationStarted,
    told.QuizGenerationProgressed,
    told.QuizGenerated,
    told.QuizGenerationFailed,
    told.QuizDeleted,
    told.QuestionsWithdrawn,
    told.QuizTaskStatusUpdated,
    told.AttemptFinished,
)


@dataclass
class Learner:
    """Somebody who asks, and hears what comes of it."""

    service: ServiceProcess
    library: Library
    bus: Bus
    ear: Ear


def library_manifest() -> Manifest:
    words = ("req.document.describe.v1", "req.document.open-text.v1")
    return replace(
        somebody_of(manifest_of("quiz")),
        name="document",
        says=(DocumentDeleted.subject, DocumentsSaidAgain.subject),
        hears=(SayDocumentsAgain.subject,),
        asks=(),
        follows=(),
        answers=tuple(Subject.parse(word) for word in words),
    )


@pytest.fixture
async def quiz(
    server_directory: Path, postgres: Postgres, tmp_path: Path
) -> AsyncGenerator[ServiceProcess]:
    somebody = replace(somebody_of(manifest_of("quiz")), says=())
    manifests = [manifest_of("quiz"), library_manifest(), somebody]
    passwords = {broker.ADMIN: "admin", **{one.name: one.name for one in manifests}}
    database_url = await postgres.fresh_database()
    await upgrade(database_url, "quiz")
    with servers.nats(server_directory, accounts=broker.users(manifests, passwords)) as nats:
        admin = await Bus(broker.ADMIN, Address(nats.url, broker.ADMIN, "admin")).connect()
        sizes = streams.Sizes(stream_bytes=64 * 1024 * 1024, ack_wait=3.0)
        await streams.apply(admin.jetstream, streams.plan(manifests, sizes))
        await admin.stop()
        yield ServiceProcess("quiz", nats, database_url, tmp_path / "quiz.log", {})


@pytest.fixture
async def library(quiz: ServiceProcess, s3: S3) -> AsyncGenerator[Library]:
    library = Library(Bus("document", Address(quiz.nats.url, "document", "document")), s3)
    await library.open()
    yield library
    await library.bus.stop()


@pytest.fixture
async def learner(quiz: ServiceProcess, library: Library) -> AsyncGenerator[Learner]:
    async with quiz.somebody() as bus:
        ear = Ear()
        await ear.listen(bus, *EVENTS)
        yield Learner(quiz, library, bus, ear)
