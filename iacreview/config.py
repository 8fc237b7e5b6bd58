"""The project's settings: `.iacreview.yaml`, or `[tool.iacreview]` in pyproject.toml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from iacreview.allowed import Allowed
from iacreview.errors import ConfigError, TreeError
from iacreview.model.finding import Severity
from iacreview.model.operations import Operations, People
from iacreview.model.record import NamedTuple
from iacreview.tree import Tree

if TYPE_CHECKING:
    from iacreview.config_files import Setting

FILE = ".iacreview.yaml"
PYPROJECT = "pyproject.toml"
MISSPELT = (".iacreview.yml", "iacreview.yaml", "iacreview.yml")
_MAX_CHARACTERS = 1_000_000


class Config(NamedTuple):
    """What a project asks for. Rules are named by code, name or family, as the user wrote them."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    profile: str = "default"
    severity: Mapping[str, Severity] = {}
    fail_on: Severity = Severity.LOW
    fail_on_undecided: tuple[str, ...] = ()
    fail_on_lost_guards: bool = False
    unread_modules: str = "warn"
    accounts: tuple[str, ...] = ()
    organization: tuple[str, ...] = ()
    people: People = People()
    exclude: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    per_path_ignores: Mapping[str, tuple[str, ...]] = {}
    rules: tuple[str, ...] = ()
    catalog: tuple[str, ...] = ()
    templates: Mapping[str, str] = {}
    frameworks: tuple[str, ...] = ()
    baseline: str = ""
    ratchet: str = "never"
    inline_suppressions: bool = True
    foreign_suppressions: bool = True
    rule_pages: str = ""
    require_reasons: bool = False
    allow: Allowed = Allowed()
    operations: Operations = Operations()


def load_config(tree: Tree) -> Config:
    """The settings of the tree's root; the defaults where it has none.

    Raises ConfigError, with file and line, for an unknown key, a wrong value, and settings in both files.
    """
    for name in MISSPELT:
        if tree.exists(name):
            raise ConfigError(name, None, "this file is not read", f"Rename it to {FILE}.")
    own = _read(tree, FILE)
    table = _pyproject_table(_read(tree, PYPROJECT))
    if own is not None and table is not None:
        hint = f"Keep one of the two: {FILE}, or [tool.iacreview] in {PYPROJECT}."
        raise ConfigError(PYPROJECT, table.line, f"there are also settings in {FILE}", hint)
    if own is not None:
        from iacreview.config_files import yaml_settings

        return _config(yaml_settings(own, FILE), FILE)
    return _config(table, PYPROJECT) if table is not None else Config()


def _config(settings: Setting, path: str) -> Config:
    from iacreview.config_fields import values_of

    return Config(**values_of(settings, path))


def has_table(tree: Tree, path: str) -> bool:
    """Whether a pyproject.toml has settings for iacreview, as far as it can be read."""
    try:
        return _pyproject_table(_read(tree, path)) is not None
    except ConfigError:
        return True


def _read(tree: Tree, path: str) -> str | None:
    if not tree.exists(path):
        return None
    try:
        text = tree.read(path)
    except TreeError as error:
        raise ConfigError(path, None, error.why, error.hint) from error
    if len(text) > _MAX_CHARACTERS:
        raise ConfigError(path, None, f"longer than {_MAX_CHARACTERS} characters")
    return text


def _pyproject_table(text: str | None) -> Setting | None:
    if text is None or "iacreview" not in text:
        return None
    from iacreview.config_files import toml_settings

    return toml_settings(text, PYPROJECT)
