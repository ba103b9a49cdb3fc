"""Text indexes of several editions in one OpenSearch, each an index of its own."""

from http import HTTPStatus
from typing import Final
from uuid import UUID, uuid4

from opensearchpy.exceptions import NotFoundError, RequestError

from services.search.index.embedded import FORMAT
from services.search.index.opensearch.cluster import Cluster
from services.search.index.opensearch.index import OpenSearchTextIndex, mapping

# One shard: a document is seen as a whole or not at all, and words are counted in one place.
_SETTINGS: Final = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "refresh_interval": "-1",
    "max_result_window": 10_000,
}


class OpenSearchTextIndexes:
    """OpenSearch's indexes; replicas of search share them."""

    def __init__(self, cluster: Cluster, prefix: str = "studymesh-passages") -> None:
        self._cluster = cluster
        self._prefix = f"{prefix}-{FORMAT}-"

    async def open(self, generation: int) -> OpenSearchTextIndex:
        """Open an edition's, an empty one if there is none."""
        name = f"{self._prefix}{generation}"
        try:
            index_id = await self._id_of(name)
        except NotFoundError:
            await self._make(name)
            index_id = await self._id_of(name)
        return OpenSearchTextIndex(self._cluster, name, index_id)

    async def drop(self, generation: int) -> None:
        """Delete an edition's index."""
        name = f"{self._prefix}{generation}"
        await self._cluster.run(
            lambda client: client.indices.delete(index=name, params={"ignore_unavailable": "true"})
        )

    async def generations(self) -> set[int]:
        """Tell of which editions there are any."""
        found = await self._cluster.run(
            lambda client: client.indices.get_settings(index=f"{self._prefix}*")
        )
        return {int(name.removeprefix(self._prefix)) for name in found}

    async def close(self) -> None:
        """Let every connection go."""
        await self._cluster.close()

    async def _make(self, name: str) -> None:
        body = {"settings": {"index": _SETTINGS}, "mappings": mapping(uuid4())}
        try:
            await self._cluster.run(lambda client: client.indices.create(index=name, body=body))
        except RequestError as refused:
            # Another replica was quicker.
            if refused.status_code != HTTPStatus.BAD_REQUEST or "already_exists" not in str(
                refused
            ):
                raise

    async def _id_of(self, name: str) -> UUID:
        found = await self._cluster.run(lambda client: client.indices.get_mapping(index=name))
        return UUID(found[name]["mappings"]["_meta"]["id"])
