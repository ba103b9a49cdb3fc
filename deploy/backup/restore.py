"""A backup becomes a mesh again: databases and bytes are put back, all else is built from them."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from deploy.backup import dumps, objects, outbox
from deploy.backup.archive import Archive, BadBackup
from deploy.backup.cut import connected
from deploy.backup.take import KEY_SECRET, databases, dump_of, object_server, postgres, steps
from deploy.local.aside import STORES, bring_back, put_aside
from deploy.local.home import ASIDE, Home
from deploy.local.mesh import Mesh
from deploy.local.server import running
from deploy.local.service import ROOT
from shared.problems import Problem
from shared.provision import databases as provided

Tell = Callable[[str], None]


class NotEmpty(Problem, code="not-empty", title="This mesh is not empty"):
    """A restore never mixes two meshes."""


class StillRunning(Problem, code="still-running", title="This mesh is running"):
    """Its data cannot be exchanged below it."""


@dataclass(frozen=True, slots=True)
class Restoring:
    """One way back, into a mesh that does not run."""

    mesh: Mesh
    tell: Tell

    def verify(self, archive: Archive) -> None:
        """Read all of it; `BadBackup` says what is wrong."""
        require_known(archive, databases(self.mesh))
        archive.verify(steps("files verified", self.tell))

    async def run(self, archive: Archive, *, replace: bool) -> None:
        """Verify everything first; what is replaced is put back if anything fails."""
        home = self.mesh.home
        self._bring_back(home)
        require_vacant(home, replace=replace)
        self.verify(archive)
        home.make()
        with home.held(), put_aside(home):
            home.make()
            secret = home.secrets / KEY_SECRET
            secret.touch(mode=0o600)
            secret.write_text(archive.path(f"secrets/{KEY_SECRET}").read_text(encoding="utf-8"))
            with ExitStack() as stack:
                for server in (postgres(self.mesh), object_server(self.mesh)):
                    stack.enter_context(running(server, home.log(server.name)))
                await self._fill(archive)

    def _bring_back(self, home: Home) -> None:
        """Begin where an earlier one began that was killed in the middle."""
        if home.holder() is None and (home.root / ASIDE).exists():
            with home.held():
                bring_back(home)
            self.tell("An earlier restore did not come to its end; it is undone.")

    async def _fill(self, archive: Archive) -> None:
        told = self.mesh.provision()
        manifests = {name: self.mesh.manifests[name] for name in archive.manifest.revisions}
        passwords = told.database_passwords
        await provided.prepare(told.postgres_url, manifests, passwords, migrate=_as_it_was)
        for name in manifests:
            await dumps.load(told.postgres_url, name, archive.path(dump_of(name)))
            async with connected(told.postgres_url, name) as connection, connection.transaction():
                said = await outbox.say_all_again(connection)
            self.tell(f"Database {name} is back; {said} messages of it will be said again.")
        async with connected(told.postgres_url, "storage") as connection:
            await objects.forget_parts(connection, archive)
            rows = await objects.held(connection)
        store = objects.ObjectStore(object_server(self.mesh))
        await store.put(rows, archive, steps("objects back", self.tell))


def require_known(archive: Archive, names: list[str]) -> None:
    """Refuse what has other services than we, or databases of a shape that we do not know."""
    manifest = archive.manifest
    wanted = {*map(dump_of, manifest.revisions), f"secrets/{KEY_SECRET}"}
    if missing := sorted(wanted - manifest.files.keys()):
        raise BadBackup(f"{archive.root} holds no {missing[0]}.")
    if unknown := sorted(manifest.revisions.keys() - set(names)):
        raise BadBackup(f"{archive.root} is of a mesh with a service {unknown[0]}; we have none.")
    for name, revision in manifest.revisions.items():
        if not list((ROOT / "services" / name / "migrations").glob(f"{revision}_*.py")):
            raise BadBackup(
                f"{archive.root} was made by a newer studymesh: nobody here knows shape {revision}"
                f" of database {name}."
            )


def require_vacant(home: Home, *, replace: bool) -> None:
    """Refuse a mesh that runs, and one that keeps something, unless that is to go."""
    if home.holder() is not None:
        raise StillRunning(f"`make down` stops it; its data lies in {home.root}.")
    kept = [name for name in STORES[:4] if (home.root / name).exists() and _any(home.root / name)]
    if kept and not replace:
        raise NotEmpty(
            f"{home.root} keeps {', '.join(kept)} already. Restore into another MESH_DATA, or say"
            " --replace to have all of it replaced."
        )


def _any(folder: Path) -> bool:
    return any(folder.iterdir())


async def _as_it_was(_: str, __: str) -> None:
    """Leave a database empty: its shape comes with its content."""
