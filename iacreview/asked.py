"""What a project's Config rules ask for, wherever in its tree they stand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from iacreview.catalog.world import World
from iacreview.discovery import KnownFiles, discover, without
from iacreview.errors import TreeError
from iacreview.graph import build_graph
from iacreview.languages import ENDINGS, language_named
from iacreview.languages.calls import directory_of
from iacreview.languages.language import Target
from iacreview.model.operations import Operations
from iacreview.options import Options
from iacreview.tree import Tree

if TYPE_CHECKING:
    from iacreview.globs import PathPatterns

# What a Config rule, or a pack of them, is called in a file that has one: what records or delivers asks for nothing.
MARKS = (
    "config_config_rule",
    "config_organization_",
    "config_conformance_pack",
    "AWS::Config::ConfigRule",
    "AWS::Config::Organization",
    "AWS::Config::ConformancePack",
)
# The rules that Config rules and the paths of a baseline give parameters.
ASKED_OF = ("NET002", "OPS002", "OPS010", "OPS011", "OPS012", "OPS013")


def asked_by_tree(tree: Tree, options: Options, files: Collection[str], known: KnownFiles | None = None) -> Operations:
    """All that is asked: by the settings, and by the Config rules of the units of some files, which may have some.

    What is `known` of the tree's files is not looked at again.
    """
    found = options.operations
    if not files and not found.baseline:
        return found
    from iacreview.absent import kinds_of
    from iacreview.config_rules import asked_by_rules
    from iacreview.globs import PathPatterns

    patterns = PathPatterns(found.baseline)
    for target in _targets(tree, files, options, patterns, known):
        unit = language_named(target.language).evaluate(tree, target, options.inputs, True)
        world = World(build_graph(unit, options.catalog), options.catalog)
        found = found.joined(asked_by_rules(world))
        if _is_within(target.path, patterns):
            found = found._replace(
                first=min(target.path, found.first or target.path), present=found.present | kinds_of(world)
            )
    return found


def _is_within(path: str, patterns: PathPatterns) -> bool:
    """Whether a unit, a file or a directory, is in the paths of patterns."""
    return patterns.matches(path) or patterns.matches(f"{path}/main")


def mentioning(tree: Tree, folders: Sequence[str]) -> Iterator[str]:
    """The files below some folders that may have a Config rule."""
    for path in (path for folder in folders for path in tree.files(folder)):
        if path.lower().endswith(ENDINGS):
            try:
                text = tree.read(path)
            except TreeError:
                continue
            if any(mark in text for mark in MARKS):
                yield path


def _targets(
    tree: Tree, files: Collection[str], options: Options, patterns: PathPatterns, known: KnownFiles | None
) -> Sequence[Target]:
    """The units of some files, with those that call them, and those in some paths."""
    listed = tree.files() if options.operations.baseline else ()
    within = (path for path in listed if _is_of_unit_within(path, patterns))
    named = without(sorted({*files, *within}), options.excluded)
    if not named:
        return ()
    discovery = discover(tree, named, options.excluded, options.variants, options.inputs.templates, known)
    return [*discovery.targets, *(each for units in discovery.units.values() for each in units.waiting)]


def _is_of_unit_within(path: str, patterns: PathPatterns) -> bool:
    return path.lower().endswith(ENDINGS) and (_is_within(path, patterns) or _is_within(directory_of(path), patterns))
