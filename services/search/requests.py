"""Everything that search answers, one line each."""

from contracts.orphans import FindSearchOrphans, Sweeping
from contracts.search import DescribeSearchRebuild, FindPassages, RebuildSearch
from services.search.service.finding import Finding
from services.search.service.rebuilding import Rebuilding
from shared.bus import Bus


def bind(bus: Bus, finding: Finding, rebuilding: Rebuilding, sweeping: Sweeping) -> None:
    """Bind what we are asked to what we do."""
    bus.answer(FindPassages, finding.find)
    bus.answer(RebuildSearch, rebuilding.start)
    bus.answer(DescribeSearchRebuild, rebuilding.describe)
    bus.answer(FindSearchOrphans, sweeping.find)
