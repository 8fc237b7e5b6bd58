"""Rules as the engine uses them: a principle, and rows that say what it asks of each kind."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from typing import Any, overload

from iacreview.model.finding import Severity
from iacreview.model.record import NamedTuple


class Row(NamedTuple):
    """What a rule asks of one kind.

    Either `require` (properties and predicates) or `check` (a function with parameters `with_`), for the resource
    or, with `each`, for every member of a collection; only where `when` holds.
    """

    kind: str
    require: Mapping[str, Any]
    when: Mapping[str, Any]
    each: str
    check: str
    with_: Mapping[str, Any]
    severity: Severity
    profile: str
    aliases: tuple[str, ...]
    message: str
    fix: Mapping[str, Any] | str
    automatic: bool = True
    # Whether what it finds is one decision with what others so marked find at the same resource or member.
    whole: bool = False
    # Of a row in native words: the types it is for, the source of the modules whose calls it is for, and properties
    # of its own, as the catalog writes them.
    types: frozenset[str] = frozenset()
    source: str = ""
    properties: Mapping[str, Any] = {}


class Rows(Sequence[Row]):
    """The rows of a specification, each made when it is asked for: a run needs those of the kinds that it meets.

    `specs` has one for each kind, as data or as JSON, and `places` tells where those of a kind are.
    """

    __slots__ = ("_made", "_places", "_rule", "_specs", "_whens")

    def __init__(
        self, rule: Mapping[str, Any], specs: Sequence[Mapping[str, Any] | str], places: Mapping[str, Sequence[int]]
    ) -> None:
        self._rule = rule
        self._specs = specs
        self._places = places
        self._made: dict[int, Row] = {}
        self._whens: dict[str, Mapping[str, Any]] = {}

    def __len__(self) -> int:
        return len(self._specs)

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...

    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        if place not in self._made:
            spec = self._specs[place]
            row = _row(json.loads(spec) if isinstance(spec, str) else spec, self._rule)
            # Rows that hold under the same conditions have the same ones: whoever asks them notes the answer once.
            self._made[place] = row._replace(when=self._whens.setdefault(repr(row.when), row.when))
        return self._made[place]

    def about(self, kinds: Set[str]) -> list[Row]:
        """Those of some kinds, in their order."""
        if self._places.keys().isdisjoint(kinds):
            return []
        return [
            self[place]
            for place in sorted([place for kind in self._places.keys() & kinds for place in self._places[kind]])
        ]


class Rule(NamedTuple):
    """One principle. `code` and `name` both identify it. `only` is the one dialect it is about, empty for all.

    `within` are the codes of the rules that say more of the same decision: what this one says is told as part of it.
    `own` tells that it is a user's.
    """

    code: str
    name: str
    family: str
    title: str
    why: str
    severity: Severity
    references: tuple[str, ...]
    controls: Mapping[str, tuple[str, ...]]
    rows: Sequence[Row]
    only: str = ""
    within: tuple[str, ...] = ()
    own: bool = False

    def about(self, kinds: Set[str]) -> Sequence[Row]:
        """Its rows of some kinds, in their order."""
        if isinstance(self.rows, Rows):
            return self.rows.about(kinds)
        return [row for row in self.rows if row.kind in kinds]

    @property
    def aliases(self) -> tuple[str, ...]:
        """The checks of other tools that its rows cover, sorted."""
        return tuple(sorted({alias for row in self.rows for alias in row.aliases}))


class Rules(tuple[Rule, ...]):
    """The rules of a run. Which of their rows are about a kind is found out once: its units have the same kinds."""

    @classmethod
    def of(cls, rules: Sequence[Rule]) -> Rules:
        """Some rules as such."""
        return rules if isinstance(rules, cls) else cls(rules)

    def about(self, kind: str, profile: str = "strict") -> Sequence[tuple[Rule, Row]]:
        """The rows about a kind that a profile has, each with its rule, in their order; `strict` has all."""
        known: dict[str, list[tuple[Rule, Row]]] = self.__dict__
        key = f"{profile} {kind}"
        if key not in known:
            rows = ((rule, row) for rule in self for row in rule.about({kind}))
            known[key] = [(rule, row) for rule, row in rows if profile in ("strict", row.profile)]
        return known[key]


def rule_from(spec: Mapping[str, Any]) -> Rule:
    """The rule that a validated specification means (rules/rule.schema.json)."""
    head, *rows = parts_of(spec)
    return rule_of(head, rows)


def parts_of(spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A validated specification with the number of its rows and the `places` of each kind, and then these rows."""
    rows = [{**row, "kind": kind} for row in spec["rows"] for kind in _kinds(row)]
    places: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(row["kind"], []).append(place)
    return [{**spec, "rows": len(rows), "places": places}, *rows]


def rule_of(spec: Mapping[str, Any], rows: Sequence[Mapping[str, Any] | str]) -> Rule:
    """The rule of the parts that parts_of makes, of which the rows may be JSON."""
    return Rule(
        code=spec["id"],
        name=spec["name"],
        family=spec["family"],
        title=spec["title"],
        why=spec["why"].strip(),
        severity=_severity(spec),
        references=tuple(spec.get("references", ())),
        controls={key: tuple(each) for key, each in spec.get("controls", {}).items()},
        rows=Rows(spec, rows, spec["places"]),
        only=spec.get("only", ""),
        within=tuple(spec.get("within", ())),
    )


def _severity(rule: Mapping[str, Any]) -> Severity:
    return Severity[rule.get("severity", "medium").upper()]


def _kinds(row: Mapping[str, Any]) -> list[str]:
    return row["kind"] if isinstance(row["kind"], list) else [row["kind"]]


def _row(row: Mapping[str, Any], rule: Mapping[str, Any]) -> Row:
    own = row.get("severity")
    return Row(
        kind=row["kind"],
        require=row.get("require", {}),
        when=row.get("when", {}),
        each=row.get("each", ""),
        check="" if "require" in row else row.get("check", rule.get("check", "")),
        with_=row.get("with", {}),
        severity=Severity[own.upper()] if own else _severity(rule),
        profile=row.get("profile", rule.get("profile", "default")),
        aliases=tuple(row.get("aliases", ())),
        message=row.get("message", ""),
        fix=row.get("fix", rule.get("fix", "")),
        automatic=row.get("automatic", True),
        whole=row.get("whole", False),
        types=frozenset(row.get("types", ())),
        source=row.get("source", ""),
        properties=row.get("properties", {}),
    )
