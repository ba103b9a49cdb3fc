"""The one way in which OpenSearch is spoken to: in threads, and away when it cannot answer."""

import asyncio
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, Self, TypeVar

from opensearchpy import OpenSearch
from opensearchpy.exceptions import ConnectionError as Unreachable
from opensearchpy.exceptions import TransportError

from shared.problems import Away

TIMEOUT: Final = 30.0
_LATER: Final = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}

Json = dict[str, Any]
T = TypeVar("T")


class Cluster:
    """Runs a client that blocks in threads, so that its callers need not."""

    def __init__(self, client: OpenSearch) -> None:
        self._client = client

    @classmethod
    def at(cls, url: str, user: str = "", password: str = "") -> Self:
        """Prepare connections to `http(s)://host:port`; it need not be up yet."""
        secret = (user, password) if user else None
        return cls(OpenSearch(hosts=[url], http_auth=secret, timeout=TIMEOUT, maxsize=16))

    async def run(self, call: Callable[[OpenSearch], T]) -> T:
        """Call the client in a thread; `Away` when the server is unreachable or overloaded."""
        try:
            return await asyncio.to_thread(call, self._client)
        except Unreachable as gone:
            raise Away("OpenSearch cannot be reached") from gone
        except TransportError as error:
            if error.status_code in _LATER:
                raise Away(f"OpenSearch answered {error.status_code}") from error
            raise

    async def search(self, index: str, body: Mapping[str, Any]) -> Json:
        """Search an index."""
        return await self.run(lambda client: dict(client.search(index=index, body=body)))

    async def close(self) -> None:
        """Let every connection go."""
        await asyncio.to_thread(self._client.close)
