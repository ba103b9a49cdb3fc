"""Finds out whether words in pictures can be recognised here, and in which languages."""

import asyncio
import shutil
from dataclasses import dataclass
from typing import Final

import structlog

_PROGRAM: Final = "tesseract"
_PATIENCE: Final = 20.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Recognition:
    """The program that is installed, the languages it is to know, and how long a page may take."""

    program: str
    languages: str
    seconds: float


async def find_recognition(languages: str, seconds: float) -> Recognition | None:
    """Look whether tesseract is installed and knows any of the languages that are wanted."""
    program = shutil.which(_PROGRAM)
    wanted = [language for language in languages.split("+") if language]
    if not wanted:
        return None
    if program is None:
        log.info("no recognition", reason=f"{_PROGRAM} is not installed", see="docs/operate.md")
        return None
    installed = await _languages(program)
    known = [language for language in wanted if language in installed]
    if known != wanted:
        missing = "+".join(language for language in wanted if language not in installed)
        log.warning("languages are not installed", missing=missing, installed=sorted(installed))
    return Recognition(program, "+".join(known), seconds) if known else None


async def _languages(program: str) -> set[str]:
    process = await asyncio.create_subprocess_exec(
        program,
        "--list-langs",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), _PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()
        return set()
    return {line.strip() for line in said.decode("utf-8", "replace").splitlines()[1:]}
