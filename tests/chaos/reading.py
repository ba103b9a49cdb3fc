"""What people see at the end: every document is found once, by words and by meaning, and whole."""

import asyncio
from dataclasses import dataclass

from tests.chaos.load import text_of
from tests.chaos.person import Person
from tests.chaos.wishes import Answer, Kind, Wish, Wishes

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads everything back as its owners."""

    wishes: Wishes
    persons: dict[str, Person]

    async def complaints(self) -> list[str]:
        """Say of every document that should be there what is wrong with it."""
        gone = self.wishes.about(Kind.DELETE)
        slots = asyncio.Semaphore(_AT_ONCE)

        async def looked_at(wish: Wish) -> list[str]:
            async with slots:
                return await self._look(wish, here=wish.made not in gone)

        uploaded = self.wishes.of(Kind.UPLOAD, Answer.YES)
        found = await asyncio.gather(*(looked_at(one) for one in uploaded))
        return [complaint for complaints in found for complaint in complaints]

    async def _look(self, wish: Wish, *, here: bool) -> list[str]:
        person = self.persons[wish.person]
        expected = [wish.made] if here else []
        complaints = []
        for mode in ("text", "semantic"):
            word = wish.id.hex
            page = await person.get("/search", q=word, mode=mode, document_id=wish.made, limit=5)
            hits = [one["document_id"] for one in (page or {"results": []})["results"]]
            if page is None or page["degraded"] or hits != expected:
                complaints.append(f"{mode} search for {wish.made}: {hits}, not {expected}")
        content = await person.content(wish.made) if here else None
        if here and content != text_of(wish):
            complaints.append(f"content of {wish.made} is not what was sent")
        return complaints
