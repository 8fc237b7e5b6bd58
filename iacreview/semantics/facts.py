"""What AWS says about a service's actions, resource types and condition keys.

Source: "Actions, resources, and condition keys for AWS services" (Service Authorization Reference) and "AWS global
condition context keys" (IAM User Guide), compiled by scripts/compile_iam.py. What is not here is not known: AWS adds
actions every week. A service is read when it is asked for, and nothing is where nobody asks.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from operator import itemgetter

from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple
from iacreview.semantics.parts import parts_of

LIST = "List"
READ = "Read"
WRITE = "Write"
PERMISSIONS = "Permissions management"
TAGGING = "Tagging"
LEVELS = (LIST, READ, WRITE, TAGGING, PERMISSIONS)

_LETTERS = {"L": LIST, "R": READ, "W": WRITE, "P": PERMISSIONS, "T": TAGGING}
_TYPES = {"S": "String", "A": "ARN", "B": "Bool", "N": "Numeric", "D": "Date", "I": "IPAddress", "Y": "Binary"}
_FILE = "iam_facts.txt"
_GLOBAL = "aws"
# The source writes the name of a tag in three ways: `${TagKey}`, `<key>`, and `tag-key`.
_PLACEHOLDER = later(r"\$\{[^{}]*\}|<[^<>]*>|(?<=tag/)tag-key$")


class ResourceUse(NamedTuple):
    """A resource type that an action can be restricted to. `keys` are condition keys that come with it alone.

    Where `required`, a statement has to name a resource of the type for the action to work on it; of those that are
    not, one is enough.
    """

    type: str
    required: bool
    keys: tuple[str, ...]


class Action(NamedTuple):
    """One action. `resource_types` is empty where it works on `*` only; `rest` is what the properties are read from."""

    service: str
    name: str
    level: str
    resource_types: tuple[str, ...]
    rest: tuple[str, str, str] = ("-", "-", "-")

    def __str__(self) -> str:
        return f"{self.service}:{self.name}"

    @property
    def uses(self) -> tuple[ResourceUse, ...]:
        """The resource types, with what is said about each."""
        return _uses(self.service, self.rest[0])

    @property
    def keys(self) -> tuple[str, ...]:
        """The condition keys of the action on any of its resources, beside those of its resource types."""
        return _named(self.service, self.rest[1])

    @property
    def dependents(self) -> tuple[str, ...]:
        """Other actions without which the action fails (`iam:PassRole`)."""
        return _split(self.rest[2])


class ResourceType(NamedTuple):
    """A type of resource: ARNs with `${...}` where a name, account or region stands, and its condition keys."""

    service: str
    name: str
    arns: tuple[str, ...]
    keys: tuple[str, ...]

    def patterns(self) -> tuple[str, ...]:
        """The ARNs as patterns, with `*` for all that differs."""
        return tuple(_PLACEHOLDER.sub("*", arn) for arn in self.arns)


class ConditionKey(NamedTuple):
    """A condition key as it is written, `${...}` for a part of one's own; `many` where a request has several values."""

    name: str
    type: str
    many: bool


def facts_date() -> str:
    """The day of the facts, such as 2026-09-26."""
    return parts_of(_FILE).value("date")


@cache
def services() -> tuple[str, ...]:
    """The prefixes of all known services."""
    return tuple(name for name in parts_of(_FILE).names() if name != _GLOBAL)


@cache
def service_actions(service: str) -> dict[str, Action] | None:
    """The actions of a service by their names in lower case; None where the service is not known."""
    lines = _lines(service.lower())
    return None if lines is None else {action.name.lower(): action for action in _actions(service.lower(), lines)}


@cache
def action_named(service: str, name: str) -> Action | None:
    """The action of a service with a name, both in lower case, without reading the others; None where none is known."""
    text = parts_of(_FILE).read(service) or ""
    lines = _lines_with(f" {name}", text, text.lower())
    return next(_actions(service, lines, name.__eq__), None)


def actions_at(level: str, service: str, test: Callable[[str], bool]) -> Iterator[Action]:
    """The actions of a service that are of an access level, and whose names in lower case pass a test."""
    return _of_level(service.lower(), parts_of(_FILE).read(service.lower()) or "", _start_of(level), test)


def every_action_at(level: str, chosen: Callable[[str], bool], test: Callable[[str], bool]) -> Iterator[Action]:
    """As actions_at, of all chosen services in the order of the source."""
    start = _start_of(level)
    for service, text in _every_text():
        if chosen(service):
            yield from _of_level(service, text, start, test)


def _start_of(level: str) -> str:
    return f"{next(letter for letter, name in _LETTERS.items() if name == level)} "


def _of_level(service: str, text: str, start: str, test: Callable[[str], bool]) -> Iterator[Action]:
    """The lines that start so, which stand together: those before and after are not looked at."""
    first = 0 if text.startswith(start) else text.find(f"\n{start}") + 1
    if first or text.startswith(start):
        last = text.rfind(f"\n{start}") + 1
        yield from _actions(service, text[first : text.find("\n", last)].splitlines(), test)


