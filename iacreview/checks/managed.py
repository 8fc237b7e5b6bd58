"""Checks of AWS's managed policies where they are attached, by what they grant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from iacreview.catalog.occurrence import Occurrence
from iacreview.catalog.view import View
from iacreview.checks.documents import WHAT, listed
from iacreview.grants.principals import is_of_service, managed_document, managed_path, named_by
from iacreview.model.finding import Extent
from iacreview.model.logic import NO, UNKNOWN, YES, all_of
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.record import NamedTuple
from iacreview.model.value import HOLE, Encoded, ListValue, MapValue
from iacreview.model.words import Phrase, joined, pattern, say, vouched
from iacreview.semantics.actions import PERMISSIONS, expand, expand_to
from iacreview.semantics.decision.actions import TO_COME
from iacreview.semantics.decision.clauses import Clause
from iacreview.semantics.decision.generic import SOMETHING, resources_of, wide
from iacreview.semantics.decision.rights import Rights, permits
from iacreview.semantics.decision.symbols import Symbols
from iacreview.semantics.denials import without_what_narrows
from iacreview.semantics.escalation import exposes_credentials, reads_data
from iacreview.semantics.items import Item, items_of
from iacreview.semantics.managed import named
from iacreview.semantics.narrowing import narrowing
from iacreview.semantics.paths import Allows, open_paths
from iacreview.semantics.statements import grants_all_actions, service_wildcards

ADMINISTRATION, EXCLUSION, ESCALATION = "administration", "exclusion", "escalation"
SERVICES, PLAIN_SERVICES = "services", "plain_services"
MANAGEMENT, SERVICE_ROLE = "permissions", "service_role"
# What may be said of a policy for the role of a service.
_OF_CONTENT = frozenset((EXCLUSION, ESCALATION, SERVICES, PLAIN_SERVICES, MANAGEMENT))
# "AWS managed policies for job functions", "AWS managed policies for Amazon EKS".
_FOR_SERVICES = ("/service-role/", "/AmazonEKS")
_ANY_ACTION = f"{TO_COME}:{TO_COME}"


class Remark(NamedTuple):
    """What is to be said of a policy: of which sort it is, and in words."""

    sort: str
    text: Phrase


def managed_policy(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """An AWS managed policy that grants something of the `sorts`; `property` narrows to one property."""
    sorts = frozenset(params["sorts"])
    for name in (params["property"],) if "property" in params else ("managed_policies", "name"):
        if not view.kind.has(name) or not view.applies(name) or _is_looked_up(view):
            continue
        for occurrence in view.occurrences(name):
            for item in items_of(occurrence.value):
                if not isinstance(item.value, (MapValue, Encoded)):
                    yield from _attached(view, name, occurrence, item, sorts)


def _is_looked_up(view: View) -> bool:
    """Whether a look-up is judged where its policy is attached."""
    return view.kind.name == "iam.managed_policy_lookup" and view.world.is_used(view.resource)


def _attached(view: View, name: str, occurrence: Occurrence, item: Item, sorts: frozenset[str]) -> Iterator[Outcome]:
    path = _path(item, view)
    if path is None:
        hole = item.pattern is not None and HOLE in item.pattern and ":aws:policy/" in item.pattern
        if hole or (item.pattern is None and not _is_own(item, view)):
            reason = say("`{}`: {}", occurrence.name, item.reason)
            yield Doubt(name, item.value.span or occurrence.span, reason)
        return
    found = managed_document(path)
    if not found:
        unknown = pattern(path.rpartition("/")[2], item.value)
        reason = say("`{}`: {} is not a known policy of AWS", occurrence.name, unknown)
        yield Doubt(name, item.value.span or occurrence.span, reason)
        return
    holding = named_by(view)
    of_service = all_of(is_of_service(each, view.world) for each in holding) if holding else NO
    if of_service is YES:
        return
    rights = [without_what_narrows(each.rights, WHAT) for each in holding] or [Rights(found[0].clauses)]
    remark = next(_grants(path, rights, _wanted(sorts, path)), None)
    if remark is not None and of_service is UNKNOWN and SERVICE_ROLE in sorts:
        yield Doubt(name, item.value.span or occurrence.span, say("`{}`: who may assume the role", occurrence.name))
    elif remark is not None:
        text = say("`{}` has {}: {}", occurrence.name, _shown(item, path), remark.text)
        span, values = item.value.span or occurrence.span, (Extent("value", item.pattern or path),)
        when = (*occurrence.when, *item.when)
        # Those of one list are one decision.
        decision = occurrence.span if isinstance(occurrence.value, ListValue) else None
        yield Violation(name, span, text, item.value.via, when, values=values, decision=decision)


def _shown(item: Item, path: str) -> Phrase:
    """The policy as it is written: by its ARN, or by the name of which SAM makes one."""
    name, span = path.rpartition("/")[2], item.value.span
    by_name = item.pattern is None or (span is not None and span.text.strip("\"'") == name)
    return pattern(name, item.value) if by_name else item.shown


def _wanted(sorts: frozenset[str], path: str) -> frozenset[str]:
    """The sorts of remarks to look for: AWS has written some policies for the role of a service, and nobody can narrow
    these.
    """
    if not path.startswith(_FOR_SERVICES):
        return sorts
    return (_OF_CONTENT if SERVICE_ROLE in sorts else frozenset()) | (sorts & {ADMINISTRATION})


def _path(item: Item, view: View) -> str | None:
    if item.pattern is not None and ":" not in item.pattern:
        return named(item.pattern)
    return managed_path(item, view.world)


def _is_own(item: Item, view: View) -> bool:
    """Whether it is a policy of the unit itself, or a look-up of one that is not AWS's."""
    targets = view.world.targets(item.value)
    return bool(targets) and all(each.kind in ("iam.policy", "iam.managed_policy_lookup") for each in targets)


