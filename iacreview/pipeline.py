"""From files to a report, in one direction:

discover -> parse -> evaluate -> graph -> rules -> findings
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from iacreview.catalog.catalog import Catalog
from iacreview.catalog.view import World
from iacreview.discovery import PLAN, Discovery, Target, discover
from iacreview.engine.judge import Verdict, fingerprint, judge
from iacreview.engine.rule import Rule
from iacreview.graph import build_graph
from iacreview.model.finding import Finding, Report, ResourceName, Severity, SkippedInput, Suppression, Undecided
from iacreview.model.graph import Graph, Open, Problem, Unit
from iacreview.model.source import Source, Span
from iacreview.suppress import may_suppress
from iacreview.tree import Tree
from iacreview.workers import in_parallel

if TYPE_CHECKING:
    from iacreview.suppress.policy import SuppressionPolicy

# Adds to a report what other tools say of the sources (by path, with the units that each belongs to).
Companions = Callable[[Report, Mapping[str, Source], Mapping[str, Sequence[str]]], Report]

# About 100 MB of them.
MANY_OBJECTS = 1_000_000

SYNTAX_RULE = "SYN001"
SYNTAX_NAME = "unreadable-source"
OPEN_RULE = "SYN002"


class Given(NamedTuple):
    """Values that a user gives beside the tree; files are paths in it.

    `parameter_files` are for templates; `variable_files`, `variables` (`--var`) and `environment` (`TF_VAR_x`) for
    root modules.
    """

    parameter_files: Sequence[str] = ()
    variable_files: Sequence[str] = ()
    variables: Mapping[str, str] = {}
    environment: Mapping[str, str] = {}


class Options(NamedTuple):
    """What a run is asked to do. `rules` are those to report; `masking` those that only tell where secrets are."""

    rules: Sequence[Rule]
    catalog: Catalog
    masking: Sequence[Rule] = ()
    profile: str = "default"
    severities: Mapping[str, Severity] = {}
    excluded: Sequence[str] = ()
    inputs: Given | None = None
    suppression: SuppressionPolicy | None = None
    companions: Companions | None = None
    progress: Callable[[int, int], None] | None = None


def review(tree: Tree, paths: Sequence[str], options: Options) -> Report:
    """Reviews everything under the paths (tree-relative; empty: the whole tree).

    Pure in the tree and the options: same input, same report, in the same order.
    """
    discovery = discover(tree, paths, options.excluded)
    targets = discovery.targets
    gathering, other = in_parallel(
        lambda: _gathered(tree, targets[::2], options, options.progress),
        lambda: _gathered(tree, targets[1::2], options, None),
        len(targets),
    )
    gathering.join(other)
    return gathering.report(discovery, options.companions)


def _gathered(
    tree: Tree, targets: Sequence[Target], options: Options, progress: Callable[[int, int], None] | None
) -> Gathering:
    gathering = Gathering(keep_sources=options.companions is not None)
    for done, target in enumerate(targets):
        if progress is not None:
            progress(done, len(targets))
        gathering.add(evaluate_and_judge(tree, target, options))
        collect_garbage()
    return gathering


def graphs(tree: Tree, paths: Sequence[str], catalog: Catalog, deployed: bool = False) -> list[Graph]:
    """The graph of every unit under the paths; of templates as they are written, or as they are `deployed`."""
    units = (evaluate(tree, target, deployed=deployed) for target in discover(tree, paths).targets)
    return [build_graph(unit, catalog) for unit in units if unit.recognised]


def evaluate(tree: Tree, target: Target, given: Given | None = None, deployed: bool = True) -> Unit:
    """Parses and evaluates one unit, with the values that are given for its inputs.

    A template is evaluated as it is `deployed`, as far as that can be told, or as it is written: with its serverless
    resources as such, and with what is never created.
    """
    given = given or Given()
    if target.source is None:
        from iacreview.evaluate.terraform.root import evaluate_root
        from iacreview.evaluate.terraform.variables import Inputs

        inputs = Inputs(given.environment, given.variable_files, given.variables)
        return evaluate_root(tree, target.path, inputs=inputs)
    if target.dialect == PLAN:
        from iacreview.evaluate.plan.unit import evaluate_plan

        return evaluate_plan(tree, target.source)
    from iacreview.evaluate.cloudformation.unit import evaluate_source

    return evaluate_source(tree, target.source, given.parameter_files, target.cut_off, deployed)


def collect_garbage() -> None:
    """Frees what the units that are done leave behind, now and then, where the process does not do so by itself.

    What survives is kept for the report: it is not looked at again.
    """
    if not gc.isenabled() and gc.get_count()[0] > MANY_OBJECTS:
        gc.collect()
        gc.freeze()


class Judged(NamedTuple):
    """One unit with what the rules say of it."""

    unit: Unit
    verdict: Verdict
    suppressed: Sequence[tuple[Finding, str]] = ()
    suppressions: Sequence[Suppression] = ()


def evaluate_and_judge(tree: Tree, target: Target, options: Options) -> Judged:
    """Evaluates and judges one unit. Its findings carry the unit's path, and what could not be read is among them."""
    unit = evaluate(tree, target, options.inputs)
    world = World(build_graph(unit, options.catalog), options.catalog)
    verdict = judge(world, options.rules, options.severities, options.profile)
    hidden = judge(world, options.masking, {}, "strict").secrets if options.masking else ()
    findings = [each._replace(units=(unit.path,)) for each in (*map(syntax_finding, unit.problems), *verdict.findings)]
    undecided = [*map(open_question, unit.open), *verdict.undecided]
    if target.within:
        findings = [each for each in findings if _is_within((each.span, *each.blocks), target.within)]
        undecided = [each for each in undecided if _is_within((each.span,), target.within)]
    secrets = [*verdict.secrets, *hidden, *unit.secrets]
    if options.suppression is None or not may_suppress(source.text for source in unit.sources):
        return Judged(unit, Verdict(findings, undecided, secrets))
    from iacreview.suppress.application import applied

    left = applied(unit, findings, options.suppression)
    return Judged(unit, Verdict(left.findings, undecided, secrets), left.suppressed, left.suppressions)


