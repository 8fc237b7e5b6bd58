"""The catalog and the rules as they ship: compiled, so that starting costs nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from iacreview.catalog.catalog import Catalog
from iacreview.engine.rule import Rule, rule_from, rule_of
from iacreview.regular import Foreign
from iacreview.tree import Tree

if TYPE_CHECKING:
    from iacreview.engine.rulefiles import File

# How the names of files with rules and kinds end.
RULE_FILES = (".yaml", ".yml")
COMPILED = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "compiled")


class _Specs(Mapping[str, Mapping[str, Any]]):
    """The kinds of lines `"name":{...}`, each read when it is asked for."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._texts = {name[1:]: text for name, text in (line.split('":', 1) for line in lines)}

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads(self._texts[name])
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def _text(name: str) -> str:
    with open(os.path.join(COMPILED, name), encoding="utf-8") as stream:
        return stream.read()


def _entries(name: str) -> list[str]:
    """The entries of a list, or of an object, that stand on a line each."""
    return _text(name)[2:-3].split(",\n")


def load_catalog() -> Catalog:
    """The catalog that ships with the package."""
    types, *kinds = _entries("catalog.json")
    return Catalog(_Specs(kinds), json.loads(types.partition(":")[2]))


def load_rules() -> list[Rule]:
    """The rules that ship with the package, by code."""
    lines = iter(_entries("rules.json"))
    heads = map(json.loads, lines)
    return [rule_of(head, [next(lines) for _ in range(head["rows"])]) for head in heads]


def load_own_rules(tree: Tree, paths: Sequence[str], catalog: Catalog, known: Sequence[Rule]) -> list[Rule]:
    """Users' own rules, from files or directories of the tree. Raises RuleError, also for a code already taken."""
    from iacreview.engine.rulefiles import rule_specs

    files = own_files(tree, paths)
    taken = {key for rule in known for key in (rule.code, rule.name)}
    specs = rule_specs(files, catalog, [rule.code for rule in known])
    for file in files:
        for key in (file.data["id"], file.data["name"]):
            if key in taken:
                raise file.error([], f"{key} is already one of iacreview's own rules")
    return [rule_from({**spec, "rows": _linear(spec["rows"])})._replace(own=True) for spec in specs]


def load_own_catalog(tree: Tree, paths: Sequence[str], catalog: Catalog) -> Catalog:
    """The catalog with users' own kinds, from files or directories of the tree. Raises RuleError."""
    from iacreview.engine.rulefiles import catalog_spec

    files = own_files(tree, paths)
    specs = catalog_spec(files)
    for file in files:
        for name, spec in file.data["kinds"].items():
            if name in catalog:
                raise file.error(["kinds", name], f"{name} is already one of iacreview's own kinds")
            for types in spec["types"].values():
                for type in [types] if isinstance(types, str) else types:
                    if (kind := catalog.exact_kind_of(type)) is not None:
                        raise file.error(["kinds", name, "types"], f"{type} is already {kind}")
    return catalog.extended(specs)


def own_files(tree: Tree, paths: Sequence[str]) -> list[File]:
    """Users' own files with data, and those of directories. Raises RuleError for one that is not well formed."""
    from iacreview.engine.rulefiles import File

    return [
        File(name, tree.read(name))
        for path in paths
        for name in ([path] if tree.exists(path) else tree.files(path))
        if name.endswith(RULE_FILES)
    ]


def _linear(part: Any) -> Any:
    """The rows of a rule with every pattern in them marked as one that others wrote."""
    if isinstance(part, list):
        return [_linear(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        key: Foreign(value) if key == "matches" and isinstance(value, str) else _linear(value)
        for key, value in part.items()
    }


def load_examples() -> dict[str, dict[str, dict[str, str]]]:
    """Per rule code, a `bad` and a `good` example per dialect, taken from the rule's fixtures."""
    examples: dict[str, dict[str, dict[str, str]]] = json.loads(_text("examples.json"))
    return examples
