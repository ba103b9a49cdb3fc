"""Where document's parts meet."""

from datetime import UTC, datetime

from contracts.claims import Claims
from services.document import handlers, requests
from services.document.downloads import StorageDownloads
from services.document.extract.outcome import Limits
from services.document.journey import Journey
from services.document.reading.reader import PRELOAD, ChildReader, Terms
from services.document.reading.recognition import find_recognition
from services.document.reading.scratch import Scratch
from services.document.service.collections import Collections
from services.document.service.documents import Documents
from services.document.settings import Settings
from services.document.store import PostgresStore
from services.document.uploads.allowance import Allowance
from services.document.uploads.register import Registration
from shared.child import Children
from shared.serve import Process, serve


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
    journey = Journey(store, claims, reader, scratch, utc_now)
    handlers.bind(process.bus, journey, collections, reading_at_once=settings.reading_at_once)
    registration = Registration(store, allowance, utc_now)
    requests.bind(process.bus, registration, documents, collections)


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


def utc_now() -> datetime:
    """Tell the time, as the model is told it."""
    return datetime.now(UTC)


def main() -> None:
    """Run the service until it is told to stop."""
    serve("document", Settings, assemble)
