"""Rules as the engine uses them: a principle, and rows that say what it asks of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    # Of a row in native words: the types it is for, the source of the modules whose calls it is for, and properties
    # of its own, as the catalog writes them.
    types: frozenset[str] = frozenset()
    source: str = ""
    properties: Mapping[str, Any] = {}


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
    rows: tuple[Row, ...]
    only: str = ""
    within: tuple[str, ...] = ()
    own: bool = False

    @property
    def aliases(self) -> tuple[str, ...]:
        """The checks of other tools that its rows cover, sorted."""
        return tuple(sorted({alias for row in self.rows for alias in row.aliases}))


def rule_from(spec: Mapping[str, Any]) -> Rule:
    """The rule that a validated specification means (rules/rule.schema.json)."""
    severity = Severity[spec.get("severity", "medium").upper()]
    return Rule(
        code=spec["id"],
        name=spec["name"],
        family=spec["family"],
        title=spec["title"],
        why=spec["why"].strip(),
        severity=severity,
        references=tuple(spec.get("references", ())),
        controls={key: tuple(each) for key, each in spec.get("controls", {}).items()},
        rows=tuple(row for each in spec["rows"] for row in _rows(each, spec, severity)),
        only=spec.get("only", ""),
        within=tuple(spec.get("within", ())),
    )


def _rows(row: Mapping[str, Any], rule: Mapping[str, Any], severity: Severity) -> list[Row]:
    kinds = row["kind"] if isinstance(row["kind"], list) else [row["kind"]]
    own = row.get("severity")
    return [
        Row(
            kind=kind,
            require=row.get("require", {}),
            when=row.get("when", {}),
            each=row.get("each", ""),
            check="" if "require" in row else row.get("check", rule.get("check", "")),
            with_=row.get("with", {}),
            severity=Severity[own.upper()] if own else severity,
            profile=row.get("profile", rule.get("profile", "default")),
            aliases=tuple(row.get("aliases", ())),
            message=row.get("message", ""),
            fix=row.get("fix", rule.get("fix", "")),
            automatic=row.get("automatic", True),
            types=frozenset(row.get("types", ())),
            source=row.get("source", ""),
            properties=row.get("properties", {}),
        )
        for kind in kinds
    ]
