"""What no database could keep of a message, or of an error's words, holds up nobody."""

from shared.cause import new_id
from shared.provision import broker
from tests.integration.shared.hearing import dead_letter, happened, listening, until_counted
from tests.integration.shared.lab import HASTY, Ear, Happened, Lab
from tests.waiting import until_found

ODD = (
    {"ce-id": "a\0b"},
    {"ce-id": "x" * 5_000},
    {"ce-partitionkey": "\0"},
    {"ce-partitionkey": "x" * 5_000},
    {"ce-sequence": "9" * 30},
    {"mesh-generation": "99999999999"},
    {"mesh-until": "9999-12-31T23:59:59-23:59", "ce-partitionkey": "8"},
    {"ce-causationid": "\0"},
)


async def test_a_message_that_nobody_could_note_is_kept_aside_and_others_flow(
    lab: Lab, ear: Ear
) -> None:
    await listening(lab, ear)
    await lab.say(happened())
    await until_counted(lab, "ear", "effects", 1)
    jetstream = (await lab.connect(broker.ADMIN)).jetstream()
    good = dict((await jetstream.get_msg("EVT_LAB", 1)).headers or {})

    for odd in ODD:
        mine = {"ce-id": str(new_id()), "Nats-Msg-Id": str(new_id())}
        headers = good | mine | odd
        await jetstream.publish("evt.lab.happened.v1", b'{"thing_id": 7}', headers=headers)
    await lab.say(happened())

    async def all_died() -> bool:
        return int((await jetstream.stream_info("DEAD")).state.messages) == len(ODD)

    await until_found(all_died)
    await until_counted(lab, "ear", "effects", 2)


async def test_an_error_whose_words_nobody_could_keep_is_counted_and_ends(
    lab: Lab, ear: Ear
) -> None:
    lab.patience = HASTY

    def always(_: Happened, __: int) -> None:
        raise ValueError("\0 \ud800\nin two lines")

    ear.fail = always
    await listening(lab, ear)
    await lab.say(happened())

    dead = await dead_letter(lab)
    assert (dead["dead-code"], dead["dead-attempts"]) == ("ValueError", "6")
