"""What a condition asks of one key of a request: the operator taken apart, the values as symbols.

Sources: "IAM JSON policy elements: Condition operators", "Set operators for multivalued context keys", "Condition
operators IfExists and Null" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from iacreview.model.guard import Guard, When
from iacreview.model.record import NamedTuple
from iacreview.semantics.decision.symbols import Symbols, anonymous, symbols_of
from iacreview.semantics.policy import Condition

TEXT, NUMBER, DATE, ADDRESS, FLAG, OPAQUE, PRINCIPAL = (
    "text",
    "number",
    "date",
    "address",
    "flag",
    "opaque",
    "principal",
)
ANY_VALUE, ALL_VALUES = "foranyvalue", "forallvalues"

_DOMAINS = {
    "stringequals": TEXT,
    "stringequalsignorecase": TEXT,
    "stringlike": TEXT,
    "arnequals": TEXT,
    "arnlike": TEXT,
    "binaryequals": TEXT,
    "numericequals": NUMBER,
    "numericlessthan": NUMBER,
    "numericlessthanequals": NUMBER,
    "numericgreaterthan": NUMBER,
    "numericgreaterthanequals": NUMBER,
    "dateequals": DATE,
    "datelessthan": DATE,
    "datelessthanequals": DATE,
    "dategreaterthan": DATE,
    "dategreaterthanequals": DATE,
    "ipaddress": ADDRESS,
    "bool": FLAG,
    "null": TEXT,
}
_NEGATIONS = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
}


class Demand(NamedTuple):
    """One condition on one key (in lower case), or on who asks.

    `operator` is in lower case and without its negation, quantifier and IfExists. A demand of the domain OPAQUE is one
    that holds or does not, nobody can tell which.
    """

    key: str
    domain: str
    operator: str
    values: tuple[Symbols, ...]
    negated: bool = False
    quantifier: str = ""
    if_exists: bool = False


def demand_of(condition: Condition) -> Demand:
    """What a condition asks; opaque where its operator, key or values are not known."""
    values = tuple(symbols_of(item) for item in condition.values)
    key = (condition.key or "").lower()
    if condition.operator is None or condition.key is None or any(item.when for item in condition.values):
        return Demand(f"{key}?{anonymous(condition.value)}", OPAQUE, condition.operator or "", values)
    quantifier, name, if_exists = _taken_apart(condition.operator)
    negated = name in _NEGATIONS
    name = _NEGATIONS.get(name, name)
    domain = _DOMAINS.get(name, OPAQUE)
    if domain is OPAQUE or (domain not in (TEXT,) and any(len(each) > 1 for value in values for each in value)):
        return Demand(f"{key} {condition.operator.lower()} {values}", OPAQUE, name, values)
    return Demand(key, domain, name, values, negated, quantifier, if_exists)


def guards(when: When, settled: Callable[[Guard], bool]) -> Iterator[Demand]:
    """The conditions of the configuration itself, under which a statement is there, but for settled ones."""
    for guard in when:
        if not settled(guard):
            yield Demand(f"guard {guard._replace(holds=True)}", OPAQUE, "guard", (), negated=not guard.holds)


def _taken_apart(operator: str) -> tuple[str, str, bool]:
    quantifier, _, name = operator.lower().rpartition(":")
    if name.endswith("ifexists"):
        return quantifier, name[: -len("ifexists")], True
    return quantifier, name, False
