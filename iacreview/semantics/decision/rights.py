"""What a principal may do: some Allow of its policies, no Deny, and what limits them lets through.

A request is a principal, an action, a resource, and a value or the absence of each condition key. The policies of an
organization (SCP, RCP) are not known here. Source: "Policy evaluation logic" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from iacreview.model.record import NamedTuple
from iacreview.semantics.decision.clauses import Clause
from iacreview.semantics.decision.demands import OPAQUE, PRINCIPAL, Demand
from iacreview.semantics.decision.principals import principal_classes
from iacreview.semantics.decision.symbols import Symbols, shown
from iacreview.semantics.decision.values import Classes, Witness, classes_of

# Past this number of combinations of classes looked at, a question is undecided.
MAX_COMBINATIONS = 20_000


class Rights(NamedTuple):
    """The clauses of a principal's policies, and those of each policy that limits them (a permissions boundary).

    `complete` is false where it may have other policies, or statements, that nobody knows.
    """

    identity: tuple[Clause, ...]
    limits: tuple[tuple[Clause, ...], ...] = ()
    complete: bool = True

    @property
    def clauses(self) -> tuple[Clause, ...]:
        return (*self.identity, *(clause for limit in self.limits for clause in limit))

    def about(self, action: str, resource: Symbols) -> Rights:
        """What of them is about an action on a resource."""
        return self.doing(action).on(resource)

    def doing(self, action: str) -> Rights:
        """What of them is about an action."""
        return self._chosen(lambda clause: clause.about_action(action))

    def of_service(self, service: str) -> Rights:
        """What of them is about some action of a service, in lower case."""
        return self._chosen(lambda clause: clause.about_service(service) is not False)

    def on(self, resource: Symbols) -> Rights:
        """What of them is about a resource."""
        return self._chosen(lambda clause: clause.about_resource(resource))

    def _chosen(self, chosen: Callable[[Clause], bool]) -> Rights:
        limits = tuple(tuple(filter(chosen, limit)) for limit in self.limits)
        return Rights(tuple(filter(chosen, self.identity)), limits, self.complete)


NOTHING = Rights(())


class Request(NamedTuple):
    """A request. `context` has the keys that matter, None for one that has to be absent."""

    action: str
    resource: str
    context: Mapping[str, Witness] = {}
    principal: str | None = None

    def __str__(self) -> str:
        asked = [f"{key} {_said(values)}" for key, values in self.context.items()]
        who = f"{self.principal}: " if self.principal else ""
        where = f" on {self.resource}" if self.resource else ""
        return f"{who}{self.action}{where}" + (f" with {', '.join(asked)}" if asked else "")


class Found(NamedTuple):
    """An answer: whether there is such a request, and which; `certain` is false where a bound cut the search short.

    `effort` is how many combinations of classes were looked at.
    """

    request: Request | None
    certain: bool = True
    effort: int = 0

    @property
    def exists(self) -> bool:
        return self.request is not None


def permits(rights: Rights, action: str, resource: Symbols, through: Clause | None = None) -> Found:
    """Whether there are circumstances in which the action (in lower case) is allowed on the resource.

    With `through`, circumstances in which this clause of the identity policies allows it.
    """
    return _search(action, resource, rights, NOTHING, through)


def exceeds(after: Rights, before: Rights, action: str, resource: Symbols, through: Clause | None = None) -> Found:
    """Whether there are circumstances in which one side allows the action on the resource, and the other does not."""
    return _search(action, resource, after, before, through)


_Holds = Callable[[Clause], "bool | None"]


def _search(action: str, resource: Symbols, after: Rights, before: Rights, through: Clause | None) -> Found:
    after, before = after.about(action, resource), before.about(action, resource)
    if through is not None and through not in after.identity:
        return Found(None)
    if not any(clause.allows for clause in after.identity):
        return Found(None)
    dimensions = _dimensions((*after.clauses, *before.clauses))
    search = _Search(dimensions, lambda holds: _exceeding(after, before, through, holds))
    chosen = search.run()
    certain = search.certain and all(each.certain for each in dimensions)
    effort = MAX_COMBINATIONS - search.left
    if chosen is None:
        return Found(None, certain, effort)
    return Found(_request(action, resource, chosen), certain, effort)


def _dimensions(clauses: Iterable[Clause]) -> list[Classes]:
    demands = list(dict.fromkeys(demand for clause in clauses for demand in _in_order(clause.demands)))
    who = principal_classes(demands)
    keys = classes_of(demand for demand in demands if demand.domain != PRINCIPAL)
    return [*([who] if who is not None else []), *sorted(keys, key=lambda each: len(each.classes))]


@lru_cache(maxsize=4096)
def _in_order(demands: frozenset[Demand]) -> list[Demand]:
    return sorted(demands, key=str)


class _Search:
    """Looks through the combinations of classes for one in which a question has the answer yes."""

    def __init__(self, dimensions: Sequence[Classes], question: Callable[[_Holds], bool | None]) -> None:
        self.dimensions = dimensions
        self.question = question
        self.left = MAX_COMBINATIONS
        self.certain = True

    def run(self) -> dict[str, Witness] | None:
        return self._from(0, {}, frozenset(), frozenset())

    def _from(
        self, index: int, chosen: dict[str, Witness], met: frozenset[Demand], decided: frozenset[str]
    ) -> dict[str, Witness] | None:
        self.left -= 1
        if self.left < 0:
            self.certain = False
            return None
        answer = self.question(lambda clause: _holds(clause, met, decided))
        if answer is not None:
            return dict(chosen) if answer else None
        dimension = self.dimensions[index]
        for each in dimension.classes:
            following = {**chosen, dimension.key: each.witness}
            found = self._from(index + 1, following, met | each.holds, decided | {dimension.key})
            if found is not None:
                return found
        return None


def _holds(clause: Clause, met: frozenset[Demand], decided: frozenset[str]) -> bool | None:
    """Whether all demands of a clause are met; None where that hangs on keys that are not decided yet."""
    missing = clause.demands - met
    if not missing:
        return True
    return False if any(demand.key in decided for demand in missing) else None


def _exceeding(after: Rights, before: Rights, through: Clause | None, holds: _Holds) -> bool | None:
    granted = _allowed(after, holds)
    if through is not None:
        granted = _and(granted, holds(through))
    if granted is False:
        return False
    return _and(granted, _not(_allowed(before, holds)))


def _allowed(rights: Rights, holds: _Holds) -> bool | None:
    denied = _any(holds(clause) for clause in rights.clauses if not clause.allows)
    if denied is True:
        return False
    granted = _any(holds(clause) for clause in rights.identity if clause.allows)
    for limit in rights.limits:
        granted = _and(granted, _any(holds(clause) for clause in limit if clause.allows))
    return _and(granted, _not(denied))


def _any(answers: Iterable[bool | None]) -> bool | None:
    result: bool | None = False
    for answer in answers:
        if answer is True:
            return True
        if answer is None:
            result = None
    return result


def _and(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _request(action: str, resource: Symbols, chosen: Mapping[str, Witness]) -> Request:
    who = chosen.get(PRINCIPAL)
    context = {key: values for key, values in chosen.items() if key != PRINCIPAL and not _is_opaque(values)}
    return Request(action, shown(resource), context, who[0] if who else None)


def _is_opaque(values: Witness) -> bool:
    return values == (OPAQUE,)


def _said(values: Witness) -> str:
    return "absent" if values is None else "= " + ", ".join(values)
