"""OpenSearch as one of our servers: finds Java and Maven, fetches the jars once, runs a node."""

import http.client
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local.logs import last_words
from deploy.local.program import Program, plain_environment

HERE: Final = Path(__file__).resolve().parent
HOST: Final = "127.0.0.1"
OLDEST_JAVA: Final = 17
_THRIFTY: Final = ("-Xms512m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""A node for tests is to be up soon, and to leave the processors to others."""

_COMPLETE: Final = ".complete"
"""Stands beside the jars once all of them are there."""


class NoOpenSearch(RuntimeError):
    """It cannot be started here; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class OpenSearchServer:
    """One node, for this machine alone."""

    directory: Path
    port: int
    transport_port: int
    jars: Path
    name: str = "opensearch"

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"http://{HOST}:{self.port}"

    @property
    def ports(self) -> tuple[int, int]:
        """Clients and other nodes."""
        return (self.port, self.transport_port)

    def prepare(self) -> None:
        """Make its directory."""
        self.directory.mkdir(parents=True, exist_ok=True)

    def program(self) -> Program:
        """Run the node inside a small Java program."""
        return Program(
            name=self.name,
            command=(
                "java",
                *_THRIFTY,
                *("-cp", f"{self.jars}/*"),
                *(str(HERE / "Main.java"), str(self.directory)),
                *(str(self.port), str(self.transport_port)),
            ),
            directory=self.directory,
            environment=plain_environment(),
        )

    def probe(self, within: float) -> None:
        """Ask whether it takes writes."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=within)
        try:
            connection.request("GET", "/_cluster/health")
            answer = connection.getresponse()
            health = json.loads(answer.read() or b"{}")
        except (http.client.HTTPException, ValueError) as unreadable:
            raise ConnectionRefusedError(f"no health from {self.url}") from unreadable
        finally:
            connection.close()
        if health.get("status") not in {"green", "yellow"}:
            raise ConnectionRefusedError(f"{self.url} is {health.get('status', 'silent')}")

    def tidy(self) -> None:
        """It leaves nothing elsewhere."""


def fetched(folder: Path, tell: Callable[[str], None]) -> Path:
    """Fetch the jars once, some 60 MB; `NoOpenSearch` where Java or Maven are missing."""
    _need_java()
    if (folder / _COMPLETE).exists():
        return folder
    maven = shutil.which("mvn")
    if maven is None:
        raise NoOpenSearch(
            "Maven (mvn) is not installed; on Debian: apt-get install maven openjdk-17-jdk-headless"
        )
    folder.mkdir(parents=True, exist_ok=True)
    tell(f"OpenSearch's jars are fetched into {folder}; once, it takes a minute or two …")
    log = folder / "maven.log"
    command = (maven, "-B", "dependency:copy-dependencies", f"-DoutputDirectory={folder}")
    with log.open("wb") as output:
        done = subprocess.run(
            command,
            cwd=HERE,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise NoOpenSearch(f"Maven could not fetch the jars, see {log}: {last_words(log, 3)}")
    (folder / _COMPLETE).touch()
    tell(f"{len(list(folder.glob('*.jar')))} jars are there.")
    return folder


def _need_java() -> None:
    java = shutil.which("java")
    if java is None:
        raise NoOpenSearch(
            f"Java {OLDEST_JAVA} is not installed; on Debian: apt-get install"
            " openjdk-17-jdk-headless maven"
        )
    said = subprocess.run((java, "-version"), capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < OLDEST_JAVA:
        first = said.splitlines()[0] if said else "nothing"
        raise NoOpenSearch(f"OpenSearch needs Java {OLDEST_JAVA} or newer; java says {first!r}")
    # A runtime alone cannot compile the program that starts it.
    modules = subprocess.run((java, "--list-modules"), capture_output=True, text=True, check=False)
    if "jdk.compiler" not in modules.stdout:
        raise NoOpenSearch(
            "Java is here without its compiler; on Debian: apt-get install openjdk-17-jdk-headless"
        )
