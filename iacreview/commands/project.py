"""The project a command works on: its tree, its settings, and the rules they select."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from types import ModuleType

from iacreview.catalog.catalog import Catalog
from iacreview.config import Config, load_config
from iacreview.engine.load import load_catalog, load_own_catalog, load_own_rules, load_rules
from iacreview.engine.rule import Row, Rule
from iacreview.errors import TreeError, UsageError
from iacreview.model.record import NamedTuple
from iacreview.tree import Tree, WorkingTree, path_in

ALWAYS = ("SYN001", "unreadable-source", "SYN002", "known-at-deployment")
# Of a change to the review itself: always reported too, but how much they weigh can be set.
SETTINGS = (("CFG001", "review-softened"), ("CFG002", "review-settings-changed"))


class Project(NamedTuple):
    """`paths` are tree-relative. `rules` are all there are, the project's own included."""

    tree: Tree
    root: str
    paths: tuple[str, ...]
    config: Config
    catalog: Catalog
    rules: Sequence[Rule]


def open_project(paths: Sequence[str], configured: bool = True) -> Project:
    """The project that the paths (of this machine; none: the current directory) lie in.

    Its root is the enclosing git repository, else the current directory, else the paths' common directory.
    Raises UsageError for a path that is not there, ConfigError and RuleError for its settings and rules.
    """
    here = os.path.realpath(os.getcwd())
    absolute = [_existing(here, path) for path in paths]
    root = _root(here, absolute or [here])
    return project_of(WorkingTree(root), root, tuple(_inside(root, path) for path in absolute or [here]), configured)


def project_of(tree: Tree, root: str, paths: tuple[str, ...], configured: bool = True) -> Project:
    """The project of a tree, with the settings and rules that it has. Raises ConfigError and RuleError."""
    config = load_config(tree) if configured else Config()
    catalog = load_catalog()
    if config.catalog:
        catalog = load_own_catalog(tree, config.catalog, catalog)
    rules = load_rules()
    if config.rules:
        rules = [*rules, *load_own_rules(tree, config.rules, catalog, rules)]
    return Project(tree, root, paths, config, catalog, rules)


def _existing(here: str, path: str) -> str:
    absolute = os.path.normpath(os.path.join(here, path))
    if not os.path.lexists(absolute):
        raise UsageError(f"there is no `{path}`", "Give files or directories that exist.")
    # Only the way to the path may go through links; the last part is the tree's business.
    head, tail = os.path.split(absolute)
    return os.path.join(os.path.realpath(head), tail) if tail else absolute


def _inside(root: str, path: str) -> str:
    try:
        return path_in(root, path)
    except TreeError as error:
        raise UsageError(f"{path} is outside of the project") from error


def _root(here: str, paths: Sequence[str]) -> str:
    top = _repository(here) or here
    if all(_below(top, path) for path in paths):
        return top
    common = common_directory([path if os.path.isdir(path) else os.path.dirname(path) for path in paths])
    return _repository(common) or common


def common_directory(directories: Sequence[str], system: ModuleType = os.path) -> str:
    """The directory that all of these are in, or are. Raises UsageError where there is none: they are on two drives."""
    try:
        found: str = system.commonpath(directories)
    except ValueError as error:
        raise UsageError("the paths have no directory in common", "Review them one by one.") from error
    return found


def _below(top: str, path: str) -> bool:
    try:
        path_in(top, path)
    except TreeError:
        return False
    return True


def _repository(directory: str) -> str | None:
    while True:
        if os.path.lexists(os.path.join(directory, ".git")):
            return directory
        parent = os.path.dirname(directory)
        if parent == directory:
            return None
        directory = parent


def selected(rules: Sequence[Rule], select: Iterable[str], ignore: Iterable[str]) -> list[Rule]:
    """The rules that are selected (none named: all) and not ignored, by code, name, family or another tool's check.

    Raises UsageError for a word that names no rule.
    """
    words = list(ignore)
    checks = {alias.lower() for rule in rules for alias in rule.aliases} if words else set()
    skipped = {word.lower() for word in words if word.lower() in checks}
    wanted = _codes(rules, select)
    unwanted = _codes(rules, (word for word in words if word.lower() not in checks))
    left = [rule for rule in rules if (not wanted or rule.code in wanted) and rule.code not in unwanted]
    return [found for rule in left if (found := _without(rule, skipped)).rows] if skipped else left


def _without(rule: Rule, skipped: AbstractSet[str]) -> Rule:
    """A rule without the rows that ask what the checks ask: at least half of the checks of a tool that a row covers."""
    return rule._replace(rows=tuple(row for row in rule.rows if not _is_skipped(row, skipped)))


def _is_skipped(row: Row, skipped: AbstractSet[str]) -> bool:
    tools: dict[str, list[bool]] = {}
    for alias in row.aliases:
        tools.setdefault(alias[:3] if alias[0] not in "FW" else "nag", []).append(alias.lower() in skipped)
    return any(2 * sum(each) >= len(each) for each in tools.values() if any(each))


def _codes(rules: Sequence[Rule], words: Iterable[str]) -> set[str]:
    return {rule.code for word in words for rule in rules_named(rules, word)}


def rules_named(rules: Sequence[Rule], word: str) -> list[Rule]:
    """The rules of a code, a name or a family. Raises UsageError with a suggestion where there are none."""
    if word in (name for names in (ALWAYS, *SETTINGS) for name in names):
        raise UsageError(f"{word} is always reported")
    lowered = word.lower()
    found = [rule for rule in rules if lowered in (rule.code.lower(), rule.name, rule.family)]
    if found:
        return found
    from difflib import get_close_matches

    names = [name for rule in rules for name in (rule.code, rule.name, rule.family)]
    near = get_close_matches(word, names, n=1) or get_close_matches(word.upper(), names, n=1)
    hint = f"Did you mean `{near[0]}`?" if near else "`iacreview rules` lists them."
    raise UsageError(f"there is no rule or family `{word}`", hint)
