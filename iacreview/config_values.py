"""The values of single settings: what each must be, and what is said where it is not.

Each of the readers raises ConfigError, with file and line, for a value that the field may not have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from iacreview.allowed import Allowed, AllowedAccess, AllowedReach
from iacreview.config_files import Setting
from iacreview.errors import ConfigError, TreeError
from iacreview.model.finding import Severity
from iacreview.model.operations import Operations, People
from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple
from iacreview.tree import normal_path

_ACCOUNT_DIGITS = 12
# "Organization", "OrganizationalUnit" (AWS Organizations API Reference); the last part of a path may be a pattern.
_ORGANIZATION = later(r"o-[a-z0-9]{10,32}(/r-[0-9a-z]{4,32}(/ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})*/\*?)?")
# The keys of `people`: the field of People, and what it says.
PEOPLE = {
    "roles": ("roles", "Patterns of names of roles that people assume."),
    "not-roles": ("programs", "Patterns of names of roles that only programs assume."),
    "principals": ("trusted", "Patterns of principals that are people, or whose roles are people's."),
    "not-principals": ("trusted_programs", "Patterns of principals (providers, accounts) that are programs."),
}


class Field(NamedTuple):
    """One key: the one definition that both the validation and the JSON Schema follow."""

    key: str
    description: str
    read: Callable[[Field, Setting, str], Any]
    schema: Mapping[str, Any]
    choices: tuple[str, ...] = ()


def suggestion(word: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    """What may be meant by a word that is not known, as a hint."""
    from difflib import get_close_matches

    near = get_close_matches(word[:64].replace("_", "-"), list(known), n=1)
    listed = ", ".join(f"`{name}`" for name in known)
    return f"Did you mean `{near[0]}`?" if near else f"Use one of {listed}."


def mapping_of(setting: Setting, what: str, path: str) -> dict[str, Setting]:
    """The keys of a mapping. Raises ConfigError where it is something else."""
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
        raise ConfigError(path, setting.line, f"{what} cannot be `{text}`", suggestion(text, choices))
    return text


def _pattern(text: str, line: int | None, what: str, path: str) -> str:
    try:
        name = normal_path(text.lstrip("/"))
    except TreeError as error:
        raise ConfigError(path, line, f"{what}: `{text}` leads out of the project") from error
    if not name:
        raise ConfigError(path, line, f"{what}: `{text}` is the whole project", "Name a file or directory in it.")
    return text


def read_strings(field: Field, setting: Setting, path: str) -> tuple[str, ...]:
    """A list of texts."""
    return _strings(setting, f"`{field.key}`", path)


def read_patterns(field: Field, setting: Setting, path: str) -> tuple[str, ...]:
    """A list of paths, or of patterns of paths, in the project."""
    what = f"`{field.key}`"
    texts = _strings(setting, what, path)
    return tuple(_pattern(text, item.line, what, path) for text, item in zip(texts, setting.value, strict=True))


def read_accounts(field: Field, setting: Setting, path: str) -> tuple[str, ...]:
    """The numbers of accounts, as texts."""
    what = f"`{field.key}`"
    texts = _strings(setting, what, path)
    for text, item in zip(texts, setting.value, strict=True):
        if len(text) != _ACCOUNT_DIGITS or not text.isdecimal():
            raise ConfigError(path, item.line, f"{what} must hold account numbers of 12 digits", "Put them in quotes.")
    return texts


def read_organization(field: Field, setting: Setting, path: str) -> tuple[str, ...]:
    """The id of an organization, or paths of its units; one or several."""
    what = f"`{field.key}`"
    several = isinstance(setting.value, list)
    texts = _strings(setting, what, path) if several else (_string(setting, what, path),)
    for text in texts:
        if not _ORGANIZATION.fullmatch(text):
            hint = "Write the id, such as o-a1b2c3d4e5, or the path of a unit, such as o-a1b2c3d4e5/r-ab12/ou-ab12-1/*."
            raise ConfigError(path, setting.line, f"{what} cannot be `{text}`", hint)
    return texts


def read_people(field: Field, setting: Setting, path: str) -> People:
    """Which roles and principals are people's."""
    what = f"`{field.key}`"
    entries = mapping_of(setting, what, path)
    _no_other_keys(entries, tuple(PEOPLE), what, path)
    return People(**{PEOPLE[key][0]: _strings(each, f"`people.{key}`", path) for key, each in entries.items()})


