"""The configuration's files beside a plan: where they are, and what they come to."""

from __future__ import annotations

import re
from collections.abc import Mapping

from iacreview.evaluate.terraform.configuration import configuration_files
from iacreview.evaluate.terraform.root import evaluate_root
from iacreview.model.graph import Resource, Unit
from iacreview.model.value import Value
from iacreview.tree import Tree

_KEY = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]')


def root_directory(tree: Tree, path: str) -> str | None:
    """The directory of a plan, or the nearest one above it, with configuration files; None where there is none."""
    directory = path.rpartition("/")[0]
    while not configuration_files(tree.listing(directory)):
        if not directory:
            return None
        directory = directory.rpartition("/")[0]
    return directory


class Files:
    """The resources of the files, to be found by the addresses of a plan. `unit` is what the files come to."""

    __slots__ = ("_bare", "_exact", "unit")

    def __init__(self, unit: Unit | None) -> None:
        self.unit = unit
        resources = unit.resources if unit is not None else ()
        self._exact: dict[str, Resource] = {}
        self._bare: dict[str, Resource] = {}
        for each in resources:
            self._exact.setdefault(each.address, each)
            self._bare.setdefault(_KEY.sub("", each.address), each)

    def resource(self, address: str) -> Resource | None:
        """The resource at an address, else one that has the same block."""
        return self._exact.get(address) or self._bare.get(_KEY.sub("", address))

    def declared(self) -> list[Resource]:
        """The variables and providers of the files."""
        return [each for each in self._exact.values() if each.mode not in ("managed", "data")]


def files_beside(tree: Tree, path: str, variables: Mapping[str, Value]) -> Files:
    """The files that a plan was most likely made from, evaluated with the variables the plan was given."""
    directory = root_directory(tree, path)
    return Files(evaluate_root(tree, directory, variables) if directory is not None else None)
