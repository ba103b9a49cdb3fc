"""What a generator makes: a question before it belongs to a quiz."""

from dataclasses import dataclass
from uuid import UUID, uuid5

from services.quiz.model.question import Difficulty, Option, Question, Source, Span, Type


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a generator is asked for: how many, of which types, which of equals, how hard."""

    count: int
    types: tuple[Type, ...]
    seed: str
    difficulty: Difficulty = Difficulty.MEDIUM


@dataclass(frozen=True, slots=True)
class Draft:
    """A question with its place in a text; `key` is the right option's number, or -1 for a gap."""

    type: Type
    stem: str
    options: tuple[str, ...]
    key: int
    answer: str
    accepted: tuple[str, ...]
    page: int
    quoted: Span
    quote: str
    fact: Span

    def question(self, quiz_id: UUID, document_id: UUID, text_version: str) -> Question:
        """Belong to a quiz, under an id that making it again would find again."""
        name = f"{document_id}/{self.type}/{self.fact.start}-{self.fact.end}"
        options = tuple(
            Option("abcdefgh"[number], text) for number, text in enumerate(self.options)
        )
        return Question(
            id=uuid5(quiz_id, name),
            type=self.type,
            stem=self.stem,
            options=options,
            answer=options[self.key].id if options else self.answer,
            accepted=self.accepted,
            source=Source(document_id, text_version, self.page, self.quoted, self.quote, self.fact),
        )


@dataclass(frozen=True, slots=True)
class Made:
    """The questions of one document, best first, and why there are not more."""

    drafts: tuple[Draft, ...] = ()
    note: str = ""
