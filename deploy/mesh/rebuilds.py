"""`mesh search rebuild`, and of `quiz` and `notification`: a read model is rebuilt as it serves."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from contracts.again import DescribeRebuild, RebuildState, StartRebuild
from contracts.notification import DescribeNotificationRebuild, RebuildNotification
from contracts.quiz import DescribeQuizRebuild, RebuildQuiz
from contracts.search import DescribeSearchRebuild, RebuildSearch
from deploy.mesh.commands import Commands, Console
from shared.problems import Away

LOOK: Final = 0.5
"""Seconds between two looks at how far it is."""

WITHIN: Final = 60.0
"""Seconds for the answer to the first question: a model may have to be loaded."""

Look = Callable[[Console], Awaitable[RebuildState]]


def add(commands: Commands) -> None:
    """Add the nouns; each has its read model's verbs."""
    search = commands.noun("search", "rebuild what is searched")
    verb = search.verb("rebuild", "rebuild both indexes while searches go on", _rebuild_search)
    _waiting(verb)
    verb.add_argument(
        "--without-failed",
        action="store_true",
        help="switch over although some documents could not be written (see dead-letters)",
    )
    search.verb("status", "tell how the last rebuild goes", _tell(_search))
    what = "hear again which documents are gone"
    _add(commands, "quiz", what, RebuildQuiz(), DescribeQuizRebuild())
    what += ", and what the others are called"
    _add(commands, "notification", what, RebuildNotification(), DescribeNotificationRebuild())


def _add(
    commands: Commands, name: str, what: str, start: StartRebuild, describe: DescribeRebuild
) -> None:
    """Add the noun of a service that asks others for what it knows of them."""

    async def rebuild(console: Console, given: argparse.Namespace) -> None:
        begun = await console.access.ask(start, within=WITHIN)
        await _follow(console, given, begun, look)

    async def look(console: Console) -> RebuildState:
        return await console.access.ask(describe)

    noun = commands.noun(name, f"hear again what {name} knows of others")
    _waiting(noun.verb("rebuild", what, rebuild))
    noun.verb("status", "tell how the last rebuild goes", _tell(look))


def _waiting(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--no-wait", action="store_true", help="begin it, and do not wait for its end"
    )


async def _rebuild_search(console: Console, given: argparse.Namespace) -> None:
    asked = RebuildSearch(without_failed=given.without_failed)

    async def begin(console: Console) -> RebuildState:
        return await console.access.ask(asked, within=WITHIN)

    begun = await _patiently(console, begin)
    await _follow(console, given, begun, _search)


async def _search(console: Console) -> RebuildState:
    return await console.access.ask(DescribeSearchRebuild())


def _tell(look: Look) -> Callable[[Console, argparse.Namespace], Awaitable[None]]:
    async def tell(console: Console, _: argparse.Namespace) -> None:
        state = await look(console)
        console.show(state.model_dump(mode="json"), _sentence(state))

    return tell


async def _follow(
    console: Console, given: argparse.Namespace, state: RebuildState, look: Look
) -> None:
    """Tell how it goes whenever there is news, until it is done or goes no further."""
    told = ""
    while not given.no_wait and not state.done and not _is_stuck(state):
        if not console.as_json and (now := _sentence(state)) != told:
            console.tell(now)
            told = now
        await asyncio.sleep(LOOK)
        state = await _patiently(console, look)
    console.show(state.model_dump(mode="json"), _sentence(state))


async def _patiently(console: Console, look: Look) -> RebuildState:
    """Look again while the service is away: a rebuild outlives its process."""
    last = asyncio.get_running_loop().time() + WITHIN
    while True:
        try:
            return await look(console)
        except Away:
            if asyncio.get_running_loop().time() > last:
                raise
            await asyncio.sleep(LOOK)


def _is_stuck(state: RebuildState) -> bool:
    known = state.expected is not None and state.handled + state.failed >= state.expected
    return known and state.failed > 0


def _sentence(state: RebuildState) -> str:
    if state.generation == 0:
        return "There was no rebuild yet."
    name = f"Rebuild {state.generation}"
    if state.done:
        return f"{name} is done: {state.handled} taken in."
    of = "" if state.expected is None else f" of {state.expected}"
    failed = f", {state.failed} failed (see `mesh dead-letters list`)" if state.failed else ""
    return f"{name}: {state.handled}{of} taken in{failed}."
