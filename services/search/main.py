"""The only place where the parts of search meet."""

from contracts.claims import Claims
from services.search import handlers, requests
from services.search.documents import BusDocuments
from services.search.embedder import BusEmbedder
from services.search.index.embedded import EmbeddedTextIndex
from services.search.index.lock import IndexTaken
from services.search.passages import PassagesObject
from services.search.service.finding import Finding
from services.search.service.indexing import Indexing
from services.search.service.leg import Leg
from services.search.service.rebuilding import Rebuilding
from services.search.settings import Settings
from services.search.store.documents import PostgresStore
from services.search.store.vectors import PgVectorIndex
from shared.process import Process
from shared.serve import serve
from shared.settings import BadSettings


async def assemble(process: Process[Settings]) -> None:
    """Put search together."""
    settings = process.settings
    text = _text_index(process)
    vectors = await _vector_index(process)
    claims = Claims(process.bus)
    process.stack.push_async_callback(claims.close)
    store = PostgresStore(process.database)
    passages, documents = PassagesObject(claims), BusDocuments(process.bus)
    indexing = Indexing(store, text, vectors, passages, documents)
    process.background("rebuilding", Rebuilding(store, text, passages, documents).run)
    finding = Finding(
        text,
        vectors,
        BusEmbedder(process.bus, within=settings.embed_within),
        Leg("text", patience=settings.leg_within),
        Leg("semantic", patience=settings.leg_within),
    )
    handlers.bind(process.bus, indexing)
    requests.bind(process.bus, finding)


def main() -> None:
    """Serve search."""
    serve("search", Settings, assemble)


def _text_index(process: Process[Settings]) -> EmbeddedTextIndex:
    try:
        text = EmbeddedTextIndex.open(process.settings.data_dir / "search" / "text")
    except IndexTaken as taken:
        raise BadSettings(str(taken)) from taken
    process.stack.callback(text.close)
    return text


async def _vector_index(process: Process[Settings]) -> PgVectorIndex:
    url = process.settings.database_url
    if url is None:
        raise BadSettings("search needs database_url: set MESH_SEARCH_DATABASE_URL")
    vectors = await PgVectorIndex.connect(url.get_secret_value(), pool=process.settings.vector_pool)
    process.stack.push_async_callback(vectors.close)
    return vectors
