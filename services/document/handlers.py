"""Everything that enters document, one line each."""

from contracts.collection import TellEdited
from contracts.document import ExtractDocument, SayDocumentsAgain
from contracts.indexing import IndexingFailed, IndexingProgressed, IndexingStarted
from contracts.search import DocumentIndexed, DocumentNotIndexed
from contracts.storage import ObjectRefused, ObjectStored
from services.document.service.again import Again
from services.document.service.collections import Collections
from services.document.service.extraction import Extraction
from services.document.service.journey import Journey
from shared.bus import Bus


def bind(
    bus: Bus,
    journey: Journey,
    extraction: Extraction,
    collections: Collections,
    again: Again,
    *,
    reading_at_once: int,
) -> None:
    """Bind what we hear to what we do."""
    bus.on(ObjectStored, journey.stored)
    bus.on(ObjectRefused, journey.refused)
    bus.on(ExtractDocument, extraction.extract, turns=reading_at_once, give_up=extraction.give_up)
    bus.on(IndexingStarted, journey.indexing_started)
    bus.on(IndexingProgressed, journey.indexing_progressed, in_order=False)
    bus.on(IndexingFailed, journey.indexing_failed)
    bus.on(DocumentIndexed, journey.indexed)
    bus.on(DocumentNotIndexed, journey.not_indexed)
    bus.on(TellEdited, collections.tell_edited, batch=1)
    bus.on(SayDocumentsAgain, again.say, batch=1)
