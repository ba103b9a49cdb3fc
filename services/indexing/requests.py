"""Everything that indexing is asked, one line each."""

from contracts.indexing import EmbedTexts
from contracts.orphans import FindIndexingOrphans, Sweeping, WhichObjectsOfPassages
from services.indexing.service.inventory import Inventory
from services.indexing.service.questions import Questions
from shared.bus import Bus


def bind(bus: Bus, questions: Questions, inventory: Inventory, sweeping: Sweeping) -> None:
    """Bind what we are asked to what answers it."""
    bus.answer(EmbedTexts, questions.embed)
    bus.answer(WhichObjectsOfPassages, inventory.which_held)
    bus.answer(FindIndexingOrphans, sweeping.find)
