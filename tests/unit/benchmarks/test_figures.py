"""Figures mean what they say."""

import os
from time import process_time

from benchmarks import processes
from benchmarks.profiles import Profile
from benchmarks.tables import percentile, table


def test_a_process_is_told_what_it_used() -> None:
    begun = process_time()
    before = processes.cpu({"us": os.getpid()})["us"]
    while process_time() - begun < 0.1:
        """Use some."""

    assert processes.cpu({"us": os.getpid()})["us"] - before >= 0.05
    assert processes.memory({"us": os.getpid()})["us"] > 1_000_000


def test_who_is_named_does_not_count_for_its_parent() -> None:
    alone = processes.cpu({"parent": os.getppid(), "us": os.getpid()})

    assert alone.keys() == {"parent", "us"}


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(number) for number in range(100, 0, -1)]

    assert (percentile(values, 0.5), percentile(values, 0.95), percentile([7.0], 0.99)) == (
        51.0,
        96.0,
        7.0,
    )


def test_columns_stand_under_their_heads() -> None:
    assert table(("what", "s"), [("all", "12")]).splitlines() == [
        "  what   s",
        "  ----  --",
        "  all   12",
    ]


def test_stacks_are_counted_here_and_below() -> None:
    profile = Profile()

    profile.add("main (/x/shared/serve.py:3);run (/y/site-packages/orm/a.py:7) 100\n")

    assert profile.here == {"orm/a.py run": 2.0}
    assert profile.below == {"shared/serve.py main": 2.0}
