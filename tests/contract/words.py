"""The catalogue as parameters: a new message is tested by existing."""

from typing import Final

import pytest

from contracts.catalogue import answer_of, manifests, messages
from shared.messages import Event

WORDS: Final = tuple(messages())
EVENTS: Final = tuple(word for word, message in messages().items() if issubclass(message, Event))
REQUESTS: Final = tuple(word for word, message in messages().items() if answer_of(message))
SERVICES: Final = tuple(manifests())

every_word = pytest.mark.parametrize("word", WORDS)
every_event = pytest.mark.parametrize("word", EVENTS)
every_request = pytest.mark.parametrize("word", REQUESTS)
every_service = pytest.mark.parametrize("service", SERVICES)
