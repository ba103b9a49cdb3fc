"""The end of a child is noticed without looking again and again."""

import asyncio
import os
import resource
import sys
from pathlib import Path

import pytest

from deploy.local.program import Child, Program

LOOKED = 6
"""Fewer times than who looks ten times a second gives the processor up in the second of a child."""


def child(folder: Path, command: str) -> Child:
    return Child(Program("it", ("sh", "-c", command), folder), folder / "it.log")


def opened() -> list[Path]:
    return sorted(Path("/dev/fd").iterdir())


class TestUntilEnded:
    @pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells of an end")
    async def test_the_kernel_tells_of_an_end_and_nobody_has_to_look(self, tmp_path: Path) -> None:
        one = child(tmp_path, "sleep 1; exit 7")
        before = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw

        code = await one.until_ended()

        assert code == 7
        assert resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw - before < LOOKED

    async def test_where_the_kernel_tells_nobody_an_end_is_found_all_the_same(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delattr(os, "pidfd_open", raising=False)

        assert await child(tmp_path, "exit 7").until_ended() == 7

    async def test_who_waits_no_longer_leaves_nothing_open(self, tmp_path: Path) -> None:
        one = child(tmp_path, "sleep 60")
        before = opened()
        waiting = asyncio.create_task(one.until_ended())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

        after = opened()
        one.kill()
        await one.until_ended()

        assert after == before
