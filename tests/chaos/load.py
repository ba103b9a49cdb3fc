"""Many people who live small lives: documents, titles, collections, wishes, quizzes, attempts."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import httpx

from tests.chaos.person import Json, Person
from tests.chaos.wishes import Kind, Wish, Wishes

ROUNDS: Final = 12
"""So many rounds somebody lives; then somebody new registers."""
AT_ONCE: Final = 3
"""Documents that somebody uploads together."""
_READY_WITHIN: Final = 180
_FINAL: Final = frozenset({"ready", "failed"})
_TEXT: Final = """\
# Log of {word}

Photosynthesis is the process by which plants turn light into chemical energy.
Chlorophyll absorbs mostly red and blue light and reflects green. The keeper of
the lighthouse wrote {word} into the log of the harbour office in 1892.
"""


@dataclass(slots=True)
class Crowd:
    """People, so many at a time, until told to stop."""

    http: httpx.AsyncClient
    gateways: Sequence[str]
    wishes: Wishes
    people: int
    seed: int
    persons: list[Person] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def live(self) -> None:
        """Live, until told to stop; then everybody ends what they had begun."""
        async with asyncio.TaskGroup() as group:
            for place in range(self.people):
                dice = random.Random(f"{self.seed} {place}")  # noqa: S311  # repeatable, no secret
                group.create_task(self._generations(dice))

    async def _generations(self, dice: random.Random) -> None:
        while not self.stopping.is_set():
            person = Person(self.http, self.gateways, self.wishes)
            self.persons.append(person)
            if await person.register():
                life = Life(person, dice)
                for _ in range(ROUNDS):
                    if self.stopping.is_set():
                        break
                    await life.round()


@dataclass(slots=True)
class Life:
    """What one person does."""

    person: Person
    dice: random.Random

    async def round(self) -> None:
        """Do one of everything, and of the slow things now and then one."""
        await self._prefer()
        collection = await self._collect()
        uploads = [self._upload(collection) for _ in range(AT_ONCE)]
        ready = await self._ready([one for one in await asyncio.gather(*uploads) if one])
        for document in ready:
            await self._edit(document)
        if ready and self.dice.random() < 0.5:
            await self._quiz(self.dice.choice(ready))
        if collection and self.dice.random() < 0.5:
            await self._wish(Kind.DISSOLVE, "DELETE", f"/collections/{collection}", collection)
        if ready and self.dice.random() < 0.3:
            await self._forget(self.dice.choice(ready))

    async def _wish(
        self, kind: Kind, method: str, route: str, about: str = "", **rest: Json
    ) -> Json | None:
        wish = Wish(kind, self.person.email, about)
        return await self.person.wish(wish, method, route, **rest)

    async def _prefer(self) -> None:
        families = {"quiz": {"in_app": True, "live": self.dice.random() < 0.5}}
        wish = Wish(Kind.PREFER, self.person.email, self.person.id, told=families)
        body = {"families": families}
        await self.person.wish(wish, "PUT", "/notifications/preferences", json=body)

    async def _collect(self) -> str:
        wish = Wish(Kind.COLLECT, self.person.email)
        made = await self.person.wish(wish, "POST", "/collections", json={"name": str(wish.id)})
        return made["id"] if made else ""

    async def _upload(self, collection: str) -> str:
        wish = Wish(Kind.UPLOAD, self.person.email)
        form = {"title": str(wish.id)} | ({"collection_id": collection} if collection else {})
        files = {"file": (f"{wish.id}.md", text_of(wish))}
        made = await self.person.wish(wish, "POST", "/documents", files=files, data=form)
        return made["id"] if made else ""

    async def _ready(self, fresh: Sequence[str]) -> list[str]:
        """Wait for documents; who waits too long goes on with those that are ready."""
        status: dict[str, str] = {}
        for _ in range(_READY_WITHIN):
            page = await self.person.get("/documents", limit=20) or {"items": []}
            status = {one["id"]: one["status"] for one in page["items"] if one["id"] in fresh}
            if len(status) == len(fresh) and all(one in _FINAL for one in status.values()):
                break
            await asyncio.sleep(1.0)
        return sorted(one for one in status if status[one] == "ready")

    async def _edit(self, document: str) -> None:
        wish = Wish(Kind.EDIT, self.person.email, document)
        body = {"title": str(wish.id)}
        await self.person.wish(wish, "PATCH", f"/documents/{document}", json=body)

    async def _forget(self, document: str) -> None:
        await self._wish(Kind.DELETE, "DELETE", f"/documents/{document}", document)

    async def _quiz(self, document: str) -> None:
        """Have a quiz made and take it a few times."""
        wish = Wish(Kind.QUIZ, self.person.email, document)
        body = {"document_ids": [document], "count": 2, "title": str(wish.id)}
        quiz = await self.person.wish(wish, "POST", "/quizzes", json=body)
        for _ in range(_READY_WITHIN):
            if quiz is None or quiz["status"] != "generating":
                break
            await asyncio.sleep(0.5)
            quiz = await self.person.get(f"/quizzes/{quiz['id']}") or quiz
        if quiz and quiz["status"] == "ready" and quiz["questions"]:
            for _ in range(3):
                await self._attempt(quiz, document)

    async def _attempt(self, quiz: Json, document: str) -> None:
        begun = await self._wish(Kind.START, "POST", f"/quizzes/{quiz['id']}/attempts", quiz["id"])
        if begun is None:
            return
        route = f"/attempts/{begun['id']}"
        for question in quiz["questions"]:
            response = {
                "response": question["options"][0]["id"] if question.get("options") else "a"
            }
            about = f"{begun['id']}/{question['id']}"
            wish = Wish(Kind.ANSWER, self.person.email, about, told={"document": document})
            answer = f"{route}/answers/{question['id']}"
            await self.person.wish(wish, "PUT", answer, json=response)
        await self._wish(Kind.FINISH, "POST", f"{route}/finish", begun["id"])


def text_of(wish: Wish) -> bytes:
    """What is in the file that a wish uploads; its word stands in no other."""
    return _TEXT.format(word=wish.id.hex).encode()
