"""Which types of resources an ARN pattern may be of.

Source: "Actions, resources, and condition keys for AWS services" (Service Authorization Reference).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from iacreview.model.value import HOLE
from iacreview.semantics.arn import parse_arn
from iacreview.semantics.facts import Action, service_resources
from iacreview.semantics.parts import lines_of

# Names of these types have no slash ("Bucket naming rules"; "Supported data types and naming rules in DynamoDB"), so
# that `bucket/*` is of another type.
_WITHOUT_SLASH = {("s3", "bucket"): "", ("dynamodb", "table"): "table/"}

_FIELDS = 6
# A wildcard that has no colon in it, and all of them.
_IN_FIELD = "<*:>"
_WILD = ("*", _IN_FIELD)


def may_act(action: Action, pattern: str) -> bool:
    """Whether an action may work on something that the pattern has; never for an action that works on `*` alone."""
    if any(_may_be(pattern, action.service, type) for type in action.resource_types):
        return True
    return bool(action.resource_types) and any(_meets(each, pattern) for each in _beside(action.service))


@cache
def _beside(service: str) -> tuple[str, ...]:
    """The forms of what else the actions of a service are allowed on."""
    table = map(str.split, lines_of("beside.txt"))
    return tuple(form for owner, form in table if owner == service)


@lru_cache(maxsize=8192)
def _may_be(pattern: str, service: str, type: str) -> bool:
    """Whether something of the type may have such an ARN; a type that is not known may."""
    found = service_resources(service).get(type)
    if found is None:
        return True
    arn, before = parse_arn(pattern), _WITHOUT_SLASH.get((service, type))
    if arn is not None and before is not None and "/" in arn.resource.removeprefix(before):
        return False
    return any(_meets(each, pattern) for each in found.patterns())


def _meets(form: str, pattern: str) -> bool:
    """Whether some ARN may be of both. What stands for a region or an account has no colon in it; a wildcard that is
    written may go on beyond one ("IAM JSON policy elements: Resource")."""
    if _are_of_others(form, pattern):
        return False
    one, other = _pieces(form, "*"), _pieces(pattern, HOLE)
    stack, seen = [(0, 0)], {(0, 0)}
    while stack:
        at, place = stack.pop()
        if at == len(one) and place == len(other):
            return True
        for following in _following(one, at, other, place):
            if following not in seen:
                seen.add(following)
                stack.append(following)
    return False


def _are_of_others(form: str, pattern: str) -> bool:
    """Whether the services of both are known and differ; nothing before them can be longer than it looks."""
    before, service = _start(pattern)
    own = _start(form)[1]
    return not any(sign in text for sign in ("*", "?", HOLE) for text in (before, service, own)) and service != own


@lru_cache(maxsize=8192)
def _start(text: str) -> tuple[str, str]:
    """What stands before the service in an ARN, and the service."""
    fields = text.split(":", _FIELDS - 1)
    return ":".join(fields[:2]), fields[2] if len(fields) == _FIELDS else "*"


@cache
def _pieces(text: str, unknown: str) -> tuple[str, ...]:
    """The characters of an ARN; what is `unknown` in a part before the last as a wildcard without a colon."""
    fields = text.split(":", _FIELDS - 1)
    last = _FIELDS - 1 if len(fields) == _FIELDS else 0
    pieces: list[str] = []
    for index, field in enumerate(fields):
        wild = _IN_FIELD if index < last else "*"
        pieces += (wild if each in (unknown, HOLE) else each for each in (":" if index else "") + field)
    return tuple(pieces)


def _following(one: Sequence[str], at: int, other: Sequence[str], place: int) -> Iterator[tuple[int, int]]:
    """Where two ARNs may go on after one character more, or after a wildcard that ends."""
    first, second = one[at] if at < len(one) else "", other[place] if place < len(other) else ""
    if first in _WILD:
        yield at + 1, place
    if second in _WILD:
        yield at, place + 1
    if first and second and _fit(first, second) and _fit(second, first):
        yield at + (first not in _WILD), place + (second not in _WILD)


def _fit(first: str, second: str) -> bool:
    """Whether one character may be of both, as far as the first one says."""
    if first == _IN_FIELD:
        return second != ":"
    return first in ("*", "?") or second in ("*", "?", _IN_FIELD) or first == second
