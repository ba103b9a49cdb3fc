"""How much of a long text is read for questions: the paragraphs that promise most."""

import re
from typing import Final

from services.quiz.generate.blocks import Block, prose
from services.quiz.generate.text import DocumentText

LEAST: Final = 60_000
FOR_EACH_QUESTION: Final = 4_000
MOST: Final = 240_000

_PROMISING: Final = re.compile(
    r"\b(?:is|are|was|were) (?:called|known|named|termed|an?|the|defined|referred)\b"
    r"|\b(?:means|refers to|denotes|consists of|defines|stands for)\b|\b(?:1[5-9]|20)\d\d\b"
)


def affordable(text: DocumentText, questions: int) -> list[Block]:
    """Take all prose, or of more than we can read the most promising paragraphs, in order."""
    blocks = list(prose(text))
    ranked = sorted(blocks, key=lambda block: (-_promise(block), block.start))
    taken: set[int] = set()
    left = min(MOST, LEAST + FOR_EACH_QUESTION * questions)
    for block in ranked:
        if len(block.words) <= left:
            taken.add(block.start)
            left -= len(block.words)
    return [block for block in blocks if block.start in taken]


def _promise(block: Block) -> float:
    return len(_PROMISING.findall(block.words)) / (1 + len(block.words) / 400)
