"""Where the parts of notification meet."""

from typing import Final

from contracts.document import DocumentDeleted, DocumentEdited, SayDocumentsAgain
from contracts.orphans import Sweeping
from contracts.rebuilding import Rebuilding
from services.notification import handlers, requests
from services.notification.inventory import Inventory
from services.notification.service.notifications import Notifications
from services.notification.service.reading import Reading
from services.notification.service.showing import Showing
from services.notification.service.summaries import Summaries
from services.notification.settings import Settings
from services.notification.store import PostgresStore
from services.notification.titles import BusTitles
from shared.serve import Process, serve

LINGER: Final = 0.1
"""Seconds that what is shown waits for more to be shown with it."""


async def assemble(process: Process[Settings]) -> None:
    """Put the verbs on the bus."""
    store = PostgresStore(process.database)
    notifications = Notifications(store, BusTitles(process.bus))
    sweeping = Sweeping(Inventory(store, process.bus).look)
    process.background("orphans", lambda: sweeping.run(process.settings.orphans_seconds))
    process.background("summaries", Summaries(store).run)
    process.bus.linger = LINGER
    told_of = [(DocumentDeleted, SayDocumentsAgain), (DocumentEdited, SayDocumentsAgain)]
    rebuilding = Rebuilding("notification", store, told_of)
    handlers.bind(process.bus, notifications, Showing(store), rebuilding)
    requests.bind(process.bus, Reading(store), sweeping, rebuilding)


def main() -> None:
    """Run until told to stop."""
    serve("notification", Settings, assemble)
