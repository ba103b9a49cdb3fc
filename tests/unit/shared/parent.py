"""A parent with a child that waits for ever, to be killed by a test."""

import asyncio
import sys

from shared.child import Children, Limits


async def main(path: str) -> None:
    limits = Limits(seconds=3600, memory=1024**3, answer=10, file_size=100)
    await Children().run("tests.unit.shared.deeds:wait_and_tell", {"path": path}, limits)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
