"""A collection: a name under which a person keeps documents together, each in one at most."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from services.document.model.errors import CollectionNotFound
from services.document.model.labels import collection_name_of
from shared.cause import new_id


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection of one owner. Two may have one name, as two documents may have one title."""

    id: UUID
    owner_id: UUID
    name: str
    created_at: datetime
    updated_at: datetime
    documents: int = 0
    """How many are in it, as the store counted them."""

    @classmethod
    def made(cls, owner_id: UUID, name: str, now: datetime) -> Self:
        """Make an empty one."""
        return cls(new_id(), owner_id, collection_name_of(name), now, now)

    def of(self, actor: UUID | None) -> Self:
        """Return it to its owner; `CollectionNotFound` for anybody else."""
        if self.owner_id != actor:
            raise CollectionNotFound
        return self

    def renamed(self, name: str | None, now: datetime) -> Self:
        """Change its name, if another one is given."""
        if name is None or (name := collection_name_of(name)) == self.name:
            return self
        return replace(self, name=name, updated_at=now)


@dataclass(frozen=True, slots=True)
class CollectionKey:
    """An idempotency key of one user, and the collection it made."""

    user_id: UUID
    key: str
    created_at: datetime
    fingerprint: str | None
    collection_id: UUID
