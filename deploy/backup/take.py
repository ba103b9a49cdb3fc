"""Taking a backup of a running mesh: databases of one moment, then the bytes they refer to."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from deploy.backup import cut, deletions, dumps, objects
from deploy.backup.archive import Archive, Draft, Manifest
from deploy.backup.cut import Cut
from deploy.local.mesh import Mesh
from deploy.local.objects import ObjectServer
from deploy.local.postgres import PostgresServer
from shared.provision import broker

KEY_SECRET: Final = "identity-keys"  # noqa: S105  # its name
"""What seals the keys that sign tokens: without it nobody could come in."""

_PAUSE: Final = 2.0

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Taking:
    """One backup of one mesh."""

    mesh: Mesh
    tell: Tell

    async def to(self, place: Path) -> Archive:
        """Take it; killed in between, there is none."""
        draft = Draft.begin(place)
        try:
            manifest = await self._write(draft)
            draft.seal(manifest)
        except BaseException:
            draft.drop()
            raise
        return Archive(place, manifest)

    async def _write(self, draft: Draft) -> Manifest:
        told = self.mesh.provision()
        names = databases(self.mesh)
        async with (
            deletions.waiting(told.nats_url, broker.ADMIN, told.nats_password),
            cut.taken(told.postgres_url, names) as moment,
        ):
            self.tell(
                f"The moment is {moment.at:%Y-%m-%d %H:%M:%S} UTC; the mesh was held still for"
                f" {moment.held * 1000:.0f} ms and goes on."
            )
            revisions = await self._dump(draft, moment)
            rows = await objects.held(moment.connections["storage"])
            store = objects.ObjectStore(object_server(self.mesh))
            missing = await store.fetch(rows, draft, steps("objects copied", self.tell))
        draft.add_text(f"secrets/{KEY_SECRET}", self.mesh.vault.secret(KEY_SECRET))
        return Manifest(
            cut_at=moment.at,
            taken_at=datetime.now(UTC),
            revisions=revisions,
            missing=missing,
            files=dict(sorted(draft.files.items())),
        )

    async def _dump(self, draft: Draft, moment: Cut) -> dict[str, str]:
        admin_url = self.mesh.provision().postgres_url
        revisions: dict[str, str] = {}
        for name, snapshot in moment.snapshots.items():
            file = dump_of(name)
            await dumps.dump(admin_url, name, snapshot, draft.path(file))
            size = (await asyncio.to_thread(draft.add, file)).size
            revisions[name] = str(
                await moment.connections[name].fetchval("SELECT version_num FROM alembic_version")
            )
            self.tell(f"Database {name}: {size:,} bytes")
        return revisions


def postgres(mesh: Mesh) -> PostgresServer:
    """Find the mesh's database server."""
    return next(one for one in mesh.servers() if isinstance(one, PostgresServer))


def object_server(mesh: Mesh) -> ObjectServer:
    """Find the mesh's object store."""
    return next(one for one in mesh.servers() if isinstance(one, ObjectServer))


def databases(mesh: Mesh) -> list[str]:
    """List the services that have one."""
    return sorted(name for name, manifest in mesh.manifests.items() if manifest.database)


def dump_of(database: str) -> str:
    """Where a database lies in a backup."""
    return f"databases/{database}.dump"


def steps(what: str, tell: Tell) -> Callable[[int, int], None]:
    """Tell how far it is, now and then and at the end."""
    told = time.monotonic()

    def step(done: int, of: int) -> None:
        nonlocal told
        now = time.monotonic()
        if done == of or now - told > _PAUSE:
            told = now
            tell(f"{done} of {of} {what}")

    return step


def total(files: Iterable[int]) -> str:
    """Write a size for people."""
    return f"{sum(files) / 1_000_000:.1f} MB"
