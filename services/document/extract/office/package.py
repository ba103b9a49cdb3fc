"""An Office file as its makers meant it: parts, and which part leads to which."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Final

from lxml import etree

from services.document.extract.outcome import Limits
from services.document.extract.packed import Archive, unpacked
from services.document.model.facts import Unreadable

_ENCRYPTED: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""A protected document is kept in an OLE container, not in a zip."""
_CONTENT_TYPES: Final = "[Content_Types].xml"
_EXTERNAL: Final = "External"


@dataclass(frozen=True, slots=True)
class Relation:
    """One part leads to another; kinds are the last words of long names, as `slide`."""

    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class Package:
    """An open Office file."""

    archive: Archive
    main: str
    """The part where reading begins."""

    def xml(self, part: str) -> etree._Element:
        """Parse a part."""
        return self.archive.xml(part)

    def relations(self, part: str) -> dict[str, Relation]:
        """Tell where a part leads to, by the ids it uses."""
        return _relations(self.archive, part)

    def related(self, part: str, kind: str) -> str | None:
        """Find the first part of a kind that a part leads to."""
        relations = self.relations(part).values()
        return next((one.target for one in relations if one.kind == kind), None)


@contextmanager
def open_package(path: Path, limits: Limits, what: str) -> Iterator[Package]:
    """Open an Office file and find where it begins."""
    with path.open("rb") as file:
        if file.read(8) == _ENCRYPTED:
            raise Unreadable(
                "encrypted", "it is protected with a password, or of an old kind of Office"
            )
    with unpacked(path, limits, what) as archive:
        if _CONTENT_TYPES not in archive:
            raise Unreadable("unsupported-type", f"it is an archive, but not a {what}")
        beginnings = _relations(archive, "").values()
        main = next((one.target for one in beginnings if one.kind == "officeDocument"), None)
        if main is None or main not in archive:
            raise Unreadable("corrupt", "it does not say where it begins")
        yield Package(archive, main)


def _relations(archive: Archive, part: str) -> dict[str, Relation]:
    folder = PurePosixPath(part).parent
    name = str(folder / "_rels" / f"{PurePosixPath(part).name}.rels")
    if name not in archive:
        return {}
    found = {}
    for relation in archive.xml(name):
        target = relation.get("Target", "")
        if relation.get("TargetMode") != _EXTERNAL and target:
            path = target.lstrip("/") if target.startswith("/") else normpath(folder / target)
            kind = relation.get("Type", "").rpartition("/")[2]
            found[relation.get("Id", "")] = Relation(kind, path)
    return found


def name_of(tag: object) -> str:
    """Tell a tag without its namespace; strict and transitional files differ only there."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def value_of(element: etree._Element, name: str) -> str:
    """Read an attribute, whatever its namespace."""
    return next((str(v) for key, v in element.attrib.items() if name_of(key) == name), "")


def link_of(element: etree._Element) -> str:
    """Read the id of the relation that an element follows."""
    return next((str(v) for key, v in element.attrib.items() if key.endswith("}id")), "")


def child_of(element: etree._Element | None, *path: str) -> etree._Element | None:
    """Find what stands at a path of names below an element."""
    for name in path:
        if element is None:
            return None
        element = next((child for child in element if name_of(child.tag) == name), None)
    return element
