"""A death is understood so that it can be kept, whatever its listener kept aside."""

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from services.operations.deaths import death_of
from shared.cause import new_id
from shared.legible import HIGHEST, LONGEST

PLACE = "$JS.ACK.DEAD.operations-dead.1.5.1.1795290480211024000.0"


def kept(**headers: str) -> Msg:
    told = {name.replace("_", "-"): text for name, text in headers.items()}
    return Msg(Client(), "dead.quiz-document-deleted-v1", PLACE, b"{}", told)


def test_it_has_what_its_message_said_of_itself() -> None:
    message = str(new_id())

    death = death_of(kept(ce_id=message, dead_class="schema", dead_attempts="6", dead_said="1"))

    assert (death.service, death.message_id, death.said) == ("quiz", message, 1)
    assert (death.failure.kind, death.failure.attempts) == ("schema", 6)
    assert death.headers == {"ce-id": message}


def test_words_without_nul_are_kept_of_those_with() -> None:
    death = death_of(kept(ce_id=str(new_id()), ce_type="a\0", dead_detail="found `\0`"))

    assert death.type == death.headers["ce-type"] == "a\N{REPLACEMENT CHARACTER}"
    assert death.failure.detail == "found `\N{REPLACEMENT CHARACTER}`"


@pytest.mark.parametrize("odd", ["a\0b", "x" * 5_000])
def test_an_id_that_is_none_is_not_taken_for_one_so_that_it_can_only_be_discarded(odd: str) -> None:
    death = death_of(kept(ce_id=odd))

    assert "ce-id" not in death.headers
    assert len(death.message_id) == 64


def test_columns_and_indexes_have_room_for_it() -> None:
    death = death_of(kept(ce_partitionkey="x" * 5_000, mesh_generation="9" * 30))

    assert (len(death.key), death.generation) == (LONGEST, HIGHEST)
