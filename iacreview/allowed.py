"""Access and reach that a project accepts in its settings (`allow:`), and what of a change they do not cover."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iacreview.model.delta import Access, Opening
from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple
from iacreview.model.value import HOLE
from iacreview.semantics import network, pattern
from iacreview.semantics.ports import ALL

_UNKNOWN = later(r"\$\{[^{}]*\}")
_MAX_GAINED = 100


class AllowedAccess(NamedTuple):
    """Permissions that principals may get: all are patterns."""

    principal: str = "*"
    actions: tuple[str, ...] = ("*",)
    resources: tuple[str, ...] = ("*",)


class AllowedReach(NamedTuple):
    """Traffic that may reach resources: a pattern of addresses, protocol, range of ports, network or pattern.

    Of what is `outbound`, `source` is where it may go.
    """

    resource: str = "*"
    protocol: str = ALL
    first: int = 0
    last: int = 65535
    source: str = "*"
    outbound: bool = False


class Allowed(NamedTuple):
    """All that is accepted."""

    access: tuple[AllowedAccess, ...] = ()
    reach: tuple[AllowedReach, ...] = ()


def new_access(added: Iterable[Access], allowed: Allowed) -> list[Access]:
    """What is not accepted of permissions that a change adds, or may add. What nobody can say never is."""
    return [each for each in added if not _is_accepted(each, allowed.access)]


def _is_accepted(entry: Access, allowed: Sequence[AllowedAccess]) -> bool:
    near = [each for each in allowed if _covers(each.principal, entry.principal)]
    if not entry.actions:
        return False
    return all(
        any(
            any(_covers(own, action, fold=True) for own in each.actions)
            and any(_covers(own, resource) for own in each.resources)
            for each in near
        )
        for action in _actions(entry)
        for resource in entry.resources
    )


def _actions(entry: Access) -> Sequence[str]:
    """The actions by name, or by their patterns where these are not all."""
    if entry.to_come or len(entry.gained) >= _MAX_GAINED or not entry.gained:
        return tuple("*" if " " in action else action for action in entry.actions)
    return entry.gained


def new_reach(added: Iterable[Opening], allowed: Allowed) -> list[Opening]:
    """What is not accepted of what a change opens, or may open."""
    return [each for each in added if not any(_lets(own, each) for own in allowed.reach)]


def _lets(own: AllowedReach, each: Opening) -> bool:
    if own.outbound is not each.outbound or not _covers(own.resource, each.resource):
        return False
    if own.protocol not in (ALL, each.protocol):
        return False
    first, last = (each.from_port, each.to_port) if each.from_port >= 0 else (0, 65535)
    if not (own.first <= first and last <= own.last):
        return False
    return all(_covers(own.source, name) or network.covers(own.source, name) for name in each.source.split(", "))


def _covers(own: str, text: str, fold: bool = False) -> bool:
    return pattern.covers(own, _UNKNOWN.sub(HOLE, text), fold=fold)
