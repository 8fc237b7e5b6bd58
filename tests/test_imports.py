"""The way of the data is one direction: a stage imports only what stands left of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.sources import nodes, syntax

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "iacreview"

# Left to right. A module may import from the stages it lists, and from its own.
ALLOWED = {
    "model": set(),
    "errors": set(),
    "globs": set(),
    "regular": set(),
    "workers": {"errors"},
    "git": {"model", "errors"},
    "decoding": {"errors"},
    "tree": {"decoding", "errors", "git"},
    "wrapped_tree": {"errors", "tree"},
    "git_tree": {"wrapped_tree", "decoding", "model", "errors", "git", "tree"},
    "submodules": {"model", "git", "git_tree"},
    "revisions": {"model", "errors", "git"},
    "semantics": {"model"},
    "parse": {"model", "errors"},
    "evaluate": {"uploaded", "model", "errors", "tree", "parse", "regular"},
    "catalog": {"model", "evaluate"},
    "languages": {"uploaded", "model", "errors", "tree", "parse", "evaluate"},
    "graph": {"model", "catalog"},
    "grants": {"model", "semantics", "catalog"},
    "checks": {"model", "languages", "semantics", "catalog", "grants"},
    "fixes": {"model", "languages", "catalog"},
    "engine": {
        *("model", "errors", "tree", "globs", "regular", "parse"),
        *("languages", "semantics", "catalog", "checks", "fixes"),
    },
    "beside": {"model", "languages", "regular", "semantics"},
    "discovery": {"model", "errors", "tree", "globs", "config", "languages", "beside"},
    "protection": {"model", "engine", "semantics", "catalog", "grants"},
    "controls": {"model", "errors", "tree", "engine", "catalog", "protection"},
    "suppress": {"model", "globs", "languages", "engine"},
    "rounds": {"languages", "discovery"},
    "options": {"model", "languages", "catalog", "engine", "protection", "suppress"},
    "judging": {"model", "catalog", "graph", "engine", "suppress", "options", "config_rules", "absent"},
    "folding": {"model"},
    "decisions": {"model", "semantics"},
    "unread": {"model", "semantics"},
    "gathering": {"model", "judging", "folding", "unread"},
    "veil": {"model", "semantics"},
    "pipeline": {
        "model",
        "engine",
        "veil",
        "tree",
        "languages",
        "discovery",
        "catalog",
        "graph",
        "options",
        "judging",
        "gathering",
        "rounds",
        "workers",
    },
    "uploaded": {"globs"},
    "baseline": {"model", "errors", "tree", "semantics", "veil"},
    "review": {
        "wrapped_tree",
        "beside",
        "model",
        "veil",
        "errors",
        "git",
        "git_tree",
        "tree",
        "semantics",
        "catalog",
        "grants",
        "engine",
        "languages",
        "discovery",
        "protection",
        "rounds",
        "options",
        "judging",
        "gathering",
        "pipeline",
        "unread",
        "decisions",
        "graph",
        "baseline",
        "config",
        "config_fields",
        "workers",
    },
    "allowed": {"model", "semantics"},
    "config_rules": {"model", "semantics", "catalog"},
    "config_operations": {"model", "errors", "config_files"},
    "absent": {"model", "catalog", "engine", "languages"},
    "asked": {
        "absent",
        "globs",
        "model",
        "errors",
        "tree",
        "languages",
        "discovery",
        "catalog",
        "graph",
        "config_rules",
        "options",
    },
    "config": {"allowed", "config_fields", "model", "errors", "tree", "config_files"},
    "config_fields": {"config_operations", "config_values", "model", "errors", "config_files"},
    "config_values": {"allowed", "config_operations", "model", "errors", "tree", "config_files"},
    "config_files": {"model", "errors", "parse", "config"},
    "companions": {"model", "errors", "engine"},
    "report": {"model"},
    "discussion": {"model", "errors", "report", "revisions"},
}
OUTERMOST = {"commands", "cli", "invocation", "__main__", "__init__", "schemas"}


def stage(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("iacreview"):
            found.add(stage(node.module))
        elif isinstance(node, ast.Import):
            found |= {stage(each.name) for each in node.names if each.name.startswith("iacreview")}
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_direction(path: Path) -> None:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    if parts[0] in OUTERMOST:
        return
    surplus = imports(path) - ALLOWED[parts[0]] - {parts[0], "__init__"}
    assert not surplus, f"{parts[0]} must not import {sorted(surplus)}"


def test_every_stage_is_ranked() -> None:
    stages = {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in PACKAGE.rglob("*.py")}
    assert stages - OUTERMOST == set(ALLOWED)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in PACKAGE.rglob("*.py")}


def for_types_only(path: Path) -> set[ast.AST]:
    """What stands below `if TYPE_CHECKING`: it is not imported when the program runs."""
    guarded = (node for node in nodes(path) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
    return {inner for node in guarded for inner in ast.walk(node)}


def imported_modules(path: Path) -> Iterator[str]:
    """The modules of the package that a module imports, at its top or later."""
    skipped = for_types_only(path)
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.module and node not in skipped:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module
        elif isinstance(node, ast.Import) and node not in skipped:
            yield from (alias.name for alias in node.names)


def test_no_circles() -> None:
    graph = {name: set(imported_modules(path)) & MODULES.keys() - {name} for name, path in MODULES.items()}
    list(TopologicalSorter(graph).static_order())  # raises CycleError, which names the circle


def class_names(path: Path) -> set[str]:
    return {node.name for node in syntax(path).body if isinstance(node, ast.ClassDef)}


def test_one_name_stands_for_one_class() -> None:
    """In the whole package; what begins with an underscore is its module's own affair."""
    homes: dict[str, list[str]] = {}
    for module, path in MODULES.items():
        for word in class_names(path):
            homes.setdefault(word, []).append(module)
    assert {word: found for word, found in homes.items() if len(found) > 1 and not word.startswith("_")} == {}
