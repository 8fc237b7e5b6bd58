"""Secrets in the attributes of any resource, provider or module call, whether or not the catalog knows its type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.catalog.occurrence import Occurrence
from iacreview.catalog.view import View
from iacreview.checks.secrets import credentials_in, secret_at
from iacreview.model.outcome import Outcome, Violation
from iacreview.model.value import (
    Choice,
    Encoded,
    Known,
    ListValue,
    MapValue,
    Supplied,
    Text,
    scalar_text,
)
from iacreview.model.words import called, say
from iacreview.semantics.placeholders import looks_random
from iacreview.semantics.secrets import is_named_secret

# The two halves of an entry that is written as a map: its name, and what it is set to.
_NAMES = ("name", "key", "parametername", "parameterkey", "optionname", "variable", "headername", "header")
_VALUES = ("value", "parametervalue", "plaintext", "headervalue", "valuewo", "insecurevalue")
# Where people write about secrets.
_DESCRIBING = ("description", "comment", "title", "label", "displayname")
# Types of entries whose value is the name of a secret.
_REFERRING = ("PARAMETER_STORE", "SECRETS_MANAGER")
_SHORTEST = 8
_DEEPEST = 40


def secret_anywhere(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Literals under a secret's name, and credentials in texts, in whatever a resource is configured with.

    `metadata` names the parts of its Metadata that are read by programs.
    """
    resource = view.resource
    ignored = _ignored(view)
    for path, name, place in _leaves("", "", Occurrence(resource.attributes, view.span, ""), 0):
        seeded = bool(ignored) and ("all" in ignored or path.partition(".")[0] in ignored)
        yield from _judged(path, name, place, seeded)
    metadata = resource.extras.entries.get("Metadata") if resource.extras is not None else None
    if isinstance(metadata, MapValue):
        for key in params.get("metadata", ()):
            if key in metadata.entries:
                start = Occurrence(metadata.entries[key], view.span, key)
                for path, name, place in _leaves(f"Metadata.{key}", "", start, 0):
                    yield from _judged(path, name, place, False)


def _ignored(view: View) -> set[str]:
    """The arguments whose later changes Terraform ignores: what is written there was only to begin with."""
    extras = view.resource.extras
    found = extras.entries.get("ignore_changes") if extras is not None else None
    names = found.items if isinstance(found, ListValue) else ()
    return {scalar_text(each.data) for each in names if isinstance(each, Known)}


def _leaves(path: str, name: str, place: Occurrence, depth: int) -> Iterator[tuple[str, str, Occurrence]]:
    """Each scalar with its path, the name that it is kept under, and its place."""
    value = place.value
    if value is None or depth > _DEEPEST:
        return
    place = place._replace(span=value.span or place.span)
    if isinstance(value, Choice):
        for when, branch in value.branches:
            yield from _leaves(path, name, place._replace(value=branch, when=(*place.when, *when)), depth + 1)
    elif isinstance(value, ListValue):
        for item in value.items:
            yield from _leaves(path, name, place._replace(value=item), depth + 1)
    elif isinstance(value, MapValue):
        named = _entry_name(value)
        for key, entry in value.entries.items():
            inner = f"{path}.{key}" if path else key
            own = named if named is not None and _plain(key) in _VALUES else key
            yield from _leaves(inner, own, place._replace(value=entry, native=inner), depth + 1)
    elif isinstance(value, Encoded) and not isinstance(value.structure, Text):
        yield from _leaves(path, name, place._replace(value=value.structure), depth + 1)
    else:
        yield path, name, place


def _entry_name(value: MapValue) -> str | None:
    """The name of an entry that is written as a map of name and value; empty where the value is a name, too."""
    keys = {_plain(key): entry for key, entry in value.entries.items()}
    if not any(key in keys for key in _VALUES):
        return None
    kind = keys.get("type")
    if isinstance(kind, Known) and kind.data in _REFERRING:
        return ""
    for key in _NAMES:
        found = keys.get(key)
        if isinstance(found, Known) and isinstance(found.data, str):
            return found.data
    return None


def _plain(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


def _judged(path: str, name: str, place: Occurrence, seeded: bool) -> Iterator[Violation]:
    value = place.value
    if isinstance(value, Supplied):
        return
    if isinstance(value, Known):
        if not isinstance(value.data, str):
            return
        text = value.data
        if is_named_secret(name.lstrip("-"), text) and (not seeded or _is_strong(text)):
            statement = say("`{}` is a literal", called(path))
            yield secret_at(path, place.span, statement, place, text)
            return
        if len(text) < _SHORTEST or _plain(path.rpartition(".")[2]) in _DESCRIBING:
            return
    for found in credentials_in(path, place._replace(native=path)):
        if isinstance(found, Violation):
            yield found


def _is_strong(text: str) -> bool:
    mixed = any(each.isdigit() for each in text) and any(each.isalpha() for each in text)
    return mixed and looks_random(text) and " " not in text and "://" not in text
