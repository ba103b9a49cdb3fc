"""Where the parts of indexing meet."""

from contracts.claims import Claims
from contracts.orphans import Sweeping
from services.indexing import handlers, requests
from services.indexing.embed.local import LocalEmbedder, ModelMissing
from services.indexing.embed.remote import RemoteEmbedder
from services.indexing.ports import Embedder
from services.indexing.service.again import Again
from services.indexing.service.inventory import Inventory
from services.indexing.service.questions import Questions
from services.indexing.service.verbs import Indexing
from services.indexing.settings import Model, Settings
from services.indexing.store import PostgresStore
from shared.serve import Process, serve
from shared.settings import BadSettings


async def assemble(process: Process[Settings]) -> None:
    """Put the verbs on the bus."""
    claims = Claims(process.bus)
    process.stack.push_async_callback(claims.close)
    store = PostgresStore(process.database)
    settings = process.settings
    newest = _embedder(process, settings.newest)
    former = [_embedder(process, settings.former)] if settings.former else []
    indexing = Indexing(store, claims, newest, process.draining, settings.batch)
    again = Again(store, claims, newest, process.draining, settings.batch)
    handlers.bind(process.bus, indexing, again, at_once=settings.at_once)
    inventory = Inventory(store, process.bus)
    sweeping = Sweeping(inventory.look)
    process.background("orphans", lambda: sweeping.run(settings.orphans_seconds))
    requests.bind(process.bus, Questions(newest, former), inventory, sweeping)


def main() -> None:
    """Run until told to stop."""
    serve("indexing", Settings, assemble)


def _embedder(process: Process[Settings], kept: Model) -> Embedder:
    if kept.embedder == "openai":
        if not (kept.openai_url and kept.openai_model):
            raise BadSettings("embedder=openai needs openai_url and openai_model")
        remote = RemoteEmbedder(
            kept.openai_url,
            kept.openai_model,
            key=kept.openai_key.get_secret_value(),
            dimensions=kept.openai_dimensions,
        )
        process.stack.push_async_callback(remote.close)
        process.health.policies.append(remote.policy)
        return remote
    try:
        folder = kept.model_dir or process.settings.data_dir / "model"
        local = LocalEmbedder(folder, threads=process.settings.embed_threads)
    except ModelMissing as missing:
        raise BadSettings(str(missing)) from None
    process.stack.callback(local.close)
    return local
