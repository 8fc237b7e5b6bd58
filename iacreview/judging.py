"""One unit with what the rules, and the suppressions in its files, say of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from iacreview.catalog.world import World
from iacreview.engine.judge import Verdict, fingerprint, judge, kinds_of
from iacreview.engine.rule import Rule
from iacreview.graph import build_graph
from iacreview.model.finding import Applied, Finding, NamedResource, ResourceName, Severity, Suppression, Undecided
from iacreview.model.graph import Graph, Open, Problem, Unit
from iacreview.model.naming import physical_names
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import BOUNDS
from iacreview.options import Options
from iacreview.suppress import may_suppress

SYNTAX_RULE = "SYN001"
SYNTAX_NAME = "unreadable-source"
OPEN_RULE = "SYN002"
# Config rules ask for what the settings could.
_ASKING = ("config.rule", "config.organization_rule", "config.conformance_pack")


class Judged(NamedTuple):
    """One unit as rules see it, with what is said of it."""

    world: World
    verdict: Verdict
    suppressed: Sequence[tuple[Finding, str]] = ()
    suppressions: Sequence[Suppression] = ()
    named: Sequence[NamedResource] = ()

    @property
    def unit(self) -> Unit:
        return self.world.graph.unit


def judged(unit: Unit, options: Options, within: Sequence[str] = ()) -> Judged:
    """Judges a unit. What is said of it carries its path. What could not be read is among the findings, and so is what
    a bound of ours leaves undecided, unless a finding tells of the place.

    With `within` (directories or files), only what is about these.
    """
    world = World(build_graph(unit, options.catalog), options.catalog, options.operations)
    if any(resource.kind in _ASKING for resource in unit.resources):
        from iacreview.config_rules import asked_by_rules

        world.operations = options.operations.joined(asked_by_rules(world))
    verdict = judge(world, options.rules, options.severities, options.profile, options.fixing)
    verdict = _with_absences(world, verdict, options)
    masking = _only_masking(options, world.graph)
    masked = judge(world, masking, {}, "strict") if masking else Verdict((), (), ())
    units = (unit.path,)
    told = {(each.rule, each.resource, each.property, each.span) for each in verdict.findings}
    cut = {each for each in verdict.undecided if _is_cut(each) and _question(each) not in told}
    bounded = dict.fromkeys(
        Problem(f"not reviewed: {each.reason}", each.span) for each in verdict.undecided if each in cut
    )
    problems = (*unit.problems, *bounded, *_cut_conditions(unit))
    findings = [each._replace(units=units) for each in (*map(_syntax_finding, problems), *verdict.findings)]
    left_open = (each for each in verdict.undecided if each not in cut)
    undecided = [each._replace(units=units) for each in (*map(_open_question, unit.open), *left_open)]
    if within:
        findings = [each for each in findings if _is_within((each.span, *each.blocks), within)]
        undecided = [each for each in undecided if _is_within((each.span,), within)]
    secrets = [*verdict.secrets, *masked.secrets, *unit.secrets]
    hidden = verdict.hidden | masked.hidden
    named = _named(unit, findings, options.naming) if options.naming is not None else ()
    left = after_suppressions(unit, findings, options)
    verdict = Verdict(left.findings, undecided, secrets, hidden)
    return Judged(world, verdict, left.suppressed, left.suppressions, named)


def after_suppressions(unit: Unit, findings: Sequence[Finding], options: Options) -> Applied:
    """What the suppressions in a unit's files leave of its findings."""
    if options.suppression is None or not may_suppress(source.text for source in unit.sources):
        return Applied(findings)
    from iacreview.suppress.application import applied

    return applied(unit, findings, options.suppression)


def _named(unit: Unit, findings: Sequence[Finding], naming: Set[str]) -> list[NamedResource]:
    """The unit's resources that findings are about, and those `naming` has, with their physical names."""
    told = naming | {finding.resource.address for finding in findings if finding.resource is not None}
    names = physical_names(unit)
    return [
        NamedResource(unit.path, each.address, f"{each.type} {names[each.address]}" if each.address in names else "")
        for each in (*unit.resources, *unit.unread)
        if each.address in told
    ]


def _only_masking(options: Options, graph: Graph) -> list[Rule]:
    """The masking rules, as far as they are not among those to report: these tell where secrets are as well."""
    found = []
    kinds = kinds_of(graph)
    for rule in options.masking:
        asked = options.profile if rule in options.rules else ""
        rows = tuple(row for row in rule.about(kinds) if asked not in ("strict", row.profile))
        if rows:
            found.append(rule._replace(rows=rows))
    return found


def _cut_conditions(unit: Unit) -> Iterator[Problem]:
    """That values may be judged which the conditions rule out: there are too many of these to tell."""
    if unit.is_cut() and unit.sources:
        start = Span(unit.sources[0], 0, 0)
        yield Problem("not reviewed: what holds under all of its conditions together takes too long to tell", start)


def _is_cut(each: Undecided) -> bool:
    return any(bound in each.reason for bound in BOUNDS)


def _question(each: Undecided) -> tuple[object, ...]:
    return each.rule, each.resource, each.property, each.span


def _with_absences(world: World, verdict: Verdict, options: Options) -> Verdict:
    """The verdict with what is missing where the settings say that an account is set up."""
    if options.operations.first is None or world.graph.unit.path != options.operations.first:
        return verdict
    from iacreview.absent import CODE, absences

    found = [each for rule in options.rules if rule.code == CODE for each in absences(world, rule)]
    return verdict._replace(
        findings=[*verdict.findings, *(each for each in found if isinstance(each, Finding))],
        undecided=[*verdict.undecided, *(each for each in found if isinstance(each, Undecided))],
    )


def _is_within(spans: Sequence[Span], places: Sequence[str]) -> bool:
    return any(span.path in places or span.path.rpartition("/")[0] in places for span in spans)


def _open_question(each: Open) -> Undecided:
    """What only a deployment makes is judged by no rule: that is a question of its own."""
    return Undecided(OPEN_RULE, ResourceName(each.address, each.type, ""), each.reason, each.span)


def _syntax_finding(problem: Problem) -> Finding:
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
        property=problem.cause,
    )
