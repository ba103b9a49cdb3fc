"""`python -m deploy.opensearch COMMAND…`: runs a command beside an OpenSearch of its own.

The command finds it at `OPENSEARCH_URL`. Without a command the jars are fetched, no more.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.local.ports import free_ports
from deploy.local.server import DidNotStart, running
from deploy.opensearch.server import NoOpenSearch, OpenSearchServer, fetched

JARS: Final = Path(__file__).resolve().parents[2] / ".venv" / "opensearch"
"""Beside what else is fetched once."""

START_WITHIN: Final = 300.0
"""Seconds that a node may take on a busy machine; 20 are usual."""


def main(command: Sequence[str]) -> int:
    """Do it, or tell in a sentence what is missing; the exit code is the command's."""
    try:
        jars = fetched(JARS, _tell)
        return _beside(jars, command) if command else 0
    except (NoOpenSearch, DidNotStart) as missing:
        print(missing, file=sys.stderr)
        return 1


def _beside(jars: Path, command: Sequence[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="studymesh-opensearch-") as folder:
        port, transport = free_ports(2)
        server = OpenSearchServer(Path(folder), port, transport, jars)
        _tell("OpenSearch starts; that takes some 20 seconds …")
        with running(server, Path(folder) / "opensearch.log", START_WITHIN):
            _tell(f"OpenSearch is ready at {server.url}.")
            environment = os.environ | {"OPENSEARCH_URL": server.url}
            return subprocess.run(list(command), env=environment, check=False).returncode


def _tell(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
