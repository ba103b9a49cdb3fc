"""Where the parts of operations meet."""

from datetime import timedelta

from services.operations import requests
from services.operations.catalogue import ContractCatalogue
from services.operations.deaths import Deaths
from services.operations.listeners import BusListeners
from services.operations.model import Patience
from services.operations.rounds import Rounds
from services.operations.said import Said, kept
from services.operations.service import Letters
from services.operations.settings import Settings
from services.operations.store import PostgresStore
from services.operations.watch import Watch, watched
from shared.serve import Process, serve


async def assemble(process: Process[Settings]) -> None:
    """Hear of deaths, answer for them, and do what is planned."""
    settings = process.settings
    letters = Letters(
        PostgresStore(process.database),
        BusListeners(process.bus),
        ContractCatalogue(),
        Patience(settings.transient_redrives, timedelta(seconds=settings.transient_first_seconds)),
    )
    rounds = Rounds(letters, settings.expire_days, settings.kept_days)
    requests.bind(process.bus, letters, Said(process.bus, kept()))
    process.background("deaths", Deaths(process.bus, letters.bury, process.draining).run)
    process.background("plans", rounds.work_off)
    process.background("tidying", rounds.tidy)
    process.background("watch", Watch(process.bus, watched(), process.draining).run)


def main() -> None:
    """Run until told to stop."""
    serve("operations", Settings, assemble)
