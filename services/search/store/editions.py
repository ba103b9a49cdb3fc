"""How editions and rebuilds stand, in PostgreSQL."""

from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.search.model.edition import Edition, Stage
from shared.rebuilds import Rebuildable

_ALONE: Final = text("SELECT pg_advisory_xact_lock(hashtext('editions'))")
_COLUMNS: Final = (
    "generation, stage, text_index, model, dimensions, vector_index, outgrown,"
    " coalesce(extract(epoch FROM now() - retired_at), 0)::float AS retired_for"
)
_ALL: Final = text(f"SELECT {_COLUMNS} FROM editions ORDER BY generation")  # noqa: S608
_PUT: Final = text(
    "INSERT INTO editions"
    " (generation, stage, text_index, model, dimensions, vector_index, outgrown)"
    " VALUES (:generation, :stage, :text_index, :model, :dimensions, :vector_index, :outgrown)"
    " ON CONFLICT (generation) DO UPDATE SET stage = excluded.stage,"
    " retired_at = CASE WHEN excluded.stage = 'retired' THEN now() END"
)
# Of two documents that come first together, one gives the model and the other gets it.
_ADOPT: Final = text(
    "UPDATE editions SET model = :model, dimensions = :dimensions"
    " WHERE generation = :generation AND model = ''"
)
_ONE: Final = text(f"SELECT {_COLUMNS} FROM editions WHERE generation = :generation")  # noqa: S608
_NAME_VECTORS: Final = text(
    "UPDATE editions SET vector_index = :vector_index"
    " WHERE generation = :generation AND vector_index IS NULL"
)
_OUTGROW: Final = text(
    "UPDATE editions SET outgrown = true WHERE generation = :generation AND NOT outgrown"
)
_REMOVE: Final = text("DELETE FROM editions WHERE generation = :generation")


class EditionRows(Rebuildable):
    """The part of a transaction that is about editions."""

    async def editions(self, *, alone: bool = False) -> list[Edition]:
        if alone:
            await self._session.execute(_ALONE)
        found = (await self._session.execute(_ALL)).mappings()
        return [Edition(**{**row, "stage": Stage(row["stage"])}) for row in found]

    async def put_edition(self, edition: Edition) -> None:
        row = {
            "generation": edition.generation,
            "stage": edition.stage.value,
            "text_index": edition.text_index,
            "model": edition.model,
            "dimensions": edition.dimensions,
            "vector_index": edition.vector_index,
            "outgrown": edition.outgrown,
        }
        await self._session.execute(_PUT, row)

    async def adopt(self, generation: int, model: str, dimensions: int) -> Edition:
        given = {"generation": generation, "model": model, "dimensions": dimensions}
        await self._session.execute(_ADOPT, given)
        found = await self._session.execute(_ONE, {"generation": generation})
        row = found.mappings().one()
        return Edition(**{**row, "stage": Stage(row["stage"])})

    async def name_vectors(self, generation: int, vector_index: UUID) -> None:
        given = {"generation": generation, "vector_index": vector_index}
        await self._session.execute(_NAME_VECTORS, given)

    async def outgrow(self, generation: int) -> None:
        await self._session.execute(_OUTGROW, {"generation": generation})

    async def remove_edition(self, generation: int) -> None:
        await self._session.execute(_REMOVE, {"generation": generation})
