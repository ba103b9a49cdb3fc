"""The whole conversation as one AsyncAPI 3.0 document, generated from messages and manifests."""

from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from contracts.catalogue import FOLDER, PUSH, answer_of, hearers, manifests, messages, sayers
from contracts.example import examples_of
from contracts.schema import Schema
from shared.messages import Answer, Kind, Message

FILE: Final = FOLDER / "asyncapi.json"
_ENVELOPE: Final[Schema] = {
    "type": "object",
    "required": ["ce-specversion", "ce-id", "ce-type", "ce-source", "ce-time", "ce-correlationid"],
    "properties": {
        "ce-specversion": {"type": "string", "const": "1.0"},
        "ce-id": {"type": "string", "description": "A UUIDv7, also sent as `Nats-Msg-Id`."},
        "ce-type": {"type": "string", "description": "The subject of the message's class."},
        "ce-source": {"type": "string", "description": "As `/services/document`."},
        "ce-time": {"type": "string", "format": "date-time"},
        "ce-subject": {"type": "string", "description": "The aggregate it is about."},
        "ce-partitionkey": {"type": "string", "description": "The same, to partition by."},
        "ce-sequence": {"type": "string", "description": "The aggregate's version; it rises."},
        "ce-correlationid": {"type": "string", "format": "uuid"},
        "ce-causationid": {"type": "string", "description": "The message that caused this one."},
        "ce-actor": {"type": "string", "format": "uuid", "description": "Who started it all."},
        "ce-session": {"type": "string", "format": "uuid"},
        "ce-role": {"type": "string"},
        "traceparent": {"type": "string", "description": "W3C trace context."},
    },
}


def document() -> Schema:
    """Generate it: a channel for each word, and an operation for each service's part in it."""
    words = messages()
    channels: Schema = {word: _channel(word, message) for word, message in words.items()}
    said: Schema = {word: _message(word, message) for word, message in words.items()}
    for word, message in words.items():
        if answer := answer_of(message):
            said[f"{word}.answer"] = _answer(word, answer)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "studymesh",
            "version": "1.0.0",
            "description": "What the services of the mesh say to each other, on NATS.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"broker": {"host": "127.0.0.1:4222", "protocol": "nats"}},
        "channels": channels,
        "operations": _operations(words),
        "components": {
            "messages": said,
            "messageTraits": {"envelope": {"headers": _ENVELOPE}},
        },
    }


def _channel(word: str, message: type[Message]) -> Schema:
    channel: Schema = {
        "address": "push.{user}" if word == PUSH else word,
        "title": message.__name__,
        "summary": _summary(message),
        "messages": {word: _pointer("components", "messages", word)},
    }
    if answer_of(message):
        channel["messages"] = {
            name: _pointer("components", "messages", name) for name in (word, f"{word}.answer")
        }
    if word == PUSH:
        channel["parameters"] = {"user": {"description": "The id of the person it is for."}}
    if message.kind is not Kind.REQUEST:
        channel["x-stream"] = "PUSH" if word == PUSH else message.subject.stream
    return channel


def _operations(words: Mapping[str, type[Message]]) -> Schema:
    operations: Schema = {}
    for word, message in words.items():
        if word == PUSH:
            speakers = [name for name, manifest in manifests().items() if manifest.pushes]
            listeners = [name for name, manifest in manifests().items() if manifest.reads_push]
        else:
            speakers, listeners = sayers(message.subject), hearers(message.subject)
        for service in speakers:
            operations[f"{service}.sends.{word}"] = _operation("send", service, word, message)
        for service in listeners:
            operations[f"{service}.receives.{word}"] = _operation("receive", service, word, message)
    return operations


def _operation(action: str, service: str, word: str, message: type[Message]) -> Schema:
    operation: Schema = {
        "action": action,
        "channel": _pointer("channels", word),
        "messages": [_pointer("channels", word, "messages", word)],
        "tags": [{"name": service}],
    }
    if answer_of(message):
        operation["reply"] = {
            "address": {"location": "$message.header#/reply", "description": "The asker's inbox."},
            "messages": [_pointer("channels", word, "messages", f"{word}.answer")],
        }
    elif word in map(str, manifests()[service].hears):
        operation["x-durable"] = message.subject.durable(service)
    return operation


def _message(word: str, message: type[Message]) -> Schema:
    valid: list[JsonValue] = [
        {"name": f"example-{number}", "summary": example.summary, "payload": example.body}
        for number, example in enumerate(examples_of(word).valid, start=1)
    ]
    return {
        "name": message.__name__,
        "title": message.__name__,
        "summary": _summary(message),
        "contentType": "application/json",
        "traits": [_pointer("components", "messageTraits", "envelope")],
        "payload": {"$ref": f"./schemas/{word}.json"},
        "examples": valid,
    }


def _answer(word: str, answer: type[Answer]) -> Schema:
    return {
        "name": answer.__name__,
        "title": answer.__name__,
        "summary": _summary(answer),
        "contentType": "application/json",
        "payload": {"$ref": f"./schemas/{word}.answer.json"},
    }


def _summary(cls: type) -> str:
    return (cls.__doc__ or "").strip().partition("\n")[0]


def _pointer(*path: str) -> Schema:
    escaped = (part.replace("~", "~0").replace("/", "~1") for part in path)
    return {"$ref": "#/" + "/".join(escaped)}