def actions_where(chosen: Callable[[str], bool], test: Callable[[str], bool], part: str) -> Iterator[Action]:
    """The actions of all chosen services whose names, in lower case, pass a test; all that do have the part.

    In front of every name stands a blank, which the part may have as well.
    """
    for service, (text, lower) in _texts().items():
        if chosen(service):
            yield from _actions(service, _lines_with(part, text, lower), test)


def _lines_with(part: str, text: str, lower: str) -> Iterator[str]:
    """The lines of a text that have a part in lower case."""
    at = lower.find(part)
    while 0 <= at < len(text):
        end = text.find("\n", at)
        yield text[text.rfind("\n", 0, at) + 1 : end]
        at = lower.find(part, end + 1)


def actions_beginning(head: str) -> list[Action]:
    """The actions of all services whose names, in lower case, begin with a text; in the order of the source.

    All names are put in order for it, which pays where many patterns are asked for.
    """
    names = _by_name()
    found = []
    for at in range(bisect_left(names, head, key=itemgetter(0)), len(names)):
        if not names[at][0].startswith(head):
            break
        found.append(names[at][1:])
    return [action for _, action in sorted(found)]


@cache
def _by_name() -> list[tuple[str, int, Action]]:
    every = (action for service, (text, _) in _texts().items() for action in _actions(service, text.splitlines()))
    return sorted((action.name.lower(), place, action) for place, action in enumerate(every))


@cache
def _texts() -> dict[str, tuple[str, str]]:
    """The text of every service, as it is and in lower case."""
    return {name: (text, text.lower()) for name, text in _every_text()}


@cache
def _every_text() -> list[tuple[str, str]]:
    return [(name, text) for name, text in parts_of(_FILE).all().items() if name != _GLOBAL]


def _actions(service: str, lines: Iterable[str], test: Callable[[str], bool] | None = None) -> Iterator[Action]:
    for line in lines:
        if line[0] in _LETTERS:
            letter, uses, keys, dependents, names = line.split(" ", 4)
            found = names.split(" ")
            if test is not None:
                found = [name for name, lower in zip(found, names.lower().split(" "), strict=True) if test(lower)]
            if found:
                level, types, rest = _LETTERS[letter], _types(uses), (uses, keys, dependents)
                for name in found:
                    yield Action(service, name, level, types, rest)


@cache
def _types(uses: str) -> tuple[str, ...]:
    return tuple(use.partition("=")[0].rstrip("*") for use in _split(uses))


@cache
def service_resources(service: str) -> Mapping[str, ResourceType]:
    """The resource types of a service by their names; empty where the service is not known."""
    found: dict[str, ResourceType] = {}
    for line in _lines(service.lower()) or ():
        if line[0] == "Y":
            _, name, arns, keys = line.split(" ")
            found[name] = ResourceType(service.lower(), name, _split(arns), _named(service.lower(), keys))
    return found


@cache
def service_keys(service: str) -> tuple[ConditionKey, ...]:
    """The condition keys that a service's actions know; those of `aws` are everyone's."""
    keys = (line.split(" ") for line in _lines(service.lower()) or () if line[0] == "K")
    return tuple(ConditionKey(name, _TYPES[type[0]], type.endswith("+")) for _, name, type in keys)


# Policies name the same few keys again and again.
@lru_cache(maxsize=1024)
def condition_key(name: str) -> ConditionKey | None:
    """The key of this name, in any case; None where none is known."""
    prefix = name.lower().partition(":")[0]
    for service in (prefix, *_listed_under(prefix)):
        for key in service_keys(service):
            if _is_key(key.name, name):
                return key
    return None


def knows_prefix(name: str) -> bool:
    """Whether keys with the prefix of this one are known at all."""
    prefix = name.lower().partition(":")[0]
    return bool(service_keys(prefix) or _listed_under(prefix))


@cache
def _listed_under(prefix: str) -> tuple[str, ...]:
    """The services whose tables have keys with a prefix that is not their own, such as `saml`."""
    found: list[str] = []
    for line in _lines(_GLOBAL) or ():
        if line[0] == "X" and _is_key(line.split(" ")[1], prefix):
            found += line.split(" ")[2].split(",")
    return tuple(dict.fromkeys(found))


def _is_key(known: str, name: str) -> bool:
    known, name = known.lower(), name.lower()
    hole = _PLACEHOLDER.search(known)
    if hole is None:
        return known == name
    return known == name or (name.startswith(known[: hole.start()]) and bool(_key_pattern(known).fullmatch(name)))


@cache
def _key_pattern(known: str) -> re.Pattern[str]:
    return re.compile(".+".join(re.escape(part) for part in _PLACEHOLDER.split(known)))


@cache
def _lines(service: str) -> list[str] | None:
    text = parts_of(_FILE).read(service)
    return None if text is None else text.splitlines()


def _uses(service: str, text: str) -> tuple[ResourceUse, ...]:
    found = []
    for each in _split(text):
        type, _, keys = each.partition("=")
        found.append(ResourceUse(type.rstrip("*"), type.endswith("*"), _named(service, keys or "-")))
    return tuple(found)


def _named(service: str, numbers: str) -> tuple[str, ...]:
    keys = service_keys(service)
    return () if numbers == "-" else tuple(keys[int(number)].name for number in numbers.split("."))


def _split(text: str) -> tuple[str, ...]:
    return () if text == "-" else tuple(text.split(","))
