"""Counts and times of what a process does, for Prometheus. Labels are names, never ids."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

from prometheus_client import REGISTRY, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
SECONDS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)


@contextmanager
def timed(what: Histogram, *labels: str) -> Iterator[None]:
    """Count how long a block took, also when it fails."""
    start = perf_counter()
    try:
        yield
    finally:
        (what.labels(*labels) if labels else what).observe(perf_counter() - start)


def exposition() -> bytes:
    """Write everything counted so far as Prometheus reads it."""
    return generate_latest(REGISTRY)
