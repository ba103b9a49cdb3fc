"""Measure what the mesh costs beside a bare script: `python -m benchmarks.documents`.

`DOCUMENTS` (200), `SEED` (1), `ALONE` (20): how many, which, and how many single ones on the idle
mesh. Both sides work off the same parts of the same documents in turn, in changing order. With
`PROFILE=1` the first part is brought once more and looked at function by function.
"""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.documents import report
from benchmarks.documents.corpus import Written, pages, write, write_one
from benchmarks.documents.rounds import Figures, Round, Watch, until_idle
from benchmarks.documents.script import Running, running_script
from benchmarks.documents.visit import bring, until_found
from benchmarks.profiles import profiled
from tests.e2e.student import Student, student
from tests.mesh import RunningMesh, running_mesh
from tests.servers import reachable_directory

SERVERS = frozenset({"nats", "postgres", "objects"})
_PART = 200
_WARMING = 3
_PAGES = 10


def main() -> None:
    """Make documents, run both sides, print."""
    count, seed, alone = (
        int(os.environ.get(name) or default)
        for name, default in (("DOCUMENTS", 200), ("SEED", 1), ("ALONE", 20))
    )
    with reachable_directory() as directory:
        print(f"Writing {count} documents …", flush=True)
        (directory / "documents").mkdir()
        documents = list(write(directory / "documents", count, seed))
        print("Starting a mesh …", flush=True)
        with (
            running_mesh(directory / "mesh") as mesh,
            running_script(directory / "bare", mesh.home.model) as script,
        ):
            closely = bool(os.environ.get("PROFILE"))
            bench = Bench(mesh, script, directory, documents, alone, closely=closely)
            report.show(asyncio.run(bench.measure()))


@dataclass(frozen=True, slots=True)
class Bench:
    """Both sides, and what they are to do."""

    mesh: RunningMesh
    script: Running
    directory: Path
    documents: list[Written]
    alone: int
    closely: bool = False

    async def measure(self) -> Figures:
        """Run single documents on the idle mesh, then parts of all through both in turn."""
        seen = self.mesh.seen()
        roots = {one.name: one.pid for one in seen.processes if one.pid} if seen else {}
        watch = Watch(roots | {"supervisor": self.mesh.supervisor.pid})
        figures = Figures(documents=self.documents, fresh=watch.memory())
        async with student(self.mesh.address) as one:
            print("One document at a time on the idle mesh …", flush=True)
            figures.alone = await self._alone(one)
            await until_idle()
            figures.idle, figures.idle_cpu = watch.memory(), await watch.idle()
            size = min(_PART, max(1, len(self.documents) // 2))
            for start in range(0, len(self.documents), size):
                part = self.documents[start : start + size]
                print(f"Documents {start + 1} to {start + len(part)} …", flush=True)
                figures.rounds.append(await self._round(one, watch, part, start // size))
            if self.closely:
                print("The first of them again, function by function …", flush=True)
                services = {name: pid for name, pid in roots.items() if name not in SERVERS}
                with profiled(services, self.directory) as figures.profiles:
                    await bring(one, self.documents[:size])
            await until_idle()
            figures.rested = watch.memory()
        return figures

    async def _alone(self, one: Student) -> list[float]:
        seconds = []
        for number in range(_WARMING + self.alone):
            by = Random(f"alone {number}")  # noqa: S311  # no secret
            document = write_one(self.directory / f"alone-{number}.pdf", pages(by, _PAGES))
            seconds.append(await until_found(one, document))
        return seconds[_WARMING:]

    async def _round(self, one: Student, watch: Watch, part: list[Written], number: int) -> Round:
        done = Round(len(part))
        for side in ("bare", "mesh") if number % 2 else ("mesh", "bare"):
            if side == "bare":
                async with Watch(self.script.roots).working(done.bare_cost):
                    done.bare = await asyncio.to_thread(self.script.work, part)
            else:
                async with watch.working(done.mesh_cost):
                    done.mesh = await bring(one, part)
        return done


if __name__ == "__main__":
    main()
