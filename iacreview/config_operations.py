"""The settings under `operations`: what a project asks of how its hosts and accounts are run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from iacreview.config_files import Setting
from iacreview.errors import ConfigError
from iacreview.model.operations import DAYS, AskedDocument, AskedPolicy, AskedSoftware, AskedTag, Operations

# What another repository may provide.
ELSEWHERE = (
    "access-analyzer",
    "alarms",
    "config",
    "default-host-management",
    "guardduty",
    "inspector",
    "patching",
    "security-hub",
)
_TEXT = {"type": "string", "minLength": 1}
_TEXTS = {"type": "array", "items": _TEXT}
_NUMBER = {"type": "integer", "minimum": 0}
_TAGS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "keys": _TEXTS,
        "kinds": _TEXTS,
        "values": {"type": "object", "additionalProperties": _TEXTS},
    },
}
_DOCUMENT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["document"],
    "properties": {"document": _TEXT, "name": _TEXT},
}
_PORTS = {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 65535}}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "baseline": {"description": "Patterns of paths in which an account is set up.", **_TEXTS},
        "elsewhere": {
            "description": "What another repository provides.",
            "type": "array",
            "items": {"enum": list(ELSEWHERE)},
        },
        "required-tags": {
            "description": "Tags that resources need, with the values that they may have.",
            "anyOf": [_TAGS, {"type": "array", "items": _TAGS}],
        },
        "required-associations": {
            "description": "Documents of Systems Manager that hosts need to be associated with.",
            "type": "array",
            "items": {"anyOf": [_TEXT, _DOCUMENT]},
        },
        "instance-role-policies": {"description": "Managed policies whose rights roles of hosts need.", **_TEXTS},
        "unsupported-software": {"description": "Patterns of packages that hosts may not have.", **_TEXTS},
        "patch-deadline-days": {
            "description": "Within how many days patches are approved; default 14.",
            "type": "object",
            "additionalProperties": False,
            "properties": {"critical": _NUMBER, "other": _NUMBER},
        },
        "database-ports": {"description": "Ports that the Internet must not reach (NET002).", **_PORTS},
        "administration-ports": {"description": "Ports to log in to hosts; default 22, 3389, 5985, 5986.", **_PORTS},
    },
}


def read_operations(setting: Setting, path: str) -> Operations:
    """The settings as what they ask for; ConfigError names the first thing that is wrong, with its line."""
    entries = _map(setting, "`operations`", path)
    _known(entries, _READERS, "`operations`", path)
    found = Operations()
    for key, item in entries.items():
        found = _READERS[key](found, item, path)
    return found


def _baseline(found: Operations, item: Setting, path: str) -> Operations:
    return found._replace(baseline=_texts(item, "`baseline`", path))


def _elsewhere(found: Operations, item: Setting, path: str) -> Operations:
    texts = _texts(item, "`elsewhere`", path)
    for text, each in zip(texts, item.value, strict=True):
        if text not in ELSEWHERE:
            raise ConfigError(path, each.line, f"`elsewhere` cannot be `{text[:64]}`", _near(text, ELSEWHERE))
    return found._replace(elsewhere=texts)


def _tags(found: Operations, item: Setting, path: str) -> Operations:
    tags = [tag for each in (item.value if isinstance(item.value, list) else [item]) for tag in _of_tags(each, path)]
    return found._replace(tags=tuple(tags))


def _of_tags(item: Setting, path: str) -> list[AskedTag]:
    entries = _map(item, "`required-tags`", path)
    _known(entries, ("keys", "kinds", "values"), "`required-tags`", path)
    keys = _texts(entries["keys"], "`keys`", path) if "keys" in entries else ()
    kinds = _texts(entries["kinds"], "`kinds`", path) if "kinds" in entries else ()
    named = _map(entries["values"], "`values`", path) if "values" in entries else {}
    values = {key: _texts(each, f"the values of `{key[:64]}`", path) for key, each in named.items()}
    return [AskedTag(key, values.get(key, ()), kinds) for key in dict.fromkeys((*keys, *values))]


def _associations(found: Operations, item: Setting, path: str) -> Operations:
    return found._replace(associations=tuple(_document(each, path) for each in _list(item, path)))


def _list(item: Setting, path: str) -> list[Setting]:
    if not isinstance(item.value, list):
        raise ConfigError(path, item.line, "`required-associations` must be a list")
    return item.value


def _document(item: Setting, path: str) -> AskedDocument:
    if not isinstance(item.value, dict):
        return AskedDocument(_text(item, "each item of `required-associations`", path))
    entries = _map(item, "an association", path)
    _known(entries, ("document", "name"), "an association", path)
    if "document" not in entries:
        raise ConfigError(path, item.line, "an association needs a `document`")
    name = _text(entries["name"], "`name`", path) if "name" in entries else ""
    return AskedDocument(_text(entries["document"], "`document`", path), name)


def _policies(found: Operations, item: Setting, path: str) -> Operations:
    names = _texts(item, "`instance-role-policies`", path)
    return found._replace(policies=tuple(AskedPolicy(name) for name in names))


def _software(found: Operations, item: Setting, path: str) -> Operations:
    names = _texts(item, "`unsupported-software`", path)
    return found._replace(software=tuple(AskedSoftware(name, False) for name in names))


def _days(found: Operations, item: Setting, path: str) -> Operations:
    entries = _map(item, "`patch-deadline-days`", path)
    _known(entries, tuple(DAYS), "`patch-deadline-days`", path)
    days = {key: _number(each, f"`{key}`", path) for key, each in entries.items()}
    return found._replace(days={**DAYS, **days})


def _administration_ports(found: Operations, item: Setting, path: str) -> Operations:
    return found._replace(administration_ports=_ports("administration-ports", item, path))


def _database_ports(found: Operations, item: Setting, path: str) -> Operations:
    return found._replace(database_ports=_ports("database-ports", item, path))


def _ports(name: str, item: Setting, path: str) -> tuple[int, ...]:
    if not isinstance(item.value, list):
        raise ConfigError(path, item.line, f"`{name}` must be a list of numbers")
    return tuple(_number(each, "each port", path) for each in item.value)


_READERS: Mapping[str, Callable[[Operations, Setting, str], Operations]] = {
    "baseline": _baseline,
    "elsewhere": _elsewhere,
    "required-tags": _tags,
    "required-associations": _associations,
    "instance-role-policies": _policies,
    "unsupported-software": _software,
    "patch-deadline-days": _days,
    "administration-ports": _administration_ports,
    "database-ports": _database_ports,
}


def _map(setting: Setting, what: str, path: str) -> dict[str, Setting]:
    if not isinstance(setting.value, dict):
        raise ConfigError(path, setting.line, f"{what} must be a mapping")
    return setting.value


def _known(entries: Mapping[str, Setting], names: Any, what: str, path: str) -> None:
    for key, item in entries.items():
        if key not in names:
            raise ConfigError(path, item.line, f"unknown key `{key[:64]}` in {what}", _near(key, tuple(names)))


def _near(word: str, names: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word[:64].replace("_", "-"), names, n=1)
    listed = ", ".join(f"`{name}`" for name in names)
    return f"Did you mean `{near[0]}`?" if near else f"Use one of {listed}."


def _text(setting: Setting, what: str, path: str) -> str:
    if not isinstance(setting.value, str) or not setting.value.strip():
        raise ConfigError(path, setting.line, f"{what} must be a text that is not empty")
    return setting.value


def _texts(setting: Setting, what: str, path: str) -> tuple[str, ...]:
    if not isinstance(setting.value, list):
        raise ConfigError(path, setting.line, f"{what} must be a list of strings")
    return tuple(_text(item, f"each item of {what}", path) for item in setting.value)


def _number(setting: Setting, what: str, path: str) -> int:
    value = setting.value
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 65535:
        raise ConfigError(path, setting.line, f"{what} must be a whole number from 0 to 65535")
    return value
