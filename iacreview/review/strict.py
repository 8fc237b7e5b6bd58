"""What only rows of the strict profile say of a unit: in the default profile it counts nothing, and is compared."""

from __future__ import annotations

from collections.abc import Sequence

from iacreview.engine.judge import judge, kinds_of
from iacreview.engine.rule import Rule
from iacreview.judging import Judged, after_suppressions
from iacreview.model.finding import Finding
from iacreview.options import Options

_STRICT = "strict"


def strict_findings(judged: Judged, options: Options) -> tuple[Finding, ...]:
    """The findings that a unit has in the strict profile alone and that nothing suppresses; none in that profile."""
    if options.profile == _STRICT:
        return ()
    unit = judged.unit
    found = judge(judged.world, _only_strict(options.rules, judged), options.severities, _STRICT).findings
    told = {_question(each) for each in (*judged.verdict.findings, *(each for each, _ in judged.suppressed))}
    more = [each._replace(units=(unit.path,)) for each in found if _question(each) not in told]
    return tuple(after_suppressions(unit, more, options).findings) if more else ()


def _only_strict(rules: Sequence[Rule], judged: Judged) -> list[Rule]:
    kinds = kinds_of(judged.world.graph)
    rows = ((rule, tuple(row for row in rule.about(kinds) if row.profile == _STRICT)) for rule in rules)
    return [rule._replace(rows=strict) for rule, strict in rows if strict]


def _question(each: Finding) -> tuple[object, ...]:
    return each.rule, each.resource, each.property
