"""Whether what a finding measures is measured on the other side, whichever findings say so together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product

from iacreview.model.finding import Finding
from iacreview.semantics.actions import expand
from iacreview.semantics.breadth import asks_as_much, networks_cover, ports_cover
from iacreview.semantics.pattern import covers, intersects

# Rules of which one may tell what another one told before.
Alike = Callable[[str, str], bool]

_MOST_ACTIONS = 1000
_MOST_QUESTIONS = 2000
_ALL = ("*",)


def alike_by(within: Mapping[str, Iterable[str]]) -> Alike:
    """Rules are alike that are told within each other, be it through others."""
    groups: dict[str, set[str]] = {}
    for rule, others in within.items():
        joined = {rule, *others}.union(*(groups.get(each, ()) for each in (rule, *others)))
        groups.update(dict.fromkeys(joined, joined))
    return lambda one, other: one == other or other in groups.get(one, ())


def is_covered(finding: Finding, others: Sequence[Finding]) -> bool:
    """Whether all that a finding measures is in what the others measure together; not where it measures nothing."""
    if _texts(finding, "network"):
        return _is_reached(finding, others)
    if _texts(finding, "action") or _texts(finding, "except"):
        return _is_granted(finding, [each for each in others if _limits_no_more(each, finding)])
    return False


def _texts(finding: Finding, kind: str) -> list[str]:
    return [each.text for each in finding.values if each.kind == kind]


def _is_reached(finding: Finding, others: Sequence[Finding]) -> bool:
    networks = _texts(finding, "network")
    for ports in _texts(finding, "ports") or [""]:
        open = [each for each in others if not ports or any(ports_cover(one, ports) for one in _texts(each, "ports"))]
        if not networks_cover([text for each in open for text in _texts(each, "network")], networks):
            return False
    return True


def _limits_no_more(one: Finding, other: Finding) -> bool:
    """Whether whatever one asks for, another one asks for as well."""
    wanted = _texts(other, "condition")
    return all(any(asks_as_much(each, before) for each in wanted) for before in _texts(one, "condition"))


def _is_granted(finding: Finding, others: Sequence[Finding]) -> bool:
    actions, resources = _texts(finding, "action") or _ALL, _texts(finding, "resource") or _ALL
    principals = _texts(finding, "principal") or [""]
    if not others or len(actions) * len(resources) * len(principals) > _MOST_QUESTIONS:
        return False
    left_out = _texts(finding, "except")

    def granted(action: str, resource: str, principal: str) -> bool:
        return any(_grants(each, action, resource, principal, left_out) for each in others)

    for action, *rest in product(actions, resources, principals):
        if granted(action, *rest):
            continue
        known = expand(action) if action != "*" else None
        if not known or len(known) > _MOST_ACTIONS or not all(granted(str(each), *rest) for each in known):
            return False
    return True


def _grants(other: Finding, action: str, resource: str, principal: str, left_out: Sequence[str]) -> bool:
    for each in _texts(other, "except"):
        meets = intersects(each, action) or intersects(each, resource, fold=False)
        if meets and not any(covers(one, each) for one in left_out):
            return False
    if not any(covers(each, action) for each in _texts(other, "action") or _ALL):
        return False
    if not any(covers(each, resource, fold=False) for each in _texts(other, "resource") or _ALL):
        return False
    principals = _texts(other, "principal")
    if not principal or not principals:
        return not principal and not principals
    return any(covers(each, principal, fold=False) for each in principals)
