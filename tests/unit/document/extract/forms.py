"""Printed pages with fields that were filled in and notes that were put onto them."""

from pathlib import Path

import pypdf
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

Box = tuple[float, float, float, float]


class Form:
    """A PDF that people write onto."""

    def __init__(self, plain: Path) -> None:
        self._writer = pypdf.PdfWriter(clone_from=plain)
        self._fields = ArrayObject()

    def text(self, value: str, box: Box, *, flags: int = 0, hidden: bool = False) -> "Form":
        """Fill in a field; its words stand only in its value, for nobody has drawn it yet."""
        return self._field("Tx", TextStringObject(value), box, Ff=flags, F=2 if hidden else 4)

    def choice(self, value: str, options: dict[str, str], box: Box) -> "Form":
        """Choose one of a list by its value, of which each is shown by another name."""
        shown = ArrayObject(
            ArrayObject(map(TextStringObject, option)) for option in options.items()
        )
        return self._field("Ch", TextStringObject(value), box, Opt=shown, Ff=1 << 17)

    def tick(self, box: Box, *, on: bool) -> "Form":
        """Tick a box, or leave it."""
        state = NameObject("/Yes" if on else "/Off")
        drawn = DictionaryObject({NameObject("/Yes"): DictionaryObject()})
        return self._field("Btn", state, box, AS=state, AP=DictionaryObject({_N: drawn}))

    def inherited(self, value: str, box: Box, *, looped: bool = False) -> "Form":
        """Fill in a field whose value stands in its parent, which may be its own parent."""
        parent = DictionaryObject({_V: TextStringObject(value), _FT: NameObject("/Tx")})
        parent[NameObject("/T")] = TextStringObject("parent")
        held = self._writer._add_object(parent)  # pypdf has no other door
        if looped:
            parent[NameObject("/Parent")] = held
        kid = self._annotation("Widget", box, Parent=held)
        parent[NameObject("/Kids")] = ArrayObject([kid])
        self._fields.append(held)
        return self

    def note(self, words: str, box: Box, kind: str = "FreeText") -> "Form":
        """Put a note onto the page."""
        self._annotation(kind, box, Contents=TextStringObject(words))
        return self

    def save(self, path: Path) -> Path:
        """Finish the file."""
        self._writer.root_object[NameObject("/AcroForm")] = DictionaryObject(
            {NameObject("/Fields"): self._fields, NameObject("/NeedAppearances"): _TRUE}
        )
        self._writer.write(path)
        return path

    def _field(self, kind: str, value: object, box: Box, **more: object) -> "Form":
        name = TextStringObject(f"field {len(self._fields)}")
        field = self._annotation("Widget", box, FT=NameObject(f"/{kind}"), V=value, T=name, **more)
        self._fields.append(field)
        return self

    def _annotation(self, kind: str, box: Box, **more: object) -> object:
        page = self._writer.pages[0]
        told = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Annot"),
                NameObject("/Subtype"): NameObject(f"/{kind}"),
                NameObject("/Rect"): ArrayObject(map(FloatObject, box)),
            }
        )
        for key, value in more.items():
            told[NameObject(f"/{key}")] = NumberObject(value) if isinstance(value, int) else value
        held = self._writer._add_object(told)  # pypdf has no other door
        page.setdefault(NameObject("/Annots"), ArrayObject()).append(held)
        return held


_N, _V, _FT = NameObject("/N"), NameObject("/V"), NameObject("/FT")
_TRUE = BooleanObject(True)