def read_choice(field: Field, setting: Setting, path: str) -> str:
    """One of the choices of the field."""
    return _choice(setting, f"`{field.key}`", path, field.choices)


def read_url(field: Field, setting: Setting, path: str) -> str:
    """An https URL with a place for the code of a rule."""
    text = _string(setting, f"`{field.key}`", path)
    if not text.startswith("https://") or "{code}" not in text:
        hint = "For example https://git.example.com/iacreview/docs/rules/{code}.md."
        raise ConfigError(path, setting.line, f"`{field.key}` must be a URL with {{code}} in it", hint)
    return text


def read_flag(field: Field, setting: Setting, path: str) -> bool:
    """True or false."""
    if not isinstance(setting.value, bool):
        raise ConfigError(path, setting.line, f"`{field.key}` must be true or false, not {_kind(setting)}")
    return setting.value


def read_path(field: Field, setting: Setting, path: str) -> str:
    """One path in the project."""
    what = f"`{field.key}`"
    return normal_path(_pattern(_string(setting, what, path), setting.line, what, path).lstrip("/"))


def read_level(field: Field, setting: Setting, path: str) -> Severity:
    """A severity."""
    return Severity[read_choice(field, setting, path).upper()]


def read_levels(field: Field, setting: Setting, path: str) -> dict[str, Severity]:
    """Severities by the names of rules."""
    entries = mapping_of(setting, f"`{field.key}`", path)
    levels = {name: _choice(item, f"the severity of `{name}`", path, field.choices) for name, item in entries.items()}
    return {name: Severity[level.upper()] for name, level in levels.items()}


def read_ignores(field: Field, setting: Setting, path: str) -> dict[str, tuple[str, ...]]:
    """Words for rules by patterns of paths."""
    what = f"`{field.key}`"
    entries = mapping_of(setting, what, path)
    return {
        _pattern(glob, item.line, what, path): _strings(item, f"{what} of `{glob}`", path)
        for glob, item in entries.items()
    }


def read_operating(field: Field, setting: Setting, path: str) -> Operations:
    """How hosts and accounts are run."""
    from iacreview.config_operations import read_operations

    return read_operations(setting, path)


def read_allowed(field: Field, setting: Setting, path: str) -> Allowed:
    """Access and reach that a change may add."""
    what = f"`{field.key}`"
    entries = mapping_of(setting, what, path)
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
    entries = mapping_of(setting, what, path)
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
    entries = mapping_of(setting, what, path)
    _no_other_keys(entries, ("resource", "protocol", "ports", "source", "destination", "reason"), what, path)
    texts = {key: _string(each, f"`{key}` of {what}", path) for key, each in entries.items() if key != "reason"}
    ports = texts.pop("ports", "0-65535")
    first, _, last = ports.partition("-")
    if not (first.strip().isdecimal() and (last or first).strip().isdecimal()):
        raise ConfigError(path, entries["ports"].line, f"`{ports}` is neither a port nor a range of ports")
    outbound = "destination" in texts
    if outbound:
        texts["source"] = texts.pop("destination")
    return AllowedReach(first=int(first), last=int(last or first), outbound=outbound, **texts)


def _no_other_keys(entries: Mapping[str, Setting], known: tuple[str, ...], what: str, path: str) -> None:
    for key, setting in entries.items():
        if key not in known:
            raise ConfigError(path, setting.line, f"unknown key `{key}` in {what}", suggestion(key, known))


def read_folders(field: Field, setting: Setting, path: str) -> dict[str, str]:
    """Folders in the project by URLs."""
    what = f"`{field.key}`"
    entries = mapping_of(setting, what, path)
    return {url: normal_path(_string(item, f"{what} of `{url}`", path).lstrip("/")) for url, item in entries.items()}
