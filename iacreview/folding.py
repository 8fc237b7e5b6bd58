"""A plan folded into the configuration that it was made from, where both are reviewed.

A plan has other values than the configuration alone, and so maybe another message. Where both object to the same
property at the same place, or leave the same question open, that counts once, in the configuration's words.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from iacreview.model.finding import Finding, Report, Undecided


def folded(report: Report, configurations: Mapping[str, str]) -> Report:
    """The report with what plans say folded in; `configurations` has the directory that each plan was made from."""
    if not configurations:
        return report
    return report._replace(
        findings=_findings(report.findings, configurations),
        undecided=_undecided(report.undecided, configurations),
    )


def _findings(findings: Sequence[Finding], configurations: Mapping[str, str]) -> tuple[Finding, ...]:
    planned = [_is_planned(each, configurations) for each in findings]
    kept = {index: each for index, each in enumerate(findings) if not planned[index]}
    known = {(unit, _place(each)): index for index, each in kept.items() for unit in each.units}
    for index, finding in enumerate(findings):
        if planned[index]:
            same = known.get((configurations[finding.units[0]], _place(finding)), index)
            first = kept.setdefault(same, finding)
            kept[same] = first._replace(units=tuple(sorted({*first.units, *finding.units})))
    return tuple(kept.values())


def _is_planned(finding: Finding, configurations: Collection[str]) -> bool:
    return finding.resource is not None and all(unit in configurations for unit in finding.units)


def _undecided(undecided: Sequence[Undecided], configurations: Collection[str]) -> tuple[Undecided, ...]:
    planned = [each for each in undecided if all(unit in configurations for unit in each.units)]
    left = set(planned)
    own = [each for each in undecided if each not in left]
    asked = {_question(each) for each in own}
    return (*own, *(each for each in planned if _question(each) not in asked))


def _place(finding: Finding) -> tuple[object, ...]:
    return finding.rule, finding.resource, finding.property, *_at(finding)


def _question(undecided: Undecided) -> tuple[object, ...]:
    return undecided.rule, undecided.resource, *_at(undecided)


def _at(each: Finding | Undecided) -> tuple[str, int, int]:
    return each.span.path, each.span.start, each.span.end
