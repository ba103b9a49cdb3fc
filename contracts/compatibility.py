"""Whether a schema may replace another under the same version: only optional additions may."""

from collections.abc import Iterator

from pydantic import JsonValue

from contracts.schema import Schema

_NARROWING = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_WIDENING = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_GROWN = " has new codes, "
_FIXED = ("type", "format", "const", "pattern")


def breaks(old: Schema, new: Schema, *, codes_may_grow: bool = False) -> list[str]:
    """Name every change that a reader or a writer of `old` would notice; none means compatible.

    Codes may grow where both sides are deployed together; what a stream keeps is read by anybody.
    """
    found = set(_Comparison(old, new).object("", old, new))
    return sorted(change for change in found if not (codes_may_grow and _GROWN in change))


class _Comparison:
    """Walks two schemas side by side, following references."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old = old
        self._new = new
        self._seen: set[tuple[str, str]] = set()

    def object(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        """Compare two objects field by field."""
        before, after = _mapping(old.get("properties")), _mapping(new.get("properties"))
        for field in before.keys() - after.keys():
            yield f"{where}/{field} was removed"
        for field in sorted(_names(new.get("required")) - _names(old.get("required"))):
            change = "became required" if field in before else "was added as required"
            yield f"{where}/{field} {change}"
        for field in sorted(_names(old.get("required")) - _names(new.get("required"))):
            if field in after:
                yield f"{where}/{field} became optional; old readers need it"
        for field in before.keys() & after.keys():
            yield from self.value(f"{where}/{field}", before[field], after[field])

    def value(self, where: str, old: JsonValue, new: JsonValue) -> Iterator[str]:
        """Compare what may stand in one place."""
        names = (_reference(old), _reference(new))
        if all(names):
            if names in self._seen:
                return
            self._seen.add(names)
        before, after = _follow(old, self._old), _follow(new, self._new)
        for keyword in _FIXED:
            if before.get(keyword) != after.get(keyword):
                yield f"{where} changed its {keyword}"
        yield from _limits(where, before, after)
        yield from self.object(where, before, after)
        for keyword in ("items", "additionalProperties"):
            if isinstance(before.get(keyword), dict) and isinstance(after.get(keyword), dict):
                yield from self.value(f"{where}/*", before[keyword], after[keyword])
        yield from self._choices(where, before, after)

    def _choices(self, where: str, before: Schema, after: Schema) -> Iterator[str]:
        old, new = before.get("anyOf"), after.get("anyOf")
        if not isinstance(old, list) or not isinstance(new, list):
            if old != new:
                yield f"{where} changed what may stand there"
            return
        if len(old) != len(new):
            yield f"{where} changed what may stand there"
        for one, other in zip(old, new, strict=False):
            yield from self.value(where, one, other)


def _limits(where: str, before: Schema, after: Schema) -> Iterator[str]:
    for keyword in _NARROWING:
        if _number(after.get(keyword), float("-inf")) > _number(before.get(keyword), float("-inf")):
            yield f"{where} raised its {keyword}"
    for keyword in _WIDENING:
        if _number(after.get(keyword), float("inf")) < _number(before.get(keyword), float("inf")):
            yield f"{where} lowered its {keyword}"
    gone = _names(before.get("enum")) - _names(after.get("enum"))
    if gone:
        yield f"{where} no longer knows {', '.join(sorted(gone))}"
    grown = _names(after.get("enum")) - _names(before.get("enum"))
    if grown:
        yield f"{where}{_GROWN}{', '.join(sorted(grown))}"
    if ("enum" in after) != ("enum" in before):
        yield f"{where} changed its enum"


def _follow(value: JsonValue, root: Schema) -> Schema:
    schema = _mapping(value)
    name = _reference(value)
    if not name:
        return schema
    return _mapping(_mapping(root.get("$defs")).get(name.removeprefix("#/$defs/")))


def _reference(value: JsonValue) -> str:
    return str(_mapping(value).get("$ref", ""))


def _mapping(value: JsonValue) -> Schema:
    return value if isinstance(value, dict) else {}


def _names(value: JsonValue) -> set[str]:
    return {str(name) for name in value} if isinstance(value, list) else set()


def _number(value: JsonValue, default: float) -> float:
    return float(value) if isinstance(value, int | float) else default
