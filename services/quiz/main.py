"""Where the parts of quiz meet."""

from contracts.document import DocumentDeleted, SayDocumentsAgain
from contracts.orphans import Sweeping
from contracts.rebuilding import Rebuilding
from services.quiz import handlers, requests
from services.quiz.documents import BusDocuments
from services.quiz.generator import ChildGenerator
from services.quiz.service.attempts import Attempts
from services.quiz.service.inventory import Inventory
from services.quiz.service.making import Making
from services.quiz.service.quizzes import Quizzes
from services.quiz.settings import Settings
from services.quiz.store import PostgresStore
from shared.serve import Process, serve
from shared.tickets import Tickets


async def assemble(process: Process[Settings]) -> None:
    """Put the verbs on the bus."""
    store = PostgresStore(process.database)
    tickets = await process.stack.enter_async_context(Tickets(connections=4))
    documents = BusDocuments(process.bus, tickets)
    generator = ChildGenerator(
        within=process.settings.generate_seconds,
        idle=process.settings.generate_idle_seconds,
        memory=process.settings.generate_memory,
    )
    process.stack.push_async_callback(generator.close)
    rebuilding = Rebuilding("quiz", store, [(DocumentDeleted, SayDocumentsAgain)])
    handlers.bind(process.bus, Making(store, documents, generator), rebuilding)
    inventory = Inventory(store, process.bus)
    sweeping = Sweeping(inventory.look)
    process.background("orphans", lambda: sweeping.run(process.settings.orphans_seconds))
    requests.bind(process.bus, Quizzes(store, documents), Attempts(store))
    requests.bind_operators(process.bus, inventory, sweeping, rebuilding)


def main() -> None:
    """Run until told to stop."""
    serve("quiz", Settings, assemble)
