"""The classes of a condition key's values: in each of them, every demand of the policies at hand has one answer.

A class is a witness (None for a key that is absent; several values where the key has several) and the demands
that hold.
Sources: "IAM JSON policy elements: Condition operators" (IAM User Guide); "AWS global condition context keys".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeAlias

from iacreview.model.record import NamedTuple
from iacreview.semantics.decision.automata import Automaton, satisfiable
from iacreview.semantics.decision.demands import (
    ADDRESS,
    ALL_VALUES,
    ANY_VALUE,
    DATE,
    FLAG,
    NUMBER,
    OPAQUE,
    TEXT,
    Demand,
)
from iacreview.semantics.decision.symbols import Symbols, shown, wild, wild_arn

if TYPE_CHECKING:
    from datetime import datetime
    from ipaddress import IPv4Network, IPv6Network

Witness: TypeAlias = "tuple[str, ...] | None"

# Past these, single values and few combinations of them are looked at, and the answer is not certain.
_MAX_SET = 6
_MAX_CLASSES = 256

# "AWS global condition context keys": what every signed request has.
ALWAYS_PRESENT = frozenset(
    {
        "aws:currenttime",
        "aws:epochtime",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principaltype",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:useragent",
        "aws:userid",
        "aws:viaawsservice",
        "aws:principalisawsservice",
    }
)


class Class(NamedTuple):
    """Some values of a key, and which demands hold for them."""

    witness: Witness
    holds: frozenset[Demand]


class Classes(NamedTuple):
    """All classes of a key; `certain` is false where a bound has left some out."""

    key: str
    classes: tuple[Class, ...]
    certain: bool = True


def classes_of(demands: Iterable[Demand]) -> list[Classes]:
    """The classes of every key that the demands are about."""
    by_key: dict[str, list[Demand]] = {}
    for demand in dict.fromkeys(demands):
        by_key.setdefault(demand.key, []).append(demand)
    return [_classes(key, found) for key, found in by_key.items()]


def _classes(key: str, demands: Sequence[Demand]) -> Classes:
    if any(demand.domain == OPAQUE for demand in demands):
        holding = frozenset(demand for demand in demands if not demand.negated)
        return Classes(key, (Class((OPAQUE,), holding), Class((OPAQUE,), frozenset(demands) - holding)))
    domains = {demand.domain for demand in demands if demand.operator != "null"} or {TEXT}
    singles, certain = _singles(demands, domains)
    multiple = any(demand.quantifier for demand in demands)
    sets, complete = _sets(singles) if multiple else ([((text,), (met,)) for text, met in singles], True)
    found: dict[frozenset[Demand], Witness] = {}
    for texts, met in sets:
        found.setdefault(_holding(demands, met), texts)
    if key not in ALWAYS_PRESENT:
        found.setdefault(frozenset(demand for demand in demands if _when_absent(demand)), None)
    return Classes(
        key,
        tuple(Class(witness, holds) for holds, witness in found.items()),
        certain and complete and len(domains) == 1,
    )


def _when_absent(demand: Demand) -> bool:
    """Whether the demand holds for a request without its key."""
    if demand.operator == "null":
        return _null(demand, True)
    if demand.quantifier == ANY_VALUE:
        return demand.if_exists
    return demand.negated or demand.if_exists or demand.quantifier == ALL_VALUES


def _null(demand: Demand, absent: bool) -> bool:
    return any(shown(value).lower() == ("true" if absent else "false") for value in demand.values)


def _holding(demands: Sequence[Demand], met: Sequence[frozenset[Demand]]) -> frozenset[Demand]:
    """The demands that hold for a key with these values, each given by the demands that it matches."""
    return frozenset(demand for demand in demands if _holds(demand, met))


def _holds(demand: Demand, met: Sequence[frozenset[Demand]]) -> bool:
    if demand.operator == "null":
        return _null(demand, False)
    if demand.quantifier == ANY_VALUE:
        return any((demand in each) != demand.negated for each in met)
    if demand.quantifier == ALL_VALUES:
        return all((demand in each) != demand.negated for each in met)
    return any(demand in each for each in met) != demand.negated


def _sets(
    singles: Sequence[tuple[str, frozenset[Demand]]],
) -> tuple[list[tuple[tuple[str, ...], tuple[frozenset[Demand], ...]]], bool]:
    """The sets of values that a key can have, of one or several classes."""
    few = len(singles) <= _MAX_SET
    sizes = range(1, len(singles) + 1) if few else (1, 2, len(singles))
    chosen = [each for size in sizes for each in combinations(singles, size)]
    found = [(tuple(text for text, _ in each), tuple(met for _, met in each)) for each in chosen]
    return found, few


def _singles(demands: Sequence[Demand], domains: Iterable[str]) -> tuple[list[tuple[str, frozenset[Demand]]], bool]:
    """The classes of one value: a witness, and the demands whose values have it (negation left aside)."""
    found: dict[frozenset[Demand], str] = {}
    certain = True
    for domain in domains:
        chosen = [demand for demand in demands if demand.domain == domain and demand.operator != "null"]
        if domain == TEXT:
            certain = _texts(chosen, found) and certain
        else:
            for text, value in _candidates(domain, chosen):
                found.setdefault(frozenset(demand for demand in chosen if _COMPARED[domain](demand, value)), text)
    kept = list(found.items())[:_MAX_CLASSES]
    return [(text, met) for met, text in kept], certain and len(kept) == len(found)


def _texts(demands: Sequence[Demand], found: dict[frozenset[Demand], str]) -> bool:
    every: list[tuple[Demand, Automaton]] = [
        (demand, _automaton(demand, value)) for demand in demands for value in demand.values
    ]
    signs = satisfiable([automaton for _, automaton in every])
    for signed, text in (signs or {}).items():
        met = frozenset(demand for (demand, _), sign in zip(every, signed, strict=True) if sign)
        found.setdefault(met, shown(text))
    if signs is None:
        for demand, automaton in every:
            found.setdefault(frozenset({demand}), shown(automaton.pattern))
        found.setdefault(frozenset(), "x")
    return signs is not None


def _automaton(demand: Demand, value: Symbols) -> Automaton:
    if demand.operator == "stringlike":
        return Automaton(wild(value))
    if demand.operator in ("arnlike", "arnequals"):
        return Automaton(wild_arn(value))
    return Automaton(value, fold=demand.operator == "stringequalsignorecase")


def _candidates(domain: str, demands: Sequence[Demand]) -> Iterator[tuple[str, Any]]:
    """Values among which there is one of every class."""
    texts = [shown(value) for demand in demands for value in demand.values]
    if domain == FLAG:
        yield from (("true", True), ("false", False))
    elif domain == ADDRESS:
        yield from _addresses(texts)
    else:
        read = number if domain == NUMBER else moment
        points = sorted({point for text in texts if (point := read(text)) is not None})
        for point in _around(points):
            yield str(point), point


def _around(points: Sequence[float]) -> Iterator[float]:
    if not points:
        yield 0
        return
    yield points[0] - 1
    for point, following in zip(points, [*points[1:], points[-1] + 2], strict=True):
        yield point
        yield (point + following) / 2


def _addresses(texts: Iterable[str]) -> Iterator[tuple[str, Any]]:
    from ipaddress import ip_address

    for first in ("192.0.2.1", "2001:db8::1"):
        yield first, ip_address(first)
    for text in texts:
        network = read_network(text)
        if network is None:
            continue
        low, high = int(network.network_address), int(network.broadcast_address)
        for each in (low, low - 1, high + 1):
            if 0 <= each <= 2**network.max_prefixlen - 1:
                address = type(network.network_address)(each)
                yield str(address), address


def read_network(text: str) -> IPv4Network | IPv6Network | None:
    """The network that a text writes, with or without a mask; None where it is none."""
    from ipaddress import ip_network

    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def number(text: str) -> float | None:
    """The number that a text writes; None where it is none, or has no end."""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if abs(found) < float("inf") else None


def moment(text: str) -> float | None:
    """Seconds since 1970 of a date (ISO 8601 in the forms that W3C profiles, or epoch time); None where it is none."""
    from datetime import datetime

    if text.isascii() and text.isdigit() and len(text) > 4:
        return float(text[:15])
    text = text[:-1] + "+00:00" if text.endswith(("Z", "z")) else text
    for form in ("%Y", "%Y-%m", "%Y-%m-%dT%H:%M%z"):
        try:
            return _seconds(datetime.strptime(text, form))
        except ValueError:
            continue
    try:
        return _seconds(datetime.fromisoformat(text))
    except ValueError:
        return None


def _seconds(found: datetime) -> float:
    from datetime import timezone

    return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp()


def _in_network(demand: Demand, address: Any) -> bool:
    networks = (read_network(shown(value)) for value in demand.values)
    return any(each is not None and address in each for each in networks)


def _same_flag(demand: Demand, flag: bool) -> bool:
    return any(shown(value).lower() == ("true" if flag else "false") for value in demand.values)


def _compares(demand: Demand, point: float) -> bool:
    read = number if demand.domain == NUMBER else moment
    limits = (read(shown(value)) for value in demand.values)
    return any(limit is not None and _comparison(demand.operator, point, limit) for limit in limits)


def _comparison(operator: str, point: float, limit: float) -> bool:
    if operator.endswith("lessthan"):
        return point < limit
    if operator.endswith("lessthanequals"):
        return point <= limit
    if operator.endswith("greaterthan"):
        return point > limit
    if operator.endswith("greaterthanequals"):
        return point >= limit
    return point == limit


_COMPARED = {NUMBER: _compares, DATE: _compares, ADDRESS: _in_network, FLAG: _same_flag}
