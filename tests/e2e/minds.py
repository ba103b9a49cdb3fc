"""Somebody who changes their mind all the time, and remembers what must have come of it."""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx

from deploy.local.program import plain_environment
from tests.e2e.files import picture
from tests.e2e.learner import Json, Learner
from tests.mesh import RunningMesh

ROOT: Final = Path(__file__).resolve().parents[2]
WORD: Final = "lighthouse"
"""Stands in every file that can be read."""
_PART: Final = 8 * 1024 * 1024
KINDS: Final = ("short", "long", "broken", "dangerous")
_EICAR: Final = r"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_ENDS: Final = {
    "short": "ready",
    "long": "ready",
    "broken": "failed",
    "dangerous": "quarantined",
}
_OUTCOMES: Final = {"document.ready", "document.failed", "document.cancelled"}
_AWAY: Final = frozenset({429, 500, 502, 503, 504})


@dataclass
class Kept:
    """One document as its owner remembers it."""

    id: str
    kind: str
    content: tuple[str, bytes]
    cancelled: bool = False

    @property
    def end(self) -> str:
        """Where it must be once nothing happens any more."""
        return "cancelled" if self.cancelled else _ENDS[self.kind]


@dataclass
class Mind:
    """What one person did, and so what there must be."""

    person: Learner
    kept: dict[str, Kept] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)

    async def upload(self, kind: str) -> None:
        """Upload something new."""
        await self._upload(kind, _content(kind))

    async def upload_again(self, number: int) -> None:
        """Upload the same bytes as before: that is another document."""
        if document := self._choose(number):
            await self._upload(document.kind, document.content)

    async def abandon(self) -> None:
        """Begin a direct upload in parts, send some, and think better of it."""
        whole = {"filename": "scan.pdf", "size": _PART + 1, "media_type": "application/pdf"}
        begun = await self.person.until_answered("POST", "/uploads", json=whole)
        route = f"/uploads/{begun['id']}"
        ticket = await self.person.until_answered("POST", f"{route}/parts/1")
        async with httpx.AsyncClient(timeout=60, trust_env=False) as store:
            sent = await store.put(
                ticket["url"], headers=ticket["headers"], content=bytes(begun["part_size"])
            )
        assert sent.is_success, sent.text
        await self._until_known("DELETE", route)

    async def cancel(self, number: int) -> None:
        """Stop the work on something, unless it is finished."""
        if document := self._choose(number):
            done, unsure = await self._ask(document, "cancel")
            if done or (unsure and await self._is_cancelled(document)):
                document.cancelled = True

    async def retry(self, number: int) -> None:
        """Have something read again, if there is a reason to."""
        if document := self._choose(number):
            done, unsure = await self._ask(document, "retry")
            if done or (unsure and not await self._is_cancelled(document)):
                document.cancelled = False

    async def delete(self, number: int) -> None:
        """Forget something."""
        if document := self._choose(number):
            await self._until_known("DELETE", f"/documents/{document.id}")
            del self.kept[document.id]
            self.gone.add(document.id)

    async def ponder(self, seconds: float) -> None:
        """Let the mesh work on; when it is disturbed next is part of the example."""
        await asyncio.sleep(seconds)

    async def differs(self) -> str:
        """Say in what the mesh is not as it must be; empty once it is."""
        listed = {one["id"]: one["status"] async for one in self.person.everything("/documents")}
        if listed != (wanted := {one.id: one.end for one in self.kept.values()}):
            return f"statuses {listed}, not {wanted}"
        for document_id in self.gone:
            answer = await self.person.http.get(f"/documents/{document_id}")
            if answer.status_code != HTTPStatus.NOT_FOUND:
                return f"{document_id} was deleted and answers {answer.status_code}"
        return await self._finds() or await self._tells()

    async def _finds(self) -> str:
        """Compare what each leg of the search finds in every document that there ever was."""
        for mode in ("text", "semantic"):
            for document_id in {*self.kept, *self.gone}:
                asked = {"q": WORD, "mode": mode, "document_id": document_id, "limit": 1}
                found = await self.person.get("/search", **asked)
                kept = self.kept.get(document_id)
                is_ready = kept is not None and kept.end == "ready"
                if found["degraded"] or bool(found["results"]) != is_ready:
                    return f"{mode} finds {found['results']} of {kept or 'a deleted one'}"
        return ""

    async def _tells(self) -> str:
        """Compare what was told with what happened: once each, and nothing of what is gone."""
        told = Counter(
            [
                (one["document_id"], one["type"])
                async for one in self.person.everything("/notifications")
            ]
        )
        happened: Counter[tuple[str, str]] = Counter()
        for document in self.kept.values():
            history = await self.person.get(f"/documents/{document.id}/events")
            types = {one["type"] for one in history["items"]} & _OUTCOMES
            if f"document.{document.end}".replace("quarantined", "failed") not in types:
                return f"the history of {document} tells of {types}"
            happened.update((document.id, type_) for type_ in types)
        return "" if told == happened else f"told {told}, but it happened {happened}"

    async def _upload(self, kind: str, content: tuple[str, bytes]) -> None:
        made = await self.person.upload(*content)
        self.kept[made["id"]] = Kept(made["id"], kind, content)

    async def _ask(self, document: Kept, verb: str) -> tuple[bool, bool]:
        """Tell whether it was done, and if not, whether an earlier try may have done it."""
        answer, again = await self._until_known("POST", f"/documents/{document.id}/{verb}")
        self.refused[verb] += answer.status_code == HTTPStatus.CONFLICT
        return answer.status_code == HTTPStatus.ACCEPTED, again

    async def _until_known(self, method: str, path: str) -> tuple[httpx.Response, bool]:
        """Ask until there is an answer; tell also whether any try had none."""
        again = False
        async with asyncio.timeout(60):
            while True:
                try:
                    answer = await self.person.http.request(method, path)
                except httpx.TransportError:
                    again = True
                    continue
                if answer.status_code not in _AWAY:
                    expected = {202, 204, 409, *([404] if again else [])}
                    assert answer.status_code in expected, answer.text
                    return answer, again
                again = True

    async def _is_cancelled(self, document: Kept) -> bool:
        now: Json = await self.person.get(f"/documents/{document.id}")
        return bool(now["status"] == "cancelled")

    def _choose(self, number: int) -> Kept | None:
        documents = list(self.kept.values())
        return documents[number % len(documents)] if documents else None


