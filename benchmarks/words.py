"""Sentences by the thousand, the same for the same seed, so that runs can be compared."""

from random import Random
from typing import Final


def _each(text: str, between: str | None = None) -> tuple[str, ...]:
    return tuple(text.split(between))


_THINGS: Final = _each(
    "membrane enzyme glacier orbit parliament treaty lens prism magnet circuit protein ribosome"
    " current harbour colony festival catalyst solvent crystal fossil canopy estuary plankton"
    " satellite nebula comet galaxy compiler register network protocol archive ledger merchant"
    " monastery cathedral sonata rhythm theorem integral matrix polygon equation neuron synapse"
    " hormone antibody vaccine bacterium spore pigment chloroplast mineral volcano sediment"
    " aquifer monsoon turbine piston furnace alloy polymer battery antenna telescope microscope"
    " dialect grammar metaphor manuscript dynasty province railway canal bridge market currency"
)
_QUALITIES: Final = _each(
    "ancient transparent unstable coastal nocturnal electric dense hollow parallel seasonal"
    " tropical medieval industrial soluble elastic magnetic invisible cultivated abundant rare"
    " fragile acidic luminous rural formal numerical vertical modern primitive dominant"
)
_DEEDS: Final = _each(
    "absorbs reflects divides produces regulates resists carries dissolves measures records"
    " connects replaces precedes supports releases transforms attracts limits protects"
    " describes stores governs balances surrounds accelerates repairs interprets"
)
_WHERES: Final = _each(
    "in cold water,at high pressure,during the dry season,near the equator,after the reform,"
    "under constant load,within a few hours,at low temperature,over many generations,"
    "along the northern coast,in the presence of light,before the second war",
    ",",
)


def sentence(by: Random) -> str:
    """Say something about something."""
    first, second, third = by.sample(_THINGS, 3)
    start = f"The {by.choice(_QUALITIES)} {first} {by.choice(_DEEDS)} the {second}"
    middle = by.choice(("", f" and the {by.choice(_QUALITIES)} {third}", f" of the {third}"))
    end = by.choice(
        ("", f" {by.choice(_WHERES)}", f", about {by.randrange(2, 9_000)} times a year")
    )
    return f"{start}{middle}{end}."


def paragraph(by: Random, sentences: int) -> str:
    """Go on for a while."""
    return " ".join(sentence(by) for _ in range(sentences))


def heading(by: Random) -> str:
    """Name a section."""
    return f"{by.choice(_QUALITIES).capitalize()} {by.choice(_THINGS)} and {by.choice(_THINGS)}"
