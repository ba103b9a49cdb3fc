"""Plays document in a rebuild: says its facts again, to whoever asks for them."""

from collections.abc import Sequence

from contracts.document import DocumentEvent, DocumentsSaidAgain, SayDocumentsAgain
from shared.again import TO
from shared.bus import Bus
from shared.cause import Cause
from shared.envelope import GENERATION, Envelope


async def say_documents_again(bus: Bus, facts: Sequence[DocumentEvent]) -> SayDocumentsAgain:
    """Take the next wish to hear facts again, say those that it names, and then how many."""
    command = SayDocumentsAgain.subject
    place = await bus.jetstream.pull_subscribe_bind(
        durable=command.durable("document"), stream=command.stream
    )
    [message] = await place.fetch(1, timeout=20)
    asked = SayDocumentsAgain.model_validate_json(message.data)
    wanted = [fact for fact in facts if str(fact.subject) == asked.event]
    for fact in wanted:
        cause = Cause(actor=fact.owner_id)
        headers = Envelope.seal(fact, cause, source="document", sequence=9).headers()
        headers |= {GENERATION: str(asked.generation)}
        body, address = fact.model_dump_json().encode(), asked.to(fact.owner_id).address
        await bus.publish_stored(address, body, headers, stream=TO)
    whole = DocumentsSaidAgain(
        listener=asked.listener,
        event=asked.event,
        generation=asked.generation,
        said=len(wanted),
    )
    headers = Envelope.seal(whole, Cause(), source="document", sequence=9).headers()
    body = whole.model_dump_json().encode()
    await bus.publish_stored(whole.address, body, headers, stream=whole.subject.stream)
    await message.ack()
    await place.unsubscribe()
    return asked
