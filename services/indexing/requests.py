"""Everything that indexing is asked, one line each."""

from contracts.indexing import EmbedTexts
from services.indexing.service.verbs import Indexing
from shared.bus import Bus


def bind(bus: Bus, indexing: Indexing) -> None:
    """Bind what we are asked to what answers it."""
    bus.answer(EmbedTexts, indexing.embed)
