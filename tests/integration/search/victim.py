"""Search in a process that ends once between its index writes and the commit."""

import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from services.search import main
from services.search.store.documents import PostgresStore, _PostgresTransaction
from shared.cause import Cause


class DyingStore(PostgresStore):
    """Ends the process at the last moment in which it can be as if nothing had been said."""

    @asynccontextmanager
    async def begin(self, cause: Cause) -> AsyncGenerator[_PostgresTransaction]:
        async with super().begin(cause) as tx:
            yield tx
            if tx.unit.spoke:
                sys.stderr.flush()
                os._exit(9)


if __name__ == "__main__":
    setattr(main, "PostgresStore", DyingStore)  # noqa: B010  # the one part that dies
    main.main()
