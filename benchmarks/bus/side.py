"""One side in a process of its own: `python -m benchmarks.bus.side <which> <place>`."""

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Final

import uvloop

from benchmarks.bus import mesh, raw
from benchmarks.bus.place import Place, Told

SIDES: Final[dict[str, Callable[[Place], Awaitable[Told]]]] = {
    "raw-publish": raw.publish,
    "raw-handle": raw.handle,
    "say": mesh.say,
    "carry": mesh.carry,
    "hear": mesh.hear,
    "speak": mesh.speak,
}


async def main(which: str, place: Place) -> None:
    """Do it, and tell what it took on standard output."""
    sys.stdout.write(json.dumps(await SIDES[which](place)) + "\n")


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], Place.read(sys.argv[2])))