def _is_within(spans: Sequence[Span], places: Sequence[str]) -> bool:
    return any(span.path in places or span.path.rpartition("/")[0] in places for span in spans)


class Gathering:
    """Gathers the verdicts of all units; what two units say of the same place counts once."""

    def __init__(self, keep_sources: bool = False) -> None:
        self.keep_sources = keep_sources
        self.sources: dict[str, Source] = {}
        self.owners: dict[str, list[str]] = {}
        self.findings: dict[tuple[object, ...], Finding] = {}
        self.suppressed: dict[tuple[object, ...], tuple[Finding, str]] = {}
        self.suppressions: dict[tuple[object, ...], Suppression] = {}
        self.undecided: dict[Undecided, None] = {}
        self.undecided_of_plans: dict[Undecided, None] = {}
        # The directory that each plan was made from.
        self.plans: dict[str, str] = {}
        self.skipped: dict[SkippedInput, None] = {}
        self.secrets: dict[tuple[str, int, int], Span] = {}
        self.files: set[str] = set()
        self.units = 0
        self.resources = 0

    def add(self, judged: Judged) -> None:
        """Takes in one unit."""
        unit, verdict = judged.unit, judged.verdict
        self.units += unit.recognised
        self.resources += sum(1 for each in unit.resources if each.mode == "managed")
        self.files.update(unit.files)
        for source in unit.sources if self.keep_sources else ():
            self.sources[source.path] = source
            self.owners.setdefault(source.path, []).append(unit.path)
        self.skipped.update(dict.fromkeys(SkippedInput(*each) for each in unit.skipped))
        for finding in verdict.findings:
            self._found(finding)
        for finding, reason in judged.suppressed:
            self._passed_over(finding, reason)
        for each in judged.suppressions:
            self._suppressed_by(each)
        for span in verdict.secrets:
            self.secrets.setdefault((span.path, span.start, span.end), span)
        if unit.configuration is None:
            self.undecided.update(dict.fromkeys(verdict.undecided))
        else:
            self.plans[unit.path] = unit.configuration
            self.undecided_of_plans.update(dict.fromkeys(verdict.undecided))

    def _found(self, finding: Finding) -> None:
        """Counts a finding once, told as the first of its units says it."""
        key = _identity(finding)
        known = self.findings.setdefault(key, finding)
        if known is not finding:
            first = min(known, finding, key=lambda each: each.units)
            self.findings[key] = first._replace(units=tuple(sorted({*known.units, *finding.units})))

    def _passed_over(self, finding: Finding, reason: str) -> None:
        key = _identity(finding)
        known = self.suppressed.get(key)
        if known is None or finding.units < known[0].units:
            self.suppressed[key] = (finding, reason)

    def _suppressed_by(self, suppression: Suppression) -> None:
        key = suppression.span.path, suppression.span.start, suppression.tool, suppression.rules
        if key not in self.suppressions or suppression.state == "used":
            self.suppressions[key] = suppression

    def join(self, other: Gathering) -> None:
        """Takes in what another one has gathered."""
        for finding in other.findings.values():
            self._found(finding)
        for suppression in other.suppressions.values():
            self._suppressed_by(suppression)
        for finding, reason in other.suppressed.values():
            self._passed_over(finding, reason)
        self.skipped.update(other.skipped)
        self.secrets.update(other.secrets)
        self.undecided.update(other.undecided)
        self.undecided_of_plans.update(other.undecided_of_plans)
        self.plans.update(other.plans)
        self.sources.update(other.sources)
        for path, units in other.owners.items():
            self.owners[path] = sorted({*self.owners.get(path, ()), *units})
        self.files |= other.files
        self.units += other.units
        self.resources += other.resources

    def report(self, discovery: Discovery, companions: Companions | None = None) -> Report:
        """Everything so far, with what was left out from the start, in the order of the places."""
        self.skipped.update(dict.fromkeys(SkippedInput(*each) for each in discovery.skipped))
        report = self._own_report()._replace(errors=tuple(discovery.errors))
        return companions(report, self.sources, self.owners) if companions is not None else report

    def _own_report(self) -> Report:
        return Report(
            findings=tuple(sorted(self._folded(), key=_order)),
            undecided=tuple(
                sorted(self._asked_once(), key=lambda each: (each.span.path, each.span.start, each.rule, each.reason))
            ),
            skipped=tuple(sorted(self.skipped, key=lambda each: (each.path, each.line or 0, each.reason))),
            files=len(self.files),
            units=self.units,
            resources=self.resources,
            secrets=tuple(self.secrets[key] for key in sorted(self.secrets)),
            suppressed=tuple(self.suppressed.values()),
            suppressions=tuple(self.suppressions.values()),
        )

    def _folded(self) -> Iterable[Finding]:
        """The findings, those of a plan folded into those of the configuration that it was made from.

        A plan has other values than the configuration alone, and so maybe another message. Where both object to the
        same property at the same place it is one finding, in the configuration's words.
        """
        if not self.plans:
            return self.findings.values()
        kept = {key: each for key, each in self.findings.items() if not self._is_of_plan(each)}
        keys = {(unit, _place(each)): key for key, each in kept.items() for unit in each.units}
        for key, finding in self.findings.items():
            if key not in kept:
                same = keys.get((self.plans[finding.units[0]], _place(finding)), key)
                known = kept.setdefault(same, finding)
                kept[same] = known._replace(units=tuple(sorted({*known.units, *finding.units})))
        return kept.values()

    def _is_of_plan(self, finding: Finding) -> bool:
        return finding.resource is not None and all(unit in self.plans for unit in finding.units)

    def _asked_once(self) -> Iterable[Undecided]:
        """What is undecided; of what a plan and its configuration leave open, the configuration's answer."""
        if not self.undecided_of_plans:
            return self.undecided
        asked = {_question(each) for each in self.undecided}
        more = (each for each in self.undecided_of_plans if _question(each) not in asked)
        return dict.fromkeys((*self.undecided, *more))


def _identity(finding: Finding) -> tuple[object, ...]:
    span = finding.span
    return finding.rule, finding.resource, span.path, span.start, span.end, finding.message


def _place(finding: Finding) -> tuple[object, ...]:
    span = finding.span
    return finding.rule, finding.resource, finding.property, span.path, span.start, span.end


def _question(undecided: Undecided) -> tuple[object, ...]:
    span = undecided.span
    return undecided.rule, undecided.resource, span.path, span.start, span.end


def _order(finding: Finding) -> tuple[object, ...]:
    address = finding.resource.address if finding.resource else ""
    return finding.span.path, finding.span.start, finding.rule, address, finding.message


def open_question(each: Open) -> Undecided:
    """What only a deployment makes is judged by no rule: that is a question of its own."""
    return Undecided(OPEN_RULE, ResourceName(each.address, each.type, ""), each.reason, each.span)


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
