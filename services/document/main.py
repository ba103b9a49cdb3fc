"""Where document's parts meet."""

import asyncio
from datetime import UTC, datetime
from typing import Final

import structlog

from contracts.claims import Claims
from contracts.orphans import Sweeping
from services.document import handlers, requests
from services.document.extract.outcome import Limits
from services.document.model.allowance import Allowance
from services.document.reading.reader import PRELOAD, ChildReader, Terms
from services.document.reading.recognition import find_recognition
from services.document.reading.scratch import Scratch
from services.document.service.again import Again
from services.document.service.collections import Collections
from services.document.service.direct import DirectUploads
from services.document.service.documents import Documents
from services.document.service.extraction import Extraction
from services.document.service.inventory import Inventory
from services.document.service.journey import Journey
from services.document.service.registration import Registration
from services.document.service.sharing import Sharing
from services.document.settings import Settings
from services.document.storage import StorageDownloads, StoragePlaces
from services.document.store import PostgresStore
from shared.child import Children
from shared.problems import Away
from shared.serve import Process, serve

_TIDY_SECONDS: Final = 600.0

log = structlog.get_logger(__name__)


async def assemble(process: Process[Settings]) -> None:
    """Build the verbs on PostgreSQL, storage and a reading child, and bind them."""
    settings = process.settings
    store = PostgresStore(process.database)
    claims = Claims(process.bus)
    process.stack.push_async_callback(claims.close)
    children = Children(PRELOAD)
    process.stack.push_async_callback(children.close)
    await children.start()
    reader = await _reader(children, settings)
    scratch = Scratch.open(settings.data_dir / "document" / "reading")
    process.stack.callback(scratch.close)
    allowance = Allowance(
        file=settings.largest_file, size=settings.largest_total, documents=settings.most_documents
    )
    collections = Collections(store, settings.most_collections, utc_now)
    documents = Documents(store, StorageDownloads(process.bus), utc_now)
    journey = Journey(store, utc_now)
    extraction = Extraction(store, claims, reader, scratch, utc_now)
    at_once = settings.reading_at_once
    handlers.bind(
        process.bus, journey, extraction, collections, Again(store), reading_at_once=at_once
    )
    registration = Registration(store, allowance, utc_now)
    uploads = DirectUploads(store, StoragePlaces(process.bus), registration, utc_now)
    sharing = Sharing(store, StorageDownloads(process.bus), utc_now)
    process.background("expiry", lambda: forget_for_ever(uploads, sharing))
    inventory = Inventory(store, process.bus)
    sweeping = Sweeping(inventory.look)
    process.background("orphans", lambda: sweeping.run(settings.orphans_seconds))
    requests.bind(process.bus, registration, documents, collections, inventory, sweeping)
    requests.bind_sharing(process.bus, uploads, sharing)


async def _reader(children: Children, settings: Settings) -> ChildReader:
    return ChildReader(
        children,
        limits=Limits(
            characters=settings.most_characters,
            pages=settings.most_pages,
            blocks=settings.most_blocks,
            elements=settings.most_elements,
            pixels=settings.most_pixels,
        ),
        terms=Terms(
            seconds=settings.reading_seconds,
            memory=settings.reading_memory,
            whole_seconds=settings.longest_reading_seconds,
        ),
        recognition=await find_recognition(settings.ocr_languages, settings.ocr_seconds),
    )


async def forget_for_ever(uploads: DirectUploads, sharing: Sharing) -> None:
    """Tidy up now and then; a database that is away is tried again the next time."""
    while True:
        await asyncio.sleep(_TIDY_SECONDS)
        try:
            await uploads.forget_expired()
            await sharing.forget_expired()
        except Away as away:
            log.info("not tidied up", reason=away.detail)


def utc_now() -> datetime:
    """Tell the time, as the model is told it."""
    return datetime.now(UTC)


def main() -> None:
    """Run the service until it is told to stop."""
    serve("document", Settings, assemble)
