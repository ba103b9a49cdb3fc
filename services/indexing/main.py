"""Where the parts of indexing meet."""

from contracts.claims import Claims
from services.indexing import handlers, requests
from services.indexing.embed.local import LocalEmbedder, ModelMissing
from services.indexing.embed.remote import RemoteEmbedder
from services.indexing.ports import Embedder
from services.indexing.service.verbs import Indexing
from services.indexing.settings import Settings
from services.indexing.store import PostgresStore
from shared.serve import Process, serve
from shared.settings import BadSettings


async def assemble(process: Process[Settings]) -> None:
    """Put the verbs on the bus."""
    claims = Claims(process.bus)
    process.stack.push_async_callback(claims.close)
    store = PostgresStore(process.database)
    indexing = Indexing(store, claims, _embedder(process), process.draining)
    handlers.bind(process.bus, indexing, at_once=process.settings.at_once)
    requests.bind(process.bus, indexing)


def main() -> None:
    """Run until told to stop."""
    serve("indexing", Settings, assemble)


def _embedder(process: Process[Settings]) -> Embedder:
    settings = process.settings
    if settings.embedder == "openai":
        if not (settings.openai_url and settings.openai_model):
            raise BadSettings("embedder=openai needs openai_url and openai_model")
        remote = RemoteEmbedder(
            settings.openai_url,
            settings.openai_model,
            key=settings.openai_key.get_secret_value(),
        )
        process.stack.push_async_callback(remote.close)
        return remote
    try:
        folder = settings.model_dir or settings.data_dir / "model"
        local = LocalEmbedder(folder, threads=settings.embed_threads)
    except ModelMissing as missing:
        raise BadSettings(str(missing)) from None
    process.stack.callback(local.close)
    return local
