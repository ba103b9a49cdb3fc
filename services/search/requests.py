"""Everything that search answers, one line each."""

from contracts.search import FindPassages
from services.search.service.finding import Finding
from shared.bus import Bus


def bind(bus: Bus, finding: Finding) -> None:
    """Bind what we are asked to what we do."""
    bus.answer(FindPassages, finding.find)
