"""Indexing as a process with the model that the mesh brings: memory, speed, meaning."""

import math
import time
from pathlib import Path

import pytest

from contracts.indexing import EmbedTexts
from deploy.model.keep import export
from shared.bus import Address, Bus
from shared.cause import Cause
from tests.integration.indexing.lab import OWNER, PASSWORDS, Lab, Running

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOOK = Path("/usr/share/common-licenses/GPL-3")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export the model."""
    folder = tmp_path_factory.mktemp("model")
    export(folder, lambda _: None)
    return folder


async def test_it_is_small_when_idle_and_answers_at_once_while_it_works(
    lab: Lab, folder: Path
) -> None:
    indexing = lab.indexing(model_dir=str(folder))
    await indexing.start()
    idle = memory(indexing)
    searching = Bus("search", Address(lab.nats.url, "search", PASSWORDS["search"]))
    await searching.connect()
    lab.stack.push_async_callback(searching.stop)
    await timed(searching, "how is blood moved?")

    document = await lab.processed(chapters(60))
    await lab.say(document)
    await lab.until_stage(document.document_id, "running")
    during = [await timed(searching, f"question number {number}") for number in range(20)]
    assert await lab.stage(document.document_id) == "running"
    await lab.until_stage(document.document_id, "completed", within=120)

    header, *_ = await lab.passages(document.document_id)
    after = memory(indexing)
    during.sort()
    assert header["model"] == (folder / "fingerprint").read_text().strip()
    assert idle < 300
    assert after < 400
    assert during[10] < 1


async def timed(bus: Bus, question: str) -> float:
    """Ask for a vector and say how long it took."""
    began = time.monotonic()
    answer = await bus.ask(EmbedTexts(texts=[question]), Cause(actor=OWNER))
    assert math.hypot(*answer.vectors[0]) == pytest.approx(1, abs=1e-3)
    return time.monotonic() - began


def memory(running: Running) -> int:
    """Read how much memory a process holds, in megabytes."""
    assert running.process is not None
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) // 1024


def chapters(count: int) -> str:
    """Make a text of different passages."""
    words = BOOK.read_text().split()
    parts = (" ".join(words[number * 80 : number * 80 + 120]) for number in range(count))
    return "\n\n".join(f"{number}. {part}." for number, part in enumerate(parts))
