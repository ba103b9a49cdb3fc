"""Shuffled, repeated and late, a document's messages come to the same end."""

import asyncio
from uuid import uuid4

from hypothesis import given, settings

from contracts.indexing import IndexingCompleted, IndexingProgressed
from contracts.storage import DeleteObject
from services.indexing.model import Stage
from tests.unit.indexing.behaviour import OWNER, heard
from tests.unit.indexing.mesh import Mesh, prose
from tests.unit.indexing.order import Story, play, stories, told


@given(stories())
@settings(max_examples=300, deadline=None)
def test_any_order_comes_to_the_same_end(drawn: tuple[Story, list[list[int]]]) -> None:
    asyncio.run(_play(*drawn))


async def _play(story: Story, rounds: list[list[int]]) -> None:
    mesh = Mesh()
    mesh.embedder.before = _give_way
    document = uuid4()
    readings = [
        mesh.processed(prose(10 + number), document_id=document, version=number)
        for number in range(1, story.readings + 1)
    ]
    texts = set(mesh.claims.objects)
    messages = [(message, heard()) for message in told(story, readings, OWNER)]

    await play(mesh.indexing, messages, rounds)

    job = mesh.store.state.jobs[document]
    deleted = {command.object_id for command in mesh.said(DeleteObject)}
    assert job.stage is story.end
    assert set(mesh.claims.objects) - texts - deleted == set(job.objects)
    if story.deleted:
        assert job.objects == ()
        assert mesh.store.state.embeddings == {}
        assert mesh.store.state.uses == set()
    if story.end is Stage.COMPLETED:
        assert [one.version for one in mesh.said(IndexingCompleted)][-1] == story.readings
    for version in range(1, story.readings + 1):
        said = [one.progress for one in mesh.said(IndexingProgressed) if one.version == version]
        assert said == sorted(set(said))
    sequences = [sequence for message, sequence in mesh.store.state.said if sequence]
    assert sequences == list(range(1, len(sequences) + 1))


async def _give_way() -> None:
    await asyncio.sleep(0)
