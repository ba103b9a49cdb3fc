"""Which reading of a document stands in the indexes, and whether it was forgotten."""

from dataclasses import dataclass, replace
from typing import Self
from uuid import UUID

from services.search.model.passage import About, Description


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a document, cut into passages that an object holds."""

    version: int
    text_version: str
    passages_object_id: UUID


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """One document as search knows it. Version 0 was never indexed; a gone one stays gone."""

    id: UUID
    owner_id: UUID
    version: int = 0
    text_version: str = ""
    passages_object_id: UUID | None = None
    gone: bool = False
    sequence: int = 0
    """How many things were said about it, so that whoever hears them can order them."""

    @property
    def reading(self) -> Reading | None:
        """The reading that stands in the indexes, if any does."""
        if self.gone or self.passages_object_id is None:
            return None
        return Reading(self.version, self.text_version, self.passages_object_id)

    def about(self, said: Description) -> About:
        """Put its reading and what its owner says of it together for the indexes."""
        return About(self.id, self.owner_id, self.version, self.text_version, said)

    def wants(self, version: int) -> bool:
        """Accept a newer reading, and the same one again; never an older, nothing after the end."""
        again = version == self.version and self.passages_object_id is not None
        return not self.gone and (again or version > self.version)

    def indexed(self, reading: Reading) -> Self:
        """Note that a reading stands in both indexes."""
        news = reading.version > self.version
        return replace(
            self,
            version=reading.version,
            text_version=reading.text_version,
            passages_object_id=reading.passages_object_id,
            sequence=self.sequence + news,
        )

    def stopped(self, version: int) -> Self:
        """Stand in no index until there is a newer reading than the one that was cancelled."""
        if self.gone or version < self.version:
            return self
        return replace(self, version=version, text_version="", passages_object_id=None)

    def forgotten(self) -> Self:
        """Close it for ever; it may never have been seen. No hash of its text stays."""
        sequence = self.sequence + (not self.gone)
        return replace(self, gone=True, sequence=sequence, text_version="", passages_object_id=None)
