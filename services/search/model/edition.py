"""Editions: each is a text index and vectors of one model. One is served, the next grows beside."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self
from uuid import UUID


class Stage(StrEnum):
    """Where an edition is in its life."""

    BUILDING = "building"
    SERVED = "served"
    RETIRED = "retired"
    """Another is served; somebody may still read it, so that it is kept true a while."""
    DROPPED = "dropped"
    """Nobody reads or writes it any more."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One pair of indexes. Vectors of two models are never in one edition."""

    generation: int
    """The rebuild that made it; 0 is the first, which grows with the news."""
    stage: Stage
    text_index: UUID
    """The text index made for it; another one in its place has lost what this one held."""
    model: str = ""
    """The model of its vectors; none before there is a vector."""
    dimensions: int = 0
    vector_index: UUID | None = None
    """The vectors made for it, by name, too; none before there are some."""
    outgrown: bool = False
    """Whether there are documents embedded by another model, so that the next one is due."""
    retired_for: float = 0.0
    """Seconds since another took its place."""

    @property
    def is_live(self) -> bool:
        """Whether it is to be kept true to what becomes of documents."""
        return self.stage is not Stage.DROPPED

    def of_model(self, model: str, dimensions: int) -> Self:
        """Take the first vectors; their model is the edition's from now on."""
        return replace(self, model=self.model or model, dimensions=self.dimensions or dimensions)

    def served(self) -> Self:
        """Let people search it."""
        return replace(self, stage=Stage.SERVED)

    def retired(self) -> Self:
        """Let nobody begin a search in it."""
        return replace(self, stage=Stage.RETIRED)

    def dropped(self) -> Self:
        """Let nobody write to it."""
        return replace(self, stage=Stage.DROPPED)
