"""A tree in memory, and values as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from iacreview.errors import MissingError
from iacreview.evaluate.terraform.root import evaluate_root
from iacreview.model.graph import Resource, Unit
from iacreview.model.guard import spoken
from iacreview.model.value import Choice, Encoded, Known, ListValue, MapValue, Text, Unknown, Value
from iacreview.tree import normal_path


class MemoryTree:
    """Files by path."""

    problems = ()

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = dict(files)

    def read(self, path: str) -> str:
        try:
            return self._files[normal_path(path)]
        except KeyError:
            raise MissingError(path, "is missing") from None

    def files(self, directory: str = "", most: int | None = None) -> Iterator[str]:
        prefix = f"{directory}/" if directory else ""
        yield from sorted(path for path in self._files if path.startswith(prefix))

    def listing(self, directory: str) -> list[str]:
        prefix = f"{directory}/" if directory else ""
        names = [path[len(prefix) :] for path in self._files if path.startswith(prefix)]
        return sorted(name for name in names if "/" not in name)

    def exists(self, path: str) -> bool:
        return normal_path(path) in self._files

    def expect(self, paths: Sequence[str]) -> None:
        """Everything is there already."""


def unit_of(files: Mapping[str, str] | str, directory: str = "") -> Unit:
    """The unit of a directory; a string is main.tf."""
    tree = MemoryTree({"main.tf": files} if isinstance(files, str) else files)
    return evaluate_root(tree, directory)


def resources_of(files: Mapping[str, str] | str, directory: str = "") -> dict[str, Resource]:
    """Managed and data resources by address."""
    found = unit_of(files, directory).resources
    return {resource.address: resource for resource in found if resource.mode in ("managed", "data")}


def value_of(text: str, prelude: str = "", files: Mapping[str, str] | None = None) -> Value:
    """An expression's value, as an attribute of a resource."""
    source = f'resource "t" "t" {{\n  v = {text}\n}}\n{prelude}\n'
    return resources_of({"main.tf": source, **(files or {})})["t.t"].attributes.entries["v"]


def shown(value: Value) -> object:
    """A value as plain data: unknowns as `?`, incomplete collections with a trailing `...`."""
    if isinstance(value, Known):
        return value.data
    if isinstance(value, ListValue):
        return [shown(item) for item in value.items] + ([] if value.complete else ["..."])
    if isinstance(value, MapValue):
        entries: dict[str, object] = {key: shown(item) for key, item in value.entries.items()}
        return entries if value.complete else {**entries, "...": "..."}
    if isinstance(value, Text):
        return "".join(str(shown(part)) if isinstance(part, Known) else "{?}" for part in value.parts)
    if isinstance(value, Encoded):
        return {"json": shown(value.structure)}
    if isinstance(value, Choice):
        return {spoken(when): shown(branch) for when, branch in value.branches}
    assert isinstance(value, Unknown)
    return "?"
