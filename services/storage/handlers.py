"""Everything that enters storage, one line each."""

from contracts.storage import AdvanceObject, CheckObject, DeleteObject
from services.storage.check import Checks
from services.storage.service import Storage
from shared.bus import Bus


def bind(bus: Bus, checks: Checks, storage: Storage, *, at_once: int) -> None:
    """Bind what we hear to what we do."""
    bus.on(CheckObject, checks.check, turns=at_once, give_up=checks.give_up)
    bus.on(AdvanceObject, storage.advance)
    bus.on(DeleteObject, storage.delete)