def _grants(path: str, rights: list[Rights], sorts: frozenset[str]) -> Iterator[Remark]:
    """What is to be said of some sorts, gravest first, of what the policy's holders are left with."""
    plain = all(not each.limits and all(clause.allows for clause in each.clauses) for each in rights)
    if plain:
        first = _first(path, sorts)
        yield from (first,) if first is not None else ()
        return

    def allows(clause: Clause, action: str, resource: Symbols) -> bool:
        return any(permits(each, action, resource, _same(clause, each)).exists for each in rights)

    yield from _judged(_content(path), allows, sorts)


def _same(clause: Clause, rights: Rights) -> Clause:
    """The clause among those of a holder: of the same statement of the same policy."""
    return next((each for each in rights.identity if each[:6] == clause[:6]), clause)


def _content(path: str) -> tuple[Clause, ...]:
    return tuple(clause for document in managed_document(path) for clause in document.clauses)


@cache
def _first(path: str, sorts: frozenset[str]) -> Remark | None:
    """What is to be said first of a policy by itself."""
    clauses = _content(path)
    rights = Rights(clauses)

    def allows(clause: Clause, action: str, resource: Symbols) -> bool:
        return permits(rights, action, resource, clause).exists

    return next(_judged(clauses, allows, sorts), None)


def _judged(clauses: tuple[Clause, ...], allows: Allows, sorts: frozenset[str]) -> Iterator[Remark]:
    free = [clause for clause in clauses if clause.allows and narrowing(clause.statement).what is not YES]
    if not sorts.isdisjoint((ADMINISTRATION, EXCLUSION)):
        yield from (each for each in _nearly_everything(free, allows) if each.sort in sorts)
    paths = open_paths(clauses, allows) if ESCALATION in sorts else []
    if paths:
        actions = joined(map(vouched, paths[0].method.actions), " with ")
        yield Remark(ESCALATION, say("{} {}", actions, vouched(paths[0].method.why)))
    if not sorts.isdisjoint((SERVICES, PLAIN_SERVICES)):
        yield from (each for each in _of_services(free, allows) if each.sort in sorts)
    managing = [name for clause in free for name in _managing(clause, allows)] if MANAGEMENT in sorts else []
    if managing:
        yield Remark(
            MANAGEMENT, say("it manages permissions on every resource, e.g. {}", listed(map(vouched, managing)))
        )


def _nearly_everything(free: list[Clause], allows: Allows) -> Iterator[Remark]:
    for clause in free:
        if any(allows(clause, _ANY_ACTION, resource) for resource in (SOMETHING, *resources_of(clause))):
            if grants_all_actions(clause.statement):
                yield Remark(ADMINISTRATION, say("it allows every action"))
            elif clause.not_actions:
                names = listed(map(vouched, clause.not_actions))
                yield Remark(EXCLUSION, say("it allows every action but {}", names))


def _of_services(free: list[Clause], allows: Allows) -> Iterator[Remark]:
    whole = [pattern for clause in free for pattern in _whole_services(clause, allows)]
    if whole:
        grave = [pattern for pattern in whole if _is_grave(pattern)]
        names = listed(map(vouched, dict.fromkeys((*grave, *whole))))
        sort = SERVICES if grave else PLAIN_SERVICES
        yield Remark(sort, say("it allows every action of {} on every resource", names))


def _whole_services(clause: Clause, allows: Allows) -> Iterator[str]:
    """The services of which every action is allowed on every resource, and of which some can be restricted."""
    for item in service_wildcards(clause.statement):
        pattern = item.pattern or ""
        matters = any(each.level == PERMISSIONS or each.resource_types for each in expand(pattern) or ())
        if matters and clause.about_resource(SOMETHING) and allows(clause, pattern.replace("*", TO_COME), SOMETHING):
            yield pattern


def _is_grave(pattern: str) -> bool:
    """Whether a service has permissions to manage, or returns what is stored or credentials."""
    managing = any(True for _ in expand_to(pattern, (PERMISSIONS,)))
    return bool(managing or reads_data(pattern) or exposes_credentials(pattern))


def _managing(clause: Clause, allows: Allows) -> Iterator[str]:
    if narrowing(clause.statement).any is not NO:
        return
    for each in clause.actions:
        for action in expand_to(each, (PERMISSIONS,)):
            found = wide(clause, action)
            if found is not None and allows(clause, str(action).lower(), found.resource):
                yield str(action)
