"""How far a word may be from the one that was meant."""

from typing import Final

_ONE_FROM: Final = 4
_TWO_FROM: Final = 8


def tolerance(word: str) -> int:
    """Count the slips that a word is forgiven: short ones none, and none where digits count."""
    if len(word) < _ONE_FROM or not word.isalpha():
        return 0
    return 1 if len(word) < _TWO_FROM else 2


def slips(one: str, other: str, most: int) -> int | None:
    """Count letters added, left out, mistaken or swapped with their neighbour; None above `most`.

    The optimal string alignment distance: Damerau and Levenshtein's, no letter touched twice.
    """
    # Most words are far off, and are known to be so by their lengths or their letters.
    if abs(len(one) - len(other)) > most or len(set(one).difference(other)) > most:
        return None
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        here = [row]
        for column, opposite in enumerate(other, 1):
            cost = min(
                last[column] + 1,
                here[column - 1] + 1,
                last[column - 1] + (letter != opposite),
            )
            if row > 1 and column > 1 and one[row - 2 : row] == other[column - 2 : column][::-1]:
                cost = min(cost, before[column - 2] + 1)
            here.append(cost)
        if min(here) > most:
            return None
        before, last = last, here
    return last[-1] if last[-1] <= most else None
