"""What operators wish for dead letters is refused where it cannot be meant."""

from uuid import UUID

import pytest

from contracts.operations import FailureClass, GroupDeadLetters, LetterGroups, LetterState
from tests.unit.gateway.conftest import World, somebody

LETTERS = "/api/v1/admin/dead-letters"


@pytest.mark.parametrize("odd", [r'"\ud800"', "NaN", "1e999"])
async def test_a_body_that_cannot_be_written_is_refused(served: World, odd: str) -> None:
    async with served.client(somebody("administrator")) as operator:
        answer = await operator.patch(
            f"{LETTERS}/{UUID(int=7)}",
            content=f'{{"body": {{"title": {odd}}}}}',
            headers={"Content-Type": "application/json"},
        )

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/body")


@pytest.mark.parametrize("verb", ["redrive", "discard"])
async def test_a_filter_that_we_do_not_know_does_not_choose_all(served: World, verb: str) -> None:
    async with served.client(somebody("administrator")) as operator:
        answer = await operator.post(f"{LETTERS}/{verb}", json={"fingreprint": "5f2b8c0d9a1e4f37"})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/fingreprint")


async def test_groups_are_chosen_by_whatever_lists_are(served: World) -> None:
    served.mesh.answers[GroupDeadLetters] = lambda _, __: LetterGroups(items=[])
    chosen = {
        "fingerprint": "5f2b8c0d9a1e4f37",
        "service": "indexing",
        "type": "evt.document.processed.v1",
        "state": LetterState.WAITING,
        "failure_class": FailureClass.SCHEMA,
    }

    async with served.client(somebody("administrator")) as operator:
        answer = await operator.get(f"{LETTERS}/groups", params=chosen)

    assert answer.status_code == 200
    assert served.mesh.of(GroupDeadLetters) == [GroupDeadLetters.model_validate(chosen)]
