"""Protections as the code uses them: what is lost, and rows that say where it stands and how strong it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from iacreview.engine.rule import Row, Rule
from iacreview.model.graph import Unit
from iacreview.model.record import NamedTuple

# Whom a row guards where that is not what its properties name.
ACCOUNT, ITSELF = "account", "itself"
HOWS = ("levels", "number", "set", "same", "pattern")


class Measure(NamedTuple):
    """How strong a protection is in one respect, read from one property.

    `how` is one of HOWS; `order` are predicates from the weakest to the strongest (levels), or which direction is the
    stronger one (`more`, `less`), or which kind of pattern it is. `everything` are the items that stand for all, or
    `absent`; `members` are what makes an item of a member of a collection.
    """

    name: str
    property: str
    how: str
    order: tuple[Any, ...]
    everything: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


class Ward(NamedTuple):
    """Where a protection stands: in resources (or members of a collection in them) of a kind, while `in_force` holds.

    `subject` are the properties that name what is guarded, ACCOUNT or ITSELF. Only what has the same in all properties
    of `like` can take its place. `by` is a function with parameters `with_`, where a table cannot say it. What `hides`
    is the opposite of a protection: one that is added takes away from what others show.
    """

    kind: str
    each: str
    in_force: Mapping[str, Any]
    subject: tuple[str, ...]
    like: tuple[str, ...]
    measures: tuple[Measure, ...]
    by: str = ""
    with_: Mapping[str, Any] = {}
    hides: bool = False


class ProtectionKind(NamedTuple):
    """One kind of protection. `what` is what is lost with it; a place that meets one of `rules` is such a protection.

    `besides` are kinds of resources of which another protection says so, `within` protections with which it is told.
    """

    name: str
    what: str
    wards: tuple[Ward, ...]
    rules: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()
    within: tuple[str, ...] = ()


class Definitions(NamedTuple):
    """All protections by the kinds of resources in which they stand."""

    wards: Mapping[str, Sequence[tuple[ProtectionKind, Ward]]]
    rows: Mapping[str, Sequence[tuple[ProtectionKind, Rule, Row]]]

    def about(self, kind: str | None) -> bool:
        """Whether any of them stands in resources of a kind."""
        return kind in self.wards or kind in self.rows

    def stand_in(self, unit: Unit) -> bool:
        """Whether any of them may stand in a unit, whose resources have their kinds."""
        return any(self.about(each.kind) for each in unit.resources)


def kind_from(name: str, spec: Mapping[str, Any]) -> ProtectionKind:
    """The protection that a validated specification means (protection.schema.json)."""
    wards = tuple(_ward(kind, each) for each in spec.get("rows", ()) for kind in _texts(each["kind"]))
    rules, besides, within = (tuple(spec.get(key, ())) for key in ("rules", "besides", "within"))
    return ProtectionKind(name, spec["what"], wards, rules, besides, within)


def definitions(kinds: Iterable[ProtectionKind], rules: Iterable[Rule]) -> Definitions:
    """The protections with the rules that they name."""
    by_code = {rule.code: rule for rule in rules}
    wards: dict[str, list[tuple[ProtectionKind, Ward]]] = {}
    rows: dict[str, list[tuple[ProtectionKind, Rule, Row]]] = {}
    for kind in kinds:
        for ward in kind.wards:
            wards.setdefault(ward.kind, []).append((kind, ward))
        for rule in (by_code[code] for code in kind.rules if code in by_code):
            for row in (each for each in rule.rows if each.kind not in kind.besides):
                rows.setdefault(row.kind, []).append((kind, rule, row))
    return Definitions(wards, rows)


def _ward(kind: str, spec: Mapping[str, Any]) -> Ward:
    return Ward(
        kind=kind,
        each=spec.get("each", ""),
        in_force=spec.get("in_force", {}),
        subject=tuple(_texts(spec.get("subject", ITSELF))),
        like=tuple(_texts(spec.get("like", ()))),
        measures=tuple(_measure(name, each) for name, each in spec.get("measures", {}).items()),
        by=spec.get("by", ""),
        with_=spec.get("with", {}),
        hides=spec.get("hides", False),
    )


def _measure(name: str, spec: Mapping[str, Any]) -> Measure:
    how = next(each for each in HOWS if each in spec)
    order = spec[how]
    return Measure(
        name,
        spec.get("property", name),
        how,
        tuple(order) if isinstance(order, list) else (order,),
        tuple(_texts(spec.get("everything", ()))),
        tuple(_texts(spec.get("members", ()))),
    )


def _texts(spec: Any) -> Sequence[str]:
    return (spec,) if isinstance(spec, str) else tuple(spec)