async def orphans(mesh: RunningMesh) -> list[Json]:
    """Ask every owner, as an operator does."""
    told = {"MESH_DATA": str(mesh.home.root), "MESH_PORT_BASE": str(mesh.base)}
    asked = await asyncio.to_thread(
        subprocess.run,
        (sys.executable, "-m", "deploy.mesh", "orphans", "--json"),
        cwd=ROOT,
        env={**plain_environment(), **told},
        capture_output=True,
        check=False,
    )
    assert asked.stdout, asked.stderr.decode()
    groups: list[Json] = json.loads(asked.stdout)
    assert len({one["service"] for one in groups}) == 6
    return [one for one in groups if one["count"]]


def _content(kind: str) -> tuple[str, bytes]:
    name = uuid4().hex[:8]
    if kind == "dangerous":
        return f"{name}.txt", _EICAR.encode()
    if kind == "broken":
        return f"{name}.pdf", b"%PDF-1.7\n" + picture() + name.encode()
    sections = 3 if kind == "short" else 120
    text = "".join(
        f"## Chapter {number}\n\nThe keeper of the {WORD} {name} wrote on page {number} of the log"
        f" how wind, tide and passing ships fared on that day.\n\n"
        for number in range(sections)
    )
    return f"{name}.md", f"# Log {name}\n\n{text}".encode()
