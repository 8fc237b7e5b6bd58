"""The project's settings: `.iacreview.yaml`, or `[tool.iacreview]` in pyproject.toml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from iacreview.allowed import Allowed, AllowedAccess, AllowedReach
from iacreview.config_files import Setting, toml_settings, yaml_settings
from iacreview.errors import ConfigError, TreeError
from iacreview.model.finding import PROFILES, SEVERITIES, Severity
from iacreview.model.operations import Operations, People
from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple
from iacreview.tree import Tree, normal_path

FILE = ".iacreview.yaml"
PYPROJECT = "pyproject.toml"
MISSPELT = (".iacreview.yml", "iacreview.yaml", "iacreview.yml")
UNREAD = ("ignore", "warn", "fail")
RATCHETS = ("never", "touched")
MAX_CHARACTERS = 1_000_000


_ACCOUNT_DIGITS = 12
# "Organization", "OrganizationalUnit" (AWS Organizations API Reference); the last part of a path may be a pattern.
_ORGANIZATION = later(r"o-[a-z0-9]{10,32}(/r-[0-9a-z]{4,32}(/ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})*/\*?)?")
# The keys of `people`: the field of People, and what it says.
_PEOPLE = {
    "roles": ("roles", "Patterns of names of roles that people assume."),
    "not-roles": ("programs", "Patterns of names of roles that only programs assume."),
    "principals": ("trusted", "Patterns of principals that are people, or whose roles are people's."),
    "not-principals": ("trusted_programs", "Patterns of principals (providers, accounts) that are programs."),
}


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


class Field(NamedTuple):
    """One key: the one definition that both the validation and the JSON Schema follow."""

    key: str
    description: str
    read: Callable[[Field, Setting, str], Any]
    schema: Mapping[str, Any]
    choices: tuple[str, ...] = ()


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
        return to_config(yaml_settings(own, FILE), FILE)
    return to_config(table, PYPROJECT) if table is not None else Config()


def has_table(tree: Tree, path: str) -> bool:
    """Whether a pyproject.toml has settings for iacreview, as far as it can be read."""
    try:
        return _pyproject_table(_read(tree, path)) is not None
    except ConfigError:
        return True


def to_config(settings: Setting, path: str) -> Config:
    """Settings as a Config; ConfigError names the first thing that is wrong."""
    entries = _map(settings, "the settings", path)
    fields = {field.key: field for field in FIELDS}
    found: dict[str, Any] = {}
    for key, setting in entries.items():
        field = fields.get(key)
        if field is None:
            raise ConfigError(path, setting.line, f"unknown key `{key}`", _suggestion(key, fields))
        found[key.replace("-", "_")] = field.read(field, setting, path)
    return Config(**found)


def config_schema() -> dict[str, Any]:
    """The JSON Schema of the settings, for editors."""
    from iacreview.config_operations import SCHEMA

    properties = {field.key: {"description": field.description, **field.schema} for field in FIELDS}
    properties["operations"].update(SCHEMA)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of iacreview",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _read(tree: Tree, path: str) -> str | None:
    if not tree.exists(path):
        return None
    try:
        text = tree.read(path)
    except TreeError as error:
        raise ConfigError(path, None, error.why, error.hint) from error
    if len(text) > MAX_CHARACTERS:
        raise ConfigError(path, None, f"longer than {MAX_CHARACTERS} characters")
    return text


def _pyproject_table(text: str | None) -> Setting | None:
    if text is None or "iacreview" not in text:
        return None
    return toml_settings(text, PYPROJECT)


def _suggestion(word: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word[:64].replace("_", "-"), list(known), n=1)
    listed = ", ".join(f"`{name}`" for name in known)
    return f"Did you mean `{near[0]}`?" if near else f"Use one of {listed}."


def _map(setting: Setting, what: str, path: str) -> dict[str, Setting]:
    if setting.value is None and what == "the settings":
        return {}
    if not isinstance(setting.value, dict):
        raise ConfigError(path, setting.line, f"{what} must be a mapping, not {_kind(setting)}")
    return setting.value


def _string(setting: Setting, what: str, path: str) -> str:
    if not isinstance(setting.value, str):
        hint = "Put it in quotes." if isinstance(setting.value, (int, float)) else ""
        raise ConfigError(path, setting.line, f"{what} must be a string, not {_kind(setting)}", hint)
    if not setting.value.strip():
        raise ConfigError(path, setting.line, f"{what} must not be empty")
    return setting.value


def _strings(setting: Setting, what: str, path: str) -> tuple[str, ...]:
    if not isinstance(setting.value, list):
        hint = f"Write a list: [{setting.value}]" if isinstance(setting.value, str) else ""
        raise ConfigError(path, setting.line, f"{what} must be a list of strings, not {_kind(setting)}", hint)
    return tuple(_string(item, f"each item of {what}", path) for item in setting.value)


def _kind(setting: Setting) -> str:
    value = setting.value
    if value is None:
        return "nothing"
    names = {bool: "true or false", int: "a number", float: "a number", str: "a string", list: "a list"}
    return names.get(type(value), "a mapping" if isinstance(value, dict) else "a date")


def _choice(setting: Setting, what: str, path: str, choices: tuple[str, ...]) -> str:
    text = _string(setting, what, path)
    if text not in choices:
        raise ConfigError(path, setting.line, f"{what} cannot be `{text}`", _suggestion(text, choices))
    return text


def _pattern(text: str, line: int | None, what: str, path: str) -> str:
    try:
        name = normal_path(text.lstrip("/"))
    except TreeError as error:
        raise ConfigError(path, line, f"{what}: `{text}` leads out of the project") from error
    if not name:
        raise ConfigError(path, line, f"{what}: `{text}` is the whole project", "Name a file or directory in it.")
    return text


def _read_strings(field: Field, setting: Setting, path: str) -> tuple[str, ...]:
    return _strings(setting, f"`{field.key}`", path)


def _read_patterns(field: Field, setting: Setting, path: str) -> tuple[str, ...]:
    what = f"`{field.key}`"
    texts = _strings(setting, what, path)
    return tuple(_pattern(text, item.line, what, path) for text, item in zip(texts, setting.value, strict=True))


def _read_accounts(field: Field, setting: Setting, path: str) -> tuple[str, ...]:
    what = f"`{field.key}`"
    texts = _strings(setting, what, path)
    for text, item in zip(texts, setting.value, strict=True):
        if len(text) != _ACCOUNT_DIGITS or not text.isdecimal():
            raise ConfigError(path, item.line, f"{what} must hold account numbers of 12 digits", "Put them in quotes.")
    return texts


def _read_organization(field: Field, setting: Setting, path: str) -> tuple[str, ...]:
    what = f"`{field.key}`"
    several = isinstance(setting.value, list)
    texts = _strings(setting, what, path) if several else (_string(setting, what, path),)
    for text in texts:
        if not _ORGANIZATION.fullmatch(text):
            hint = "Write the id, such as o-a1b2c3d4e5, or the path of a unit, such as o-a1b2c3d4e5/r-ab12/ou-ab12-1/*."
            raise ConfigError(path, setting.line, f"{what} cannot be `{text}`", hint)
    return texts


def _read_people(field: Field, setting: Setting, path: str) -> People:
    what = f"`{field.key}`"
    entries = _map(setting, what, path)
    _no_other_keys(entries, tuple(_PEOPLE), what, path)
    return People(**{_PEOPLE[key][0]: _strings(each, f"`people.{key}`", path) for key, each in entries.items()})


def _read_choice(field: Field, setting: Setting, path: str) -> str:
    return _choice(setting, f"`{field.key}`", path, field.choices)


def _read_url(field: Field, setting: Setting, path: str) -> str:
    text = _string(setting, f"`{field.key}`", path)
    if not text.startswith("https://") or "{code}" not in text:
        hint = "For example https://git.example.com/iacreview/docs/rules/{code}.md."
        raise ConfigError(path, setting.line, f"`{field.key}` must be a URL with {{code}} in it", hint)
    return text


def _read_flag(field: Field, setting: Setting, path: str) -> bool:
    if not isinstance(setting.value, bool):
        raise ConfigError(path, setting.line, f"`{field.key}` must be true or false, not {_kind(setting)}")
    return setting.value


def _read_path(field: Field, setting: Setting, path: str) -> str:
    what = f"`{field.key}`"
    return normal_path(_pattern(_string(setting, what, path), setting.line, what, path).lstrip("/"))


def _read_level(field: Field, setting: Setting, path: str) -> Severity:
    return Severity[_read_choice(field, setting, path).upper()]


def _read_levels(field: Field, setting: Setting, path: str) -> dict[str, Severity]:
    entries = _map(setting, f"`{field.key}`", path)
    levels = {name: _choice(item, f"the severity of `{name}`", path, field.choices) for name, item in entries.items()}
    return {name: Severity[level.upper()] for name, level in levels.items()}


def _read_ignores(field: Field, setting: Setting, path: str) -> dict[str, tuple[str, ...]]:
    what = f"`{field.key}`"
    entries = _map(setting, what, path)
    return {
        _pattern(glob, item.line, what, path): _strings(item, f"{what} of `{glob}`", path)
        for glob, item in entries.items()
    }


def _read_operations(field: Field, setting: Setting, path: str) -> Operations:
    from iacreview.config_operations import read_operations

    return read_operations(setting, path)


def _read_allowed(field: Field, setting: Setting, path: str) -> Allowed:
    what = f"`{field.key}`"
    entries = _map(setting, what, path)
    _no_other_keys(entries, ("access", "reach"), what, path)
    access = [_read_access(each, path) for each in _listed(entries, "access", path)]
    return Allowed(tuple(access), tuple(_read_reach(each, path) for each in _listed(entries, "reach", path)))


def _listed(entries: Mapping[str, Setting], key: str, path: str) -> list[Setting]:
    found = entries.get(key)
    if found is not None and not isinstance(found.value, list):
        raise ConfigError(path, found.line, f"`allow.{key}` must be a list, not {_kind(found)}")
    items: list[Setting] = found.value if found is not None else []
    return items


def _read_access(setting: Setting, path: str) -> AllowedAccess:
    what = "an entry of `allow.access`"
    entries = _map(setting, what, path)
    _no_other_keys(entries, ("principal", "actions", "resources", "reason"), what, path)
    found: dict[str, Any] = {}
    for key, each in entries.items():
        if key in ("actions", "resources"):
            found[key] = _strings(each, f"`{key}` of {what}", path)
        elif key == "principal":
            found[key] = _string(each, f"`{key}` of {what}", path)
    return AllowedAccess(**found)


def _read_reach(setting: Setting, path: str) -> AllowedReach:
    what = "an entry of `allow.reach`"
    entries = _map(setting, what, path)
    _no_other_keys(entries, ("resource", "protocol", "ports", "source", "reason"), what, path)
    texts = {key: _string(each, f"`{key}` of {what}", path) for key, each in entries.items() if key != "reason"}
    ports = texts.pop("ports", "0-65535")
    first, _, last = ports.partition("-")
    if not (first.strip().isdecimal() and (last or first).strip().isdecimal()):
        raise ConfigError(path, entries["ports"].line, f"`{ports}` is neither a port nor a range of ports")
    return AllowedReach(first=int(first), last=int(last or first), **texts)


def _no_other_keys(entries: Mapping[str, Setting], known: tuple[str, ...], what: str, path: str) -> None:
    for key, setting in entries.items():
        if key not in known:
            raise ConfigError(path, setting.line, f"unknown key `{key}` in {what}", _suggestion(key, known))


def _read_folders(field: Field, setting: Setting, path: str) -> dict[str, str]:
    what = f"`{field.key}`"
    entries = _map(setting, what, path)
    return {url: normal_path(_string(item, f"{what} of `{url}`", path).lstrip("/")) for url, item in entries.items()}


_STRING = {"type": "string", "minLength": 1}
_STRINGS = {"type": "array", "items": _STRING}
_LEVEL = {"enum": list(SEVERITIES)}


def _entries_of(**properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "properties": properties, "additionalProperties": False}}


FIELDS = (
    Field("select", "Only these rules run: codes, names or families.", _read_strings, _STRINGS),
    Field(
        "ignore",
        "Rules not to run: codes, names or families; or other tools' checks, by their ids.",
        _read_strings,
        _STRINGS,
    ),
    Field("profile", "Which rules run: `default`, or `strict` for all.", _read_choice, {"enum": [*PROFILES]}, PROFILES),
    Field(
        "severity",
        "The severity of a rule, by its code or name.",
        _read_levels,
        {"type": "object", "additionalProperties": _LEVEL},
        SEVERITIES,
    ),
    Field("fail-on", "The lowest severity that fails the run; default `low`.", _read_level, _LEVEL, SEVERITIES),
    Field(
        "fail-on-undecided",
        "Fails the run where these rules leave something undecided: codes, names, families or `all`; default none.",
        _read_strings,
        _STRINGS,
    ),
    Field(
        "fail-on-lost-guards",
        "Whether a change fails that takes away or weakens what guards others, or may do so; default false.",
        _read_flag,
        {"type": "boolean"},
    ),
    Field(
        "unread-modules",
        "Calls of modules that are not in the tree: `ignore`, `warn` tells how many (default), `fail` fails the run.",
        _read_choice,
        {"enum": [*UNREAD]},
        UNREAD,
    ),
    Field(
        "accounts",
        "The numbers of one's own accounts, in quotes: access that a policy gives to any other one is told.",
        _read_accounts,
        {"type": "array", "items": {"type": "string", "pattern": "^[0-9]{12}$"}},
    ),
    Field(
        "organization",
        "The id of one's own organization, or paths of its units: a condition on any other one is told.",
        _read_organization,
        {"anyOf": [_STRING, _STRINGS]},
    ),
    Field(
        "people",
        "Which roles and principals are people's, and which are not, where trust policies do not tell (IAM014).",
        _read_people,
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {key: {"description": text, **_STRINGS} for key, (_, text) in _PEOPLE.items()},
        },
    ),
    Field("exclude", "Patterns of paths that are not reviewed.", _read_patterns, _STRINGS),
    Field(
        "variants",
        "Patterns of .tfvars files, each of which is judged as a variant of the root module around it.",
        _read_patterns,
        _STRINGS,
    ),
    Field(
        "per-path-ignores",
        "Rules not to run below a path: pattern to codes, names or families.",
        _read_ignores,
        {"type": "object", "additionalProperties": _STRINGS},
    ),
    Field("rules", "Files or directories with rules of your own.", _read_patterns, _STRINGS),
    Field("catalog", "Files or directories with kinds of your own, for rules to name.", _read_patterns, _STRINGS),
    Field(
        "templates",
        "Where templates that stacks name by a URL lie in the repository: URL with `*` to folder.",
        _read_folders,
        {"type": "object", "additionalProperties": _STRING},
    ),
    Field("frameworks", "Files or directories with frameworks of your own.", _read_patterns, _STRINGS),
    Field("baseline", "The file of findings that are accepted; default `.iacreview.baseline`.", _read_path, _STRING),
    Field(
        "ratchet",
        "Whether `diff` counts what the baseline accepts again: `never` (default), or where its resource is `touched`.",
        _read_choice,
        {"enum": [*RATCHETS]},
        RATCHETS,
    ),
    Field(
        "inline-suppressions",
        "Whether comments and Metadata may suppress findings; default true.",
        _read_flag,
        {"type": "boolean"},
    ),
    Field(
        "foreign-suppressions",
        "Whether suppressions in the words of other tools hold; default true.",
        _read_flag,
        {"type": "boolean"},
    ),
    Field(
        "rule-pages",
        "Where docs/rules is served, with {code} for a rule's code: code scanning leads there.",
        _read_url,
        {"type": "string", "pattern": "^https://.*\\{code\\}"},
    ),
    Field(
        "require-reasons",
        "Whether a suppression without a reason has no effect; default false.",
        _read_flag,
        {"type": "boolean"},
    ),
    Field(
        "allow",
        "Access and reach that a change may add where it is expected to add none (`--expect-no-new-access`, `-reach`).",
        _read_allowed,
        {
            "type": "object",
            "properties": {
                "access": _entries_of(principal=_STRING, actions=_STRINGS, resources=_STRINGS, reason=_STRING),
                "reach": _entries_of(resource=_STRING, protocol=_STRING, ports=_STRING, source=_STRING, reason=_STRING),
            },
            "additionalProperties": False,
        },
    ),
    Field("operations", "How hosts and accounts are run: what is asked, and what is elsewhere.", _read_operations, {}),
)
