"""What operations does with dead letters; each verb is one transaction.

A letter is said again before the transaction that notes it commits: a crash between the two says it
once more, under the same number, which the broker stores once and the listener handles once.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final

from contracts import operations as told
from services.operations.model import Death, Letter, NotAgain, Patience, Plan, State, Wanted
from services.operations.ports import Contracts, Listeners, Store
from services.operations.views import brief, detailed, grouped
from shared.cause import Cause, new_id
from shared.cursor import Listing
from shared.problems import Problem

ADMINISTRATOR: Final = "administrator"
GROUPS: Final = 100
AT_ONCE: Final = 1_000.0
"""Dead letters a second that are given up together."""


class NotAllowed(
    Problem, code="not-allowed", status=HTTPStatus.FORBIDDEN, title="You may not do this"
):
    """Dead letters, and what was said, are for administrators."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Letters:
    """The verbs."""

    store: Store
    listeners: Listeners
    contracts: Contracts
    patience: Patience
    now: Callable[[], datetime] = _now

    async def bury(self, death: Death) -> None:
        """Keep what has just died; hearing of the same death again changes nothing."""
        async with self.store.begin(Cause()) as tx:
            letter = await tx.of(death)
            if letter is None:
                letter = Letter(new_id(), death, first_seen=death.at).planned(self.patience)
            else:
                letter = letter.died_again(death, self.patience)
            await tx.put(letter)

    async def list(self, asked: told.ListDeadLetters, cause: Cause) -> told.LetterPage:
        """Answer with a page of dead letters."""
        administering(cause)
        wanted = _wanted(asked, asked.state)
        listing = Listing("dead-letters", cause.actor, (wanted,))
        before = listing.place_of(asked.cursor)
        async with self.store.begin(cause) as tx:
            found = await tx.find(wanted, asked.limit + 1, before)
        page = found[: asked.limit]
        more = len(found) > len(page)
        return told.LetterPage(
            items=[brief(one) for one in page],
            next_cursor=listing.after(page[-1].id) if more else None,
        )

    async def group(self, asked: told.GroupDeadLetters, cause: Cause) -> told.LetterGroups:
        """Answer with the counts by fingerprint."""
        administering(cause)
        async with self.store.begin(cause) as tx:
            groups = await tx.groups(_wanted(asked, asked.state), GROUPS)
        return told.LetterGroups(items=[grouped(one) for one in groups])

    async def describe(self, asked: told.DescribeDeadLetter, cause: Cause) -> told.LetterDetails:
        """Answer with everything about one."""
        administering(cause)
        async with self.store.begin(cause) as tx:
            return detailed(await tx.get(asked.letter_id))

    async def edit(self, asked: told.EditDeadLetter, cause: Cause) -> told.LetterDetails:
        """Keep another body beside the original."""
        administering(cause)
        async with self.store.begin(cause) as tx:
            letter = self._edited(await tx.get(asked.letter_id), asked.body)
            await tx.put(letter)
            return detailed(letter)

    async def redrive(self, asked: told.RedriveDeadLetter, cause: Cause) -> told.LetterDetails:
        """Say one again, with another body if one is given."""
        administering(cause)
        async with self.store.begin(cause) as tx:
            letter = await tx.get(asked.letter_id)
            if asked.body is not None:
                letter = self._edited(letter, asked.body)
            letter = letter.redrive(self.now())
            await tx.put(letter)
            await self.listeners.say_again(letter)
            return detailed(letter)

    async def discard(self, asked: told.DiscardDeadLetter, cause: Cause) -> told.LetterDetails:
        """Give one up, and tell its listener, so that what waits behind it flows."""
        administering(cause)
        async with self.store.begin(cause) as tx:
            letter = (await tx.get(asked.letter_id)).discard(self.now())
            await tx.put(letter)
            await self.listeners.say_discarded(letter)
            return detailed(letter)

    async def redrive_all(self, asked: told.RedriveDeadLetters, cause: Cause) -> told.Matched:
        """Plan to say many again, so many a second; `work_off` does it, after restarts too."""
        administering(cause)
        async with self.store.begin(cause) as tx:
            matched = await tx.schedule(_wanted(asked), Plan.REDRIVE, self.now(), asked.rate)
        return told.Matched(matched=matched)

    async def discard_all(self, asked: told.DiscardDeadLetters, cause: Cause) -> told.Matched:
        """Plan to give many up."""
        administering(cause)
        return told.Matched(matched=await self._give_up(_wanted(asked), asked.older_than_days))

    async def expire(self, days: float) -> None:
        """Plan to give up what nobody decided about for so long."""
        await self._give_up(Wanted(), days)

    async def forget(self, days: float) -> None:
        """Remove what was redriven or discarded so long ago."""
        async with self.store.begin(Cause()) as tx:
            await tx.forget(self.now() - timedelta(days=days))

    async def work_off(self) -> bool:
        """Do what is planned for one letter whose time has come; say whether there was one."""
        async with self.store.begin(Cause()) as tx:
            letter = await tx.due(self.now())
            if letter is None:
                return False
            if letter.plan is Plan.DISCARD:
                letter = letter.discard(self.now())
                await self.listeners.say_discarded(letter)
            else:
                letter = self._again_if_possible(letter)
                if letter.state is State.REDRIVEN:
                    await self.listeners.say_again(letter)
            await tx.put(letter)
            return True

    async def waiting(self) -> dict[tuple[str, str], int]:
        """Count those that wait, by service and failure class."""
        async with self.store.begin(Cause()) as tx:
            return await tx.waiting()

    async def _give_up(self, wanted: Wanted, days: float | None) -> int:
        died_before = None if days is None else self.now() - timedelta(days=days)
        async with self.store.begin(Cause()) as tx:
            chosen = replace(wanted, died_before=died_before)
            return await tx.schedule(chosen, Plan.DISCARD, self.now(), AT_ONCE)

    def _edited(self, letter: Letter, body: dict[str, object]) -> Letter:
        raw = json.dumps(body, ensure_ascii=False).encode()
        self.contracts.require(letter.death.type, raw)
        return letter.edit(raw)

    def _again_if_possible(self, letter: Letter) -> Letter:
        try:
            return letter.redrive(self.now())
        except NotAgain:
            return letter.unplanned()


def administering(cause: Cause) -> None:
    """Insist that an administrator asks."""
    if cause.role != ADMINISTRATOR:
        raise NotAllowed("What operations knows is for administrators of the mesh.")


def _wanted(asked: told.LetterFilter, state: told.LetterState | None = None) -> Wanted:
    return Wanted(
        fingerprint=asked.fingerprint,
        service=asked.service,
        type=asked.type,
        kind=asked.failure_class,
        state=state,
    )
