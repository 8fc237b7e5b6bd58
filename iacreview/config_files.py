"""Settings read from YAML and TOML, each value with the line it stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iacreview.errors import ConfigError
from iacreview.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml.events import Event, ScalarEvent

MAX_DEPTH = 8
# No setting is a longer number.
_DIGITS = 9


class Setting(NamedTuple):
    """A value as a file has it, with its line: str, list or dict of Settings, or what else a scalar may be."""

    value: Any
    line: int | None


def yaml_settings(text: str, path: str) -> Setting:
    """The one document of a YAML text as plain data; ConfigError with the line for what is not plain data.

    Anchors and tags are refused, so that what is read is never larger than what was written.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _document(yaml.parse(text, Loader=loader), path)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "cannot be read"
        # libyaml 0.2.6 has a bound of its own, which its scanner may meet before the first event.
        too_deep = problem == "exceeded maximum nesting depth"
        says = "nested too deeply" if too_deep else f"not valid YAML: {problem}"
        raise ConfigError(path, mark.line + 1 if mark else None, says) from error


def _document(events: Iterator[Event], path: str) -> Setting:
    from yaml.events import DocumentEndEvent, DocumentStartEvent, StreamEndEvent, StreamStartEvent

    result = Setting(None, None)
    documents = 0
    for event in events:
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise ConfigError(path, _line(event), "a second YAML document", "Keep one.")
        elif not isinstance(event, (StreamStartEvent, StreamEndEvent, DocumentEndEvent)):
            result = _setting(event, events, path, 1)
    return result


def _setting(event: Event, events: Iterator[Event], path: str, depth: int) -> Setting:
    from yaml.events import MappingStartEvent, ScalarEvent, SequenceStartEvent

    line = _line(event)
    tag = getattr(event, "tag", None)
    if getattr(event, "anchor", None) or tag not in (None, "!"):
        raise ConfigError(path, line, "anchors, aliases and tags are not allowed here", "Write the value itself.")
    if depth > MAX_DEPTH:
        raise ConfigError(path, line, "nested too deeply")
    if isinstance(event, ScalarEvent):
        return Setting(_scalar(event), line)
    if isinstance(event, SequenceStartEvent):
        return Setting(_items(events, path, depth), line)
    assert isinstance(event, MappingStartEvent)
    return Setting(_entries(events, path, depth), line)


def _items(events: Iterator[Event], path: str, depth: int) -> list[Setting]:
    from yaml.events import SequenceEndEvent

    items = []
    while not isinstance(event := next(events), SequenceEndEvent):
        items.append(_setting(event, events, path, depth + 1))
    return items


def _entries(events: Iterator[Event], path: str, depth: int) -> dict[str, Setting]:
    """A mapping. The line of an entry is its key's, since that is what people look for."""
    from yaml.events import MappingEndEvent

    entries: dict[str, Setting] = {}
    while not isinstance(event := next(events), MappingEndEvent):
        key = _setting(event, events, path, depth + 1)
        if not isinstance(key.value, str):
            raise ConfigError(path, key.line, "a key must be a string")
        if key.value in entries:
            raise ConfigError(path, key.line, f"`{key.value}` is there twice")
        value = _setting(next(events), events, path, depth + 1)
        entries[key.value] = Setting(value.value, key.line)
    return entries


def _scalar(event: ScalarEvent) -> Any:
    """What YAML takes a scalar for, as far as the settings care: text, a number, a truth value or nothing."""
    from yaml import ScalarNode
    from yaml.resolver import Resolver

    resolver: Any = Resolver()
    kind = resolver.resolve(ScalarNode, event.value, event.implicit).rpartition(":")[2]
    truth = event.value.lower() in ("true", "yes", "on")
    number = int(event.value) if kind == "int" and event.value.isdecimal() and len(event.value) <= _DIGITS else 0
    return {"null": None, "bool": truth, "int": number, "float": 0.0}.get(kind, event.value)


def _line(event: Event) -> int | None:
    mark = event.start_mark
    return mark.line + 1 if mark else None


def toml_settings(text: str, path: str) -> Setting | None:
    """The table `[tool.iacreview]`; None where there is none. ConfigError for what is not valid TOML."""
    tables = _toml(text, path).get("tool", {})
    if not isinstance(tables, dict) or "iacreview" not in tables:
        return None
    header = _toml_line(text, 0, "[tool.iacreview")
    return _located(tables["iacreview"], text, header)


def _toml(text: str, path: str) -> dict[str, Any]:
    import sys
    from importlib import import_module

    reader = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        document: dict[str, Any] = reader.loads(text)
    except ValueError as error:
        raise ConfigError(path, None, f"not valid TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(path, None, "nested too deeply") from error
    return document


def _located(value: Any, text: str, line: int | None) -> Setting:
    """Plain data as Settings. TOML's reader tells no lines: the first line that starts with the key is taken."""
    if isinstance(value, dict):
        entries = {}
        for key, item in value.items():
            found = _toml_line(text, line or 0, key, f'"{key}"', f"'{key}'", f"[tool.iacreview.{key}]")
            entries[key] = _located(item, text, found or line)
        return Setting(entries, line)
    if isinstance(value, list):
        return Setting([_located(item, text, line) for item in value], line)
    return Setting(value, line)


def _toml_line(text: str, after: int, *starts: str) -> int | None:
    lines = text.split("\n")
    for number in range(after, len(lines)):
        line = lines[number].strip()
        if line.startswith("[") and after and not line.startswith("[tool.iacreview"):
            return None
        if line.startswith(starts):
            return number + 1
    return None
