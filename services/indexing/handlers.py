"""Everything that enters indexing, one line each."""

from contracts.document import (
    DocumentAdvanced,
    DocumentCancelled,
    DocumentDeleted,
    DocumentProcessed,
)
from contracts.indexing import EmbedAgain, SayIndexingAgain
from services.indexing.service.again import Again
from services.indexing.service.verbs import Indexing
from shared.bus import Bus


def bind(bus: Bus, indexing: Indexing, again: Again, *, at_once: int) -> None:
    """Bind what we hear to what we do."""
    bus.on(DocumentProcessed, indexing.add, turns=at_once, give_up=indexing.give_up)
    bus.on(DocumentAdvanced, indexing.advance)
    bus.on(DocumentCancelled, indexing.cancel)
    bus.on(DocumentDeleted, indexing.forget)
    bus.on(SayIndexingAgain, again.say, batch=1)
    bus.on(EmbedAgain, again.embed, batch=1)
