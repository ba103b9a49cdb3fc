"""Where the parts of notification meet."""

from services.notification import handlers, requests
from services.notification.service import Notifications
from services.notification.settings import Settings
from services.notification.store import PostgresStore
from services.notification.titles import BusTitles
from shared.serve import Process, serve


async def assemble(process: Process[Settings]) -> None:
    """Put the verbs on the bus."""
    notifications = Notifications(PostgresStore(process.database), BusTitles(process.bus))
    handlers.bind(process.bus, notifications)
    requests.bind(process.bus, notifications)


def main() -> None:
    """Run until told to stop."""
    serve("notification", Settings, assemble)
