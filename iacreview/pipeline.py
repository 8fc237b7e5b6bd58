"""From files to a report, in one direction:

discover -> parse -> evaluate -> graph -> rules -> findings
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from iacreview.catalog.catalog import Catalog
from iacreview.catalog.view import World
from iacreview.discovery import Discovery, Target, discover
from iacreview.engine.judge import Verdict, fingerprint, judge
from iacreview.engine.rule import Rule
from iacreview.graph import build_graph
from iacreview.model.finding import Finding, InputError, Report, Severity, SkippedInput, Suppression, Undecided
from iacreview.model.graph import Graph, Problem, Unit
from iacreview.model.source import Source, Span
from iacreview.suppress import may_suppress
from iacreview.tree import Tree

if TYPE_CHECKING:
    from iacreview.suppress.policy import SuppressionPolicy

# Adds to a report what other tools say of the sources (by path, with the units that each belongs to).
Companions = Callable[[Report, Mapping[str, Source], Mapping[str, Sequence[str]]], Report]

SYNTAX_RULE = "SYN001"
SYNTAX_NAME = "unreadable-source"


class Options(NamedTuple):
    """What a run is asked to do. `rules` are those to report; `masking` those that only tell where secrets are."""

    rules: Sequence[Rule]
    catalog: Catalog
    masking: Sequence[Rule] = ()
    profile: str = "default"
    severities: Mapping[str, Severity] = {}
    excluded: Sequence[str] = ()
    suppression: SuppressionPolicy | None = None
    companions: Companions | None = None
    progress: Callable[[int, int], None] | None = None


def review(tree: Tree, paths: Sequence[str], options: Options) -> Report:
    """Reviews everything under the paths (tree-relative; empty: the whole tree).

    Pure in the tree and the options: same input, same report, in the same order.
    """
    discovery = discover(tree, paths, options.excluded)
    gathering = Gathering(discovery, options.companions)
    for done, target in enumerate(discovery.targets):
        if options.progress is not None:
            options.progress(done, len(discovery.targets))
        gathering.add(evaluate_and_judge(tree, target, options))
    return gathering.report()


def graphs(tree: Tree, paths: Sequence[str], catalog: Catalog) -> list[Graph]:
    """The graph of every unit under the paths."""
    return [build_graph(evaluate(tree, target), catalog) for target in discover(tree, paths).targets]


def evaluate(tree: Tree, target: Target) -> Unit:
    """Parses and evaluates one unit."""
    if target.source is None:
        from iacreview.evaluate.terraform.root import evaluate_root

        return evaluate_root(tree, target.path)
    from iacreview.evaluate.cloudformation.unit import evaluate_source

    return evaluate_source(tree, target.source)


class Judged(NamedTuple):
    """One unit with what the rules say of it."""

    unit: Unit
    verdict: Verdict
    suppressed: Sequence[tuple[Finding, str]] = ()
    suppressions: Sequence[Suppression] = ()


def evaluate_and_judge(tree: Tree, target: Target, options: Options) -> Judged:
    """Evaluates and judges one unit. Its findings carry the unit's path, and what could not be read is among them."""
    unit = evaluate(tree, target)
    world = World(build_graph(unit, options.catalog), options.catalog)
    verdict = judge(world, options.rules, options.severities, options.profile)
    hidden = judge(world, options.masking, {}, "strict").secrets if options.masking else ()
    findings = [each._replace(units=(unit.path,)) for each in (*map(syntax_finding, unit.problems), *verdict.findings)]
    secrets = [*verdict.secrets, *hidden]
    if options.suppression is None or not may_suppress(source.text for source in unit.sources):
        return Judged(unit, Verdict(findings, verdict.undecided, secrets))
    from iacreview.suppress.application import applied

    left = applied(unit, findings, options.suppression)
    return Judged(unit, Verdict(left.findings, verdict.undecided, secrets), left.suppressed, left.suppressions)


class Gathering:
    """Gathers the verdicts of all units; what two units say of the same place counts once."""

    def __init__(self, discovery: Discovery, companions: Companions | None = None) -> None:
        self.companions = companions
        self.sources: dict[str, Source] = {}
        self.owners: dict[str, list[str]] = {}
        self.findings: dict[tuple[object, ...], Finding] = {}
        self.suppressed: dict[tuple[object, ...], tuple[Finding, str]] = {}
        self.suppressions: dict[tuple[object, ...], Suppression] = {}
        self.undecided: dict[Undecided, None] = {}
        self.skipped: dict[SkippedInput, None] = dict.fromkeys(SkippedInput(*each) for each in discovery.skipped)
        self.errors: list[InputError] = list(discovery.errors)
        self.secrets: dict[tuple[str, int, int], Span] = {}
        self.files: set[str] = set()
        self.units = 0
        self.resources = 0

    def add(self, judged: Judged) -> None:
        """Takes in one unit."""
        unit, verdict = judged.unit, judged.verdict
        self.units += 1
        self.resources += sum(1 for each in unit.resources if each.mode == "managed")
        self.files.update(unit.files)
        for source in unit.sources if self.companions is not None else ():
            self.sources[source.path] = source
            self.owners.setdefault(source.path, []).append(unit.path)
        self.skipped.update(dict.fromkeys(SkippedInput(*each) for each in unit.skipped))
        for finding in verdict.findings:
            known = self.findings.setdefault(_identity(finding), finding)
            if known is not finding:
                self.findings[_identity(finding)] = known._replace(units=(*known.units, *finding.units))
        for finding, reason in judged.suppressed:
            self.suppressed.setdefault(_identity(finding), (finding, reason))
        for each in judged.suppressions:
            key = each.span.path, each.span.start, each.tool, each.rules
            if key not in self.suppressions or each.state == "used":
                self.suppressions[key] = each
        for span in verdict.secrets:
            self.secrets.setdefault((span.path, span.start, span.end), span)
        self.undecided.update(dict.fromkeys(verdict.undecided))

    def report(self) -> Report:
        """Everything so far, in the order of the places."""
        report = self._own_report()
        return self.companions(report, self.sources, self.owners) if self.companions is not None else report

    def _own_report(self) -> Report:
        return Report(
            findings=tuple(sorted(self.findings.values(), key=_order)),
            undecided=tuple(
                sorted(self.undecided, key=lambda each: (each.span.path, each.span.start, each.rule, each.reason))
            ),
            skipped=tuple(sorted(self.skipped, key=lambda each: (each.path, each.line or 0, each.reason))),
            errors=tuple(self.errors),
            files=len(self.files),
            units=self.units,
            resources=self.resources,
            secrets=tuple(self.secrets[key] for key in sorted(self.secrets)),
            suppressed=tuple(self.suppressed.values()),
            suppressions=tuple(self.suppressions.values()),
        )


def _identity(finding: Finding) -> tuple[object, ...]:
    span = finding.span
    return finding.rule, finding.resource, span.path, span.start, span.end, finding.message


def _order(finding: Finding) -> tuple[object, ...]:
    address = finding.resource.address if finding.resource else ""
    return finding.span.path, finding.span.start, finding.rule, address, finding.message


def syntax_finding(problem: Problem) -> Finding:
    """What could not be parsed fails closed: it is a finding of its own."""
    return Finding(
        rule=SYNTAX_RULE,
        name=SYNTAX_NAME,
        family="operations",
        severity=Severity.HIGH,
        message=problem.message,
        resource=None,
        span=problem.span,
        fingerprint=fingerprint(SYNTAX_RULE, problem.span.path, problem.message),
        remediation="correct the source: what cannot be read is not reviewed",
    )
