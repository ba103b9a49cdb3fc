"""The only place where the parts of search meet."""

from contracts.claims import Claims
from contracts.orphans import Sweeping
from services.search import handlers, requests
from services.search.documents import BusDocuments
from services.search.embedder import BusEmbedder
from services.search.index.lock import IndexTaken
from services.search.index.text_indexes import EmbeddedTextIndexes
from services.search.passages import PassagesObject
from services.search.ports import TextIndexes, VectorIndexes
from services.search.service.editions import Editions
from services.search.service.finding import Finding
from services.search.service.indexing import Indexing
from services.search.service.inventory import Inventory
from services.search.service.leg import Leg
from services.search.service.rebuilding import Rebuilding
from services.search.settings import Settings
from services.search.store.documents import PostgresStore
from services.search.store.vector_indexes import PgVectorIndexes
from shared.cache import Cache
from shared.process import Process
from shared.serve import serve
from shared.settings import BadSettings


async def assemble(process: Process[Settings]) -> None:
    """Put search together."""
    settings = process.settings
    editions = Editions(_text_indexes(settings), _vector_indexes(settings))
    process.stack.push_async_callback(editions.close)
    claims = Claims(process.bus)
    process.stack.push_async_callback(claims.close)
    store = PostgresStore(process.database)
    cache = Cache(process.bus, "query-vectors")
    embedder = BusEmbedder(
        process.bus, lambda: editions.model, cache=cache, within=settings.embed_within
    )
    rebuilding = Rebuilding(store, editions, embedder, grace=settings.edition_grace)
    try:
        await rebuilding.prepare()
    except IndexTaken as taken:
        raise BadSettings(str(taken)) from taken
    process.background("rebuilding", rebuilding.run)
    indexing = Indexing(store, editions, PassagesObject(claims), BusDocuments(process.bus))
    words = Leg("text", patience=settings.leg_within)
    meaning = Leg("semantic", patience=settings.leg_within)
    process.health.policies += [words.policy, meaning.policy, cache.policy]
    handlers.bind(process.bus, indexing, rebuilding)
    sweeping = Sweeping(Inventory(store, editions, process.bus).look)
    process.background("orphans", lambda: sweeping.run(settings.orphans_seconds))
    finding = Finding(editions, editions, embedder, words, meaning)
    requests.bind(process.bus, finding, rebuilding, sweeping)


def main() -> None:
    """Serve search."""
    serve("search", Settings, assemble)


def _text_indexes(settings: Settings) -> TextIndexes:
    if settings.text_index == "tantivy":
        return EmbeddedTextIndexes(settings.data_dir / "search" / "text")
    if not settings.opensearch_url:
        raise BadSettings("text_index=opensearch needs opensearch_url")
    # Loaded only where it is chosen, as Qdrant's client, which takes seconds and memory.
    from services.search.index.opensearch.cluster import Cluster  # noqa: PLC0415
    from services.search.index.opensearch.text_indexes import OpenSearchTextIndexes  # noqa: PLC0415

    password = settings.opensearch_password.get_secret_value()
    cluster = Cluster.at(settings.opensearch_url, settings.opensearch_user, password)
    return OpenSearchTextIndexes(cluster, settings.index_prefix)


def _vector_indexes(settings: Settings) -> VectorIndexes:
    if settings.vector_index == "qdrant":
        if not settings.qdrant_url:
            raise BadSettings("vector_index=qdrant needs qdrant_url")
        from services.search.meaning.qdrant import QdrantIndexes  # noqa: PLC0415

        key = settings.qdrant_key.get_secret_value()
        return QdrantIndexes.at(settings.qdrant_url, key, settings.index_prefix)
    if settings.database_url is None:
        raise BadSettings("search needs database_url: set MESH_SEARCH_DATABASE_URL")
    return PgVectorIndexes(settings.database_url.get_secret_value(), pool=settings.vector_pool)
