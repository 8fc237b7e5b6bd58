"""Who asks: the classes of principals that the policies at hand tell apart.

Source: "AWS JSON policy elements: Principal" (IAM User Guide): an account, or its root, stands for its principals; a
`*` is everyone; there are no other wildcards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iacreview.semantics.arn import account_of, is_account
from iacreview.semantics.decision.demands import PRINCIPAL, Demand
from iacreview.semantics.decision.symbols import Symbols, shown, symbols_of
from iacreview.semantics.decision.values import Class, Classes
from iacreview.semantics.items import Item
from iacreview.semantics.policy import Principal, Statement

_KEY = PRINCIPAL
_STRANGER = "AWS:arn:aws:iam::999999999999:role/x"
_ANYBODY = frozenset({"*:*", "AWS:*"})


def principal_demand(statement: Statement) -> Demand | None:
    """What a statement asks of the principal; None where it has none (an identity policy)."""
    if statement.principals:
        return Demand(_KEY, PRINCIPAL, "is", tuple(map(_named, statement.principals)))
    if statement.not_principals:
        return Demand(_KEY, PRINCIPAL, "is", tuple(map(_named, statement.not_principals)), negated=True)
    return None


def _named(principal: Principal) -> Symbols:
    text = symbols_of(Item(principal.pattern, principal.value))
    return (*f"{principal.kind or '?'}:", *text)


def principal_classes(demands: Iterable[Demand]) -> Classes | None:
    """The principals that the demands tell apart, and those that none of them names."""
    asked = tuple(dict.fromkeys(demand for demand in demands if demand.domain == PRINCIPAL))
    if not asked:
        return None
    found: dict[frozenset[Demand], str] = {}
    for who in _candidates(asked):
        found.setdefault(frozenset(demand for demand in asked if _holds(demand, who)), who)
    return Classes(_KEY, tuple(Class((who.partition(":")[2],), holds) for holds, who in found.items()))


def _candidates(demands: Iterable[Demand]) -> Iterator[str]:
    for text in dict.fromkeys(shown(value) for demand in demands for value in demand.values):
        kind, _, name = text.partition(":")
        if text in _ANYBODY:
            continue
        account = account_of(name) if kind == "AWS" else None
        if account is not None and (is_account(name) or name.endswith(":root")):
            yield f"AWS:arn:aws:iam::{account}:role/x"
        yield text
    yield from (_STRANGER, "*:anonymous", "Service:x.amazonaws.com")


def _holds(demand: Demand, who: str) -> bool:
    return any(_is(shown(value), who) for value in demand.values) != demand.negated


def _is(named: str, who: str) -> bool:
    if named in _ANYBODY or named == who:
        return True
    kind, _, name = named.partition(":")
    account = account_of(name) if kind == "AWS" else None
    if account is None or not (is_account(name) or name.endswith(":root")):
        return False
    return who.startswith("AWS:") and account_of(who[4:]) == account
