"""Everything that enters search from the bus, one line each."""

from contracts.document import DocumentCancelled, DocumentDeleted, DocumentEdited
from contracts.indexing import IndexingCompleted, IndexingSaidAgain
from services.search.service.indexing import Indexing
from services.search.service.rebuilding import Rebuilding
from shared.bus import Bus


def bind(bus: Bus, indexing: Indexing, rebuilding: Rebuilding) -> None:
    """Bind what we hear to what we do."""
    bus.on(IndexingCompleted, indexing.add, batch=4, give_up=indexing.give_up)
    bus.on(DocumentEdited, indexing.refresh, batch=2, in_order=False)
    bus.on(DocumentCancelled, indexing.stop, batch=2)
    bus.on(DocumentDeleted, indexing.forget, batch=2)
    bus.on(IndexingSaidAgain, rebuilding.expect)
