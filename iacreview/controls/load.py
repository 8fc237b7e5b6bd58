"""The frameworks as they ship, and users' own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from typing import Any

from iacreview.catalog.catalog import Catalog
from iacreview.controls.framework import Framework, framework_from
from iacreview.engine.load import COMPILED, own_files
from iacreview.engine.rule import Rule
from iacreview.protection.definition import ProtectionKind
from iacreview.tree import Tree


def load_frameworks(
    tree: Tree, paths: Sequence[str], catalog: Catalog, rules: Sequence[Rule], protections: Iterable[ProtectionKind]
) -> dict[str, Framework]:
    """All frameworks by name, those of files or directories of the tree included.

    Raises RuleError for malformed ones, and for a name that is taken.
    """
    with open(os.path.join(COMPILED, "frameworks.json"), encoding="utf-8") as stream:
        specs: dict[str, Any] = json.load(stream)
    kinds = list(protections)
    if paths:
        specs |= _own(tree, paths, catalog, rules, kinds, specs)
    return {name: framework_from(spec, rules, kinds) for name, spec in specs.items()}


def _own(
    tree: Tree,
    paths: Sequence[str],
    catalog: Catalog,
    rules: Sequence[Rule],
    protections: Sequence[ProtectionKind],
    taken: Iterable[str],
) -> dict[str, Any]:
    from iacreview.controls.files import framework_specs

    files = own_files(tree, paths)
    known = set(taken)
    specs = framework_specs(files, {rule.code for rule in rules}, {each.name for each in protections}, catalog)
    for file in files:
        if file.data["framework"] in known:
            raise file.error(["framework"], f"`{file.data['framework']}` is already one of iacreview's own")
    return specs
