"""`mesh backup` and `mesh restore`: a whole mesh into a directory, and back."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from deploy.backup.archive import Archive
from deploy.mesh.access import local_mesh, require_this_machine
from deploy.mesh.commands import Commands, Console, NotUnderstood


def add(commands: Commands) -> None:
    """Add the commands."""
    backup = commands.verb("backup", "write the whole mesh into a directory while it runs", _backup)
    backup.add_argument(
        "to",
        nargs="?",
        type=_place,
        metavar="DIRECTORY",
        help="a new one (backups/<time> in MESH_DATA)",
    )
    restore = commands.verb("restore", "make a stopped, empty mesh what a backup is", _restore)
    restore.add_argument("source", type=_place, metavar="DIRECTORY", help="the backup")
    restore.add_argument(
        "--replace", action="store_true", help="forget what the mesh keeps until now"
    )
    restore.add_argument(
        "--verify", action="store_true", help="only see whether the backup is whole"
    )
    for verb in (backup, restore):
        verb.set_defaults(offline=True)


async def _backup(console: Console, given: argparse.Namespace) -> None:
    from deploy.backup.take import Taking, total  # noqa: PLC0415  # others need no such machinery

    require_this_machine()
    mesh = local_mesh()
    if mesh.home.holder() is None:
        raise NotUnderstood(
            f"The mesh in {mesh.home.root} does not run: start it (`make up`), or copy"
            f" {mesh.home.root} as it is."
        )
    name = f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}"
    place = given.to or mesh.home.root / "backups" / name
    archive = await Taking(mesh, _steps(console)).to(place)
    files = archive.manifest.files
    console.show(
        {
            "backup": str(place),
            "cut_at": archive.manifest.cut_at,
            "files": len(files),
            "bytes": sum(one.size for one in files.values()),
            "missing": archive.manifest.missing,
        },
        f"{place} is a backup: {len(files)} files, {total(one.size for one in files.values())}."
        + _missing(archive),
    )


async def _restore(console: Console, given: argparse.Namespace) -> None:
    from deploy.backup.restore import Restoring  # noqa: PLC0415  # others need no such machinery

    if not given.verify:
        require_this_machine()
    archive = Archive.open(given.source)
    restoring = Restoring(local_mesh(), _steps(console))
    if given.verify:
        restoring.verify(archive)
        console.tell(f"{archive.root} is whole." + _missing(archive))
        return
    await restoring.run(archive, replace=given.replace)
    console.tell(
        f"{restoring.mesh.home.root} is again the mesh of"
        f" {archive.manifest.cut_at:%Y-%m-%d %H:%M:%S} UTC. Start it (`make up`); what is searched"
        f" is rebuilt meanwhile.{_missing(archive)}"
    )


def _place(text: str) -> Path:
    return Path(text).resolve()


def _steps(console: Console) -> Callable[[str], None]:
    return (lambda _: None) if console.as_json else console.tell


def _missing(archive: Archive) -> str:
    if not archive.manifest.missing:
        return ""
    return f" The bytes of these objects are not in it: {', '.join(archive.manifest.missing)}."
