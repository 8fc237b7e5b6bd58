"""Which resources name another one, found without comparing each with each."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from iacreview.model.graph import Resource
from iacreview.model.value import Known, Text, Unknown, Value


class Links:
    """Resources by what one value of each refers to, or by its text where that is all there is."""

    def __init__(self) -> None:
        self._found: dict[Hashable, dict[str, Resource]] = {}
        self._order: dict[str, int] = {}

    def add(self, owner: Resource, value: Value | None, targets: Iterable[Resource], named: str = "") -> None:
        """Notes a value of `owner`, the resources that it refers to, and the one that it names and nothing else."""
        self._order[owner.address] = len(self._order)
        for target in targets:
            self._found.setdefault(("resource", target.address), {})[owner.address] = owner
        for key in _keys(value, named):
            self._found.setdefault(key, {})[owner.address] = owner

    def to(self, resource: Resource, names: Iterable[tuple[Value | None, str]]) -> list[Resource]:
        """Those that refer to `resource`, say one of its names, or name the same other resource; in their order.

        `names` are values, each with the address of the resource that it names, if it does nothing else.
        """
        found = dict(self._found.get(("resource", resource.address), {}))
        for value, named in names:
            found.update(self._saying(value, named))
        return self._sorted(found)

    def saying(self, value: Value | None, named: str) -> list[Resource]:
        """Those whose value says the same as `value`, in their order."""
        return self._sorted(self._saying(value, named))

    def _saying(self, value: Value | None, named: str) -> dict[str, Resource]:
        found: dict[str, Resource] = {}
        for key in _keys(value, named):
            found.update(self._found.get(key, {}))
        return found

    def _sorted(self, found: dict[str, Resource]) -> list[Resource]:
        return sorted(found.values(), key=lambda owner: self._order[owner.address])


def said(value: Value | None) -> str:
    """What a value says, each reference in it a symbol that equals itself alone; empty where nobody can tell."""
    if isinstance(value, Text):
        parts = list(map(_said, value.parts))
        return "".join(parts) if all(parts) else ""
    return str(value.data) if isinstance(value, Known) and value.data is not None else ""


def _said(part: Value) -> str:
    if isinstance(part, Unknown):
        return f"${{{', '.join(sorted(map(str, part.references)))}}}" if part.references else ""
    return said(part)


def _keys(value: Value | None, named: str) -> Iterator[Hashable]:
    """What two values have in common that are the same text, as far as one can tell."""
    if isinstance(value, Known) and value.data is not None:
        yield ("text", value.data)
    if isinstance(value, Unknown) and value.references:
        yield ("references", frozenset(value.references))
    if isinstance(value, Text) and (text := said(value)):
        yield ("parts", text)
    if named:
        # Whatever the attribute, it names the resource: `id` and `bucket` of a bucket.
        yield ("named", named)
