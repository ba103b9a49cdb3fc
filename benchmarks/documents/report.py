"""The figures of a run, printed so that they can be compared with those of another."""

import os
from collections import Counter
from collections.abc import Iterable

from benchmarks.documents.rounds import US, Cost, Figures, Round
from benchmarks.profiles import Profile
from benchmarks.tables import mebibytes, percentile, table

_THOUSAND = 1_000
_FUNCTIONS = 8


def show(figures: Figures) -> None:
    """Print everything."""
    pages = sum(one.pages for one in figures.documents)
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"\n{len(figures.documents)} documents, {pages} pages, {os.cpu_count()} processors;"
        f" load now {load}\n"
    )
    print(_rates(figures))
    print(f"\n{_alone(figures.alone)}\n")
    print(_by_process(figures))
    print(f"\n{_by_stage(figures.rounds)}\n")
    print(_by_part(figures.rounds))
    for name, profile in figures.profiles.items():
        print(f"\n{_by_function(name, profile)}")


def _rates(figures: Figures) -> str:
    rounds = figures.rounds
    count = sum(one.documents for one in rounds)
    mesh = sum(one.mesh.seconds for one in rounds if one.mesh)
    bare = sum(one.bare.seconds for one in rounds if one.bare)
    passages = sum(one.bare.passages for one in rounds if one.bare)
    frames = sum(one.mesh.frames for one in rounds if one.mesh)
    rows = [
        _rate("mesh", count, mesh, passages, _cpu(one.mesh_cost for one in rounds)),
        _rate("bare script", count, bare, passages, _cpu(one.bare_cost for one in rounds)),
    ]
    head = ("", "seconds", "documents/s", "passages/s", "CPU s", "CPU ms a document")
    ratio = f"Ratio of the rates, mesh to bare: {bare / mesh:.2f} (aim 0.9)."
    return f"{table(head, rows)}\n\n{ratio} The person watching was told {frames} frames."


def _rate(name: str, count: int, seconds: float, passages: int, cpu: float) -> tuple[str, ...]:
    return (
        name,
        f"{seconds:.1f}",
        f"{count / seconds:.2f}",
        f"{passages / seconds:.1f}",
        f"{cpu:.1f}",
        f"{_THOUSAND * cpu / count:.0f}",
    )


def _alone(seconds: list[float]) -> str:
    if not seconds:
        return "No single documents were measured."
    return (
        f"A PDF of ten pages on the idle mesh, upload to found, {len(seconds)} times:"
        f" p50 {percentile(seconds, 0.5):.2f} s, p95 {percentile(seconds, 0.95):.2f} s,"
        f" worst {max(seconds):.2f} s (aim 1 s and 2 s)."
    )


def _by_process(figures: Figures) -> str:
    count = sum(one.documents for one in figures.rounds)
    cpu = Counter[str]()
    working = Counter[str]()
    for one in figures.rounds:
        cpu.update(one.mesh_cost.cpu)
        working |= Counter(one.mesh_cost.memory)
    used = sum(cpu[name] for name in figures.idle)
    rows: list[tuple[str, ...]] = [
        (
            name,
            f"{cpu[name]:.1f}",
            f"{_THOUSAND * cpu[name] / count:.0f}",
            f"{cpu[name] / used:.0%}",
            f"{figures.idle_cpu[name]:.1%}",
            mebibytes(figures.fresh[name]),
            mebibytes(figures.idle[name]),
            mebibytes(working[name]),
            mebibytes(figures.rested[name]),
        )
        for name in sorted(figures.idle, key=lambda name: -cpu[name])
    ]
    most = max((one.mesh_cost.most for one in figures.rounds), default=0)
    rows.append(
        (
            "the whole mesh",
            f"{used:.1f}",
            f"{_THOUSAND * used / count:.0f}",
            "100%",
            f"{sum(figures.idle_cpu.values()):.1%}",
            *(mebibytes(sum(one.values())) for one in (figures.fresh, figures.idle)),
            mebibytes(most),
            mebibytes(sum(figures.rested.values())),
        )
    )
    head = ("process", "CPU s", "ms a document", "share", "idle CPU")
    memory = ("fresh MiB", "idle", "working", "rested")
    return f"{table(head + memory, rows)}\n  ({US}: {cpu[US]:.1f} CPU s)"


def _by_stage(rounds: list[Round]) -> str:
    stages = Counter[str]()
    for one in rounds:
        stages.update(one.bare.stages if one.bare else {})
    whole = sum(stages.values())
    rows = [
        (name, f"{seconds:.1f}", f"{seconds / whole:.0%}") for name, seconds in stages.most_common()
    ]
    return table(("what the bare script does", "seconds", "share"), rows)


def _by_part(rounds: list[Round]) -> str:
    rows = [
        (
            f"part {number}",
            str(one.documents),
            f"{one.documents / one.mesh.seconds:.2f}",
            f"{one.documents / one.bare.seconds:.2f}",
            f"{one.bare.seconds / one.mesh.seconds:.2f}",
            f"{_THOUSAND * _cpu([one.mesh_cost]) / one.bare.passages:.1f}",
            f"{_THOUSAND * one.mesh.seconds / one.bare.passages:.1f}",
        )
        for number, one in enumerate(rounds, 1)
        if one.mesh and one.bare
    ]
    head = ("", "documents", "mesh/s", "bare/s", "ratio", "mesh CPU ms a passage", "ms a passage")
    return table(head, rows)


def _by_function(process: str, profile: Profile) -> str:
    whole = sum(profile.here.values()) or 1.0
    rows = [
        (f"{how} {name}", f"{seconds:.1f}", f"{seconds / whole:.0%}")
        for how, counted in (("in", profile.here), ("in or below", profile.below))
        for name, seconds in sorted(counted.items(), key=lambda one: -one[1])[:_FUNCTIONS]
    ]
    return table((f"{process}, where its time goes", "seconds", "share"), rows)


def _cpu(costs: Iterable[Cost]) -> float:
    return sum(seconds for cost in costs for name, seconds in cost.cpu.items() if name != US)
