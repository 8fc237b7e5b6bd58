"""Which resources name another one, found without comparing each with each."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from iacreview.model.graph import Resource
from iacreview.model.value import Known, Unknown, Value


class Links:
    """Resources by what one value of each refers to, or by its text where that is all there is."""

    def __init__(self) -> None:
        self._found: dict[Hashable, dict[str, Resource]] = {}
        self._order: dict[str, int] = {}

    def add(self, owner: Resource, value: Value | None, targets: Iterable[Resource]) -> None:
        """Notes a value of `owner` and the resources that it refers to."""
        self._order[owner.address] = len(self._order)
        for target in targets:
            self._found.setdefault(("resource", target.address), {})[owner.address] = owner
        key = _text(value)
        if key is not None:
            self._found.setdefault(key, {})[owner.address] = owner

    def to(self, resource: Resource, names: Iterable[Value | None]) -> list[Resource]:
        """Those that refer to `resource` or say one of its names, in the order in which they were added."""
        found = dict(self._found.get(("resource", resource.address), {}))
        for key in self._texts(names):
            found.update(self._found.get(key, {}))
        return sorted(found.values(), key=lambda owner: self._order[owner.address])

    def saying(self, value: Value | None) -> list[Resource]:
        """Those whose value says the same as `value`, in the order in which they were added."""
        found = self._found.get(_text(value) or (), {})
        return sorted(found.values(), key=lambda owner: self._order[owner.address])

    def _texts(self, names: Iterable[Value | None]) -> Iterator[Hashable]:
        for name in names:
            key = _text(name)
            if key is not None:
                yield key


def _text(value: Value | None) -> Hashable | None:
    """What two values have in common that are the same text, as far as one can tell."""
    if isinstance(value, Known) and value.data is not None:
        return ("text", value.data)
    if isinstance(value, Unknown) and value.references:
        return ("references", frozenset(value.references))
    return None
