"""Indexing as a process: from a text in storage to passages in storage, whatever happens."""

import asyncio
import signal

import pytest

from contracts.document import DocumentCancelled, DocumentDeleted
from tests.integration.indexing.lab import OWNER, Lab, Running
from tests.unit.indexing.endpoint import Endpoint
from tests.unit.indexing.mesh import prose
from tests.waiting import until_found

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_text_in_storage_becomes_passages_in_storage(
    lab: Lab, indexing: Running, script: Endpoint
) -> None:
    await indexing.start()
    content = prose(20)
    document = await lab.processed(content)

    await lab.say(document, times=3)
    await lab.until_stage(document.document_id, "completed")

    header, *lines = await lab.passages(document.document_id)
    assert header["count"] == len(lines) == 20
    for line in lines:
        assert line["text"] == content[int(str(line["start"])) : int(str(line["end"]))]
    said = await lab.said(document.document_id)
    assert [body["progress"] for address, body in said if "progressed" in address] == [40, 80]
    assert [address for address, _ in said].count("evt.indexing.completed.v1") == 1
    assert set(script.asked.values()) == {1}


async def test_killed_in_the_midst_it_goes_on_after_the_last_checkpoint(
    lab: Lab, indexing: Running, script: Endpoint
) -> None:
    await indexing.start()
    document = await lab.processed(prose(40))
    script.hold_after = 2
    await lab.say(document)
    await asyncio.to_thread(script.holding.wait, 30)
    committed = set(script.asked)

    await indexing.end(signal.SIGKILL)
    asked_last = script.last
    script.hold_after = None
    script.go_on.set()
    await indexing.start()
    await lab.until_stage(document.document_id, "completed")

    assert len(committed) == 24
    assert len(script.asked) == 40
    repeated = {content for content, times in script.asked.items() if times > 1}
    assert repeated == set(asked_last)
    said = await lab.said(document.document_id)
    progress = [body["progress"] for address, body in said if "progressed" in address]
    assert progress == [20, 40, 60, 80]
    addresses = [address for address, _ in said]
    assert addresses.count("evt.indexing.started.v1") == 1
    assert addresses.count("evt.indexing.completed.v1") == 1
    assert len(await lab.passages(document.document_id)) == 41


async def test_told_to_go_it_stops_soon_and_its_successor_goes_on(
    lab: Lab, indexing: Running, script: Endpoint
) -> None:
    await indexing.start()
    document = await lab.processed(prose(40))
    script.hold_after = 2
    await lab.say(document)
    await asyncio.to_thread(script.holding.wait, 30)

    ending = asyncio.create_task(indexing.end(signal.SIGTERM))
    await until_found(indexing.is_draining)
    script.hold_after = None
    script.go_on.set()
    await asyncio.wait_for(ending, 15)
    assert await lab.stage(document.document_id) == "running"
    await indexing.start()
    await lab.until_stage(document.document_id, "completed")

    assert set(script.asked.values()) == {1}


async def test_deleted_in_the_midst_nothing_is_left(
    lab: Lab, indexing: Running, script: Endpoint
) -> None:
    await indexing.start()
    document = await lab.processed(prose(40))
    script.hold_after = 2
    await lab.say(document)
    await asyncio.to_thread(script.holding.wait, 30)

    await lab.say(DocumentDeleted(document_id=document.document_id, owner_id=OWNER), times=2)
    await lab.until_stage(document.document_id, "forgotten")
    script.go_on.set()

    await lab.until_nothing_waits()
    assert script.batches == 3
    kept = "SELECT count(*) FROM uses WHERE document_id = :id"
    assert await lab.value(kept, document.document_id) == 0
    assert await lab.stage(document.document_id) == "forgotten"


async def test_cancelled_first_nothing_is_embedded(
    lab: Lab, indexing: Running, script: Endpoint
) -> None:
    document = await lab.processed(prose(3))
    word = DocumentCancelled(document_id=document.document_id, owner_id=OWNER, version=1)
    await lab.say(word)
    await indexing.start()
    await lab.until_stage(document.document_id, "cancelled")

    await lab.say(document)

    await lab.until_handled(document)
    assert script.batches == 0


async def test_an_embedding_service_that_is_away_is_waited_for(
    lab: Lab, indexing: Running, script: Endpoint
) -> None:
    script.status = 503
    await indexing.start()
    document = await lab.processed(prose(3))
    await lab.say(document)

    async def was_asked_often() -> bool:
        return script.batches > 2

    await until_found(was_asked_often)
    script.status = 200

    await lab.until_stage(document.document_id, "completed")
    assert await lab.value("SELECT coalesce(sum(errors), 0) FROM attempts") == 0
