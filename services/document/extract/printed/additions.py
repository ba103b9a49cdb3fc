"""Reads what was added to a printed page: values in the fields of a form, and notes put onto it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import Array, c_ushort
from dataclasses import dataclass
from functools import partial
from typing import Final

import pypdfium2 as pdfium
from pypdfium2 import raw

from services.document.extract.characters import clean, one_line

_MOST: Final = 2_000
"""Additions of a page that are looked at; links, which are none, are not counted."""
_LONGEST: Final = 100_000
"""UTF-16 units of one addition; what is longer is no answer to any form."""
_OPTIONS: Final = 1_000
_UNSEEN: Final = raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW
_NOTES: Final = frozenset({raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_TEXT})
_WRITTEN: Final = frozenset(
    {raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX}
)
_TICKED: Final = frozenset({raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON})
_TICK: Final = "\u2612"

Say = Callable[["Array[c_ushort] | None", int], int]
"""How pdfium tells a text: how many bytes it has, written where there is room."""


@dataclass(frozen=True, slots=True)
class Addition:
    """Lines that somebody added, and the box that they were given on the page."""

    lines: tuple[str, ...]
    box: raw.FS_RECTF
    note: bool
    """Whether it stands for itself; a value belongs to what is printed beside it."""


@contextmanager
def form_of(document: pdfium.PdfDocument) -> Iterator[raw.FPDF_FORMHANDLE]:
    """Open a document's form, but draw nothing of it: what nobody has drawn yet costs time."""
    if document.get_formtype() == raw.FORMTYPE_NONE:
        yield raw.FPDF_FORMHANDLE()
        return
    kept = raw.FPDF_FORMFILLINFO(version=2)  # for as long as pdfium may look at it
    form = raw.FPDFDOC_InitFormFillEnvironment(document, kept)
    try:
        yield form
    finally:
        raw.FPDFDOC_ExitFormFillEnvironment(form)


def additions(page: pdfium.PdfPage, form: raw.FPDF_FORMHANDLE) -> Iterator[Addition]:
    """Read what was added to a page, as far as it is seen."""
    found = 0
    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        added = raw.FPDFPage_GetAnnot(page, index)
        if not added:
            continue
        try:
            kind = raw.FPDFAnnot_GetSubtype(added)
            if kind not in _NOTES and kind != raw.FPDF_ANNOT_WIDGET:
                continue
            found += 1
            if found > _MOST:
                return
            addition = _addition(added, form, note=kind in _NOTES)
        finally:
            raw.FPDFPage_CloseAnnot(added)
        if addition is not None:
            yield addition


def _addition(
    added: raw.FPDF_ANNOTATION, form: raw.FPDF_FORMHANDLE, *, note: bool
) -> Addition | None:
    box = raw.FS_RECTF()
    if raw.FPDFAnnot_GetFlags(added) & _UNSEEN or not raw.FPDFAnnot_GetRect(added, box):
        return None
    words = _entry(added, b"Contents") if note else _value(added, form)
    lines = (one_line(line) for line in clean(words).split("\n"))
    told = tuple(line for line in lines if line)
    return Addition(told, box, note) if told else None


def _entry(added: raw.FPDF_ANNOTATION, key: bytes) -> str:
    return _said(lambda room, size: raw.FPDFAnnot_GetStringValue(added, key, room, size))


def _value(added: raw.FPDF_ANNOTATION, form: raw.FPDF_FORMHANDLE) -> str:
    """Read what a field was filled with: words, or a tick; never a password."""
    if not form:
        return ""
    kind = raw.FPDFAnnot_GetFormFieldType(form, added)
    if kind in _TICKED:
        return "" if _entry(added, b"AS") in {"", "Off"} else _TICK
    flags = raw.FPDFAnnot_GetFormFieldFlags(form, added)
    if kind not in _WRITTEN or flags & raw.FPDF_FORMFLAG_TEXT_PASSWORD:
        return ""
    chosen = "\n".join(_chosen(added, form)) if kind != raw.FPDF_FORMFIELD_TEXTFIELD else ""
    return chosen or _said(
        lambda room, size: raw.FPDFAnnot_GetFormFieldValue(form, added, room, size)
    )


def _chosen(added: raw.FPDF_ANNOTATION, form: raw.FPDF_FORMHANDLE) -> Iterator[str]:
    """Read what was chosen of a list as it is shown there; its value is some program's name."""
    for place in range(min(raw.FPDFAnnot_GetOptionCount(form, added), _OPTIONS)):
        if raw.FPDFAnnot_IsOptionSelected(form, added, place):
            yield _said(partial(raw.FPDFAnnot_GetOptionLabel, form, added, place))


def _said(say: Say) -> str:
    size = min(say(None, 0), 2 * _LONGEST)
    room = (c_ushort * (size // 2))()
    if say(room, size) > size:
        return ""
    return bytes(room).decode("utf-16-le", "replace").rstrip("\0")
