"""The modules of the package as syntax trees, for tests that read the source: each is parsed once."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "iacreview"


@cache
def syntax(path: Path) -> ast.Module:
    """A module's tree, which nobody changes."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All that is in a module's tree, in no particular order."""
    return tuple(ast.walk(syntax(path)))
