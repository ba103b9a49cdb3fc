"""Documents, passages and questions that search's tests speak of."""

from collections.abc import Sequence
from uuid import UUID, uuid4, uuid5

import numpy as np

from services.search.model.passage import About, Description, Embedded, Passage, Vector
from services.search.model.question import Question

MODEL = "minilm-test"
ANNA = UUID("01890000-0000-7000-8000-00000000000a")
BERT = UUID("01890000-0000-7000-8000-00000000000b")


def about(
    owner: UUID = ANNA,
    *,
    document: UUID | None = None,
    version: int = 1,
    title: str = "Cells",
    tags: Sequence[str] = (),
    collection: UUID | None = None,
) -> About:
    return About(
        document_id=document or uuid4(),
        owner_id=owner,
        version=version,
        text_version=f"text-{version}",
        description=Description(title, tuple(tags), collection),
    )


def passages(about: About, *texts: str) -> list[Passage]:
    return [
        Passage(
            id=uuid5(about.document_id, f"{about.text_version}/{ordinal}"),
            ordinal=ordinal,
            page=ordinal + 1,
            heading=None,
            start=ordinal * 1000,
            end=ordinal * 1000 + len(text),
            text=text,
        )
        for ordinal, text in enumerate(texts)
    ]


def vector(*values: float, model: str = MODEL) -> Vector:
    """A unit vector from its first values; the others are nothing."""
    whole = np.zeros(384, "<f4")
    whole[: len(values)] = values
    return Vector(model, (whole / np.linalg.norm(whole)).astype("<f4").tobytes())


def embedded(about: About, *vectors: Vector, texts: Sequence[str] = ()) -> list[Embedded]:
    texts = texts or [f"passage {number}" for number in range(len(vectors))]
    return [
        Embedded(passage, one.data)
        for passage, one in zip(passages(about, *texts), vectors, strict=True)
    ]


def asked(typed: str) -> Question:
    return Question.parse(typed)
