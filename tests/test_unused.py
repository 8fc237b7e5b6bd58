"""Code that no module asks for: it is wired, or it goes."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.sources import nodes, syntax

PACKAGE = Path(__file__).parent.parent / "iacreview"
# Asked for from outside of the package: the console script, and what scripts/ compile and check with.
FROM_OUTSIDE = {"catalog_spec", "main", "protection_specs", "with_schema_defaults"}


def definitions(tree: ast.Module) -> Iterator[str]:
    """Functions, classes, constants and methods; decorated ones are registered where the decorator says."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list:
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        if isinstance(node, ast.ClassDef):
            yield from (each.name for each in node.body if isinstance(each, ast.FunctionDef))


def mentions(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names if alias.asname)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value


def test_every_name_is_asked_for() -> None:
    paths = list(PACKAGE.rglob("*.py"))
    asked = Counter(name for path in paths for name in mentions(path))
    names = {name for path in paths for name in definitions(syntax(path)) if not name.startswith("__")}
    assert not {name for name in names if not asked[name]} - FROM_OUTSIDE
