"""Rules over one graph: findings, and what could not be decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from iacreview.catalog.occurrence import doubt_reason
from iacreview.catalog.view import View
from iacreview.catalog.world import World
from iacreview.checks import find_check
from iacreview.engine.circumstances import circumstances, deployable
from iacreview.engine.require import condition, failures, names
from iacreview.engine.rule import Row, Rule
from iacreview.engine.subject import subject_of
from iacreview.engine.wording import remediation
from iacreview.model.finding import Finding, Related, ResourceName, Severity, Undecided
from iacreview.model.guard import spoken, together
from iacreview.model.logic import NO, UNKNOWN, Truth
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.source import Span
from iacreview.model.words import NOTHING, Phrase, called, say, vouched

# What every resource is judged as, beside its own kind, and the family that is asked about it.
_WRITTEN = "foreign.values"
_SECRETS = "secrets"


class Verdict(NamedTuple):
    """What the rules say of one graph. `secrets` are the places no output may show, `hidden` the texts."""

    findings: Sequence[Finding]
    undecided: Sequence[Undecided]
    secrets: Sequence[Span]
    hidden: frozenset[str] = frozenset()


def judge(world: World, rules: Sequence[Rule], severities: Mapping[str, Severity], profile: str) -> Verdict:
    """Applies the rules to every resource of the graph, and to the calls that were not read.

    `severities` overrides by rule code.
    """
    bench = _Bench(world, severities)
    by_kind: dict[str, list[tuple[Rule, Row]]] = {}
    for rule in rules:
        for row in rule.rows:
            if profile == "strict" or row.profile == "default":
                by_kind.setdefault(row.kind, []).append((rule, row))
    for resource in (*world.graph.resources.values(), *world.graph.unit.unread):
        _apply(bench, by_kind.get(resource.kind or "", ()), world.view(resource))
    if _WRITTEN in by_kind:
        _judge_written(bench.about_secrets(), by_kind)
    return Verdict(
        list(bench.findings.values()), list(bench.undecided.values()), bench.secrets, frozenset(bench.hidden)
    )


def _apply(bench: _Bench, pairs: Sequence[tuple[Rule, Row]], view: View | None) -> None:
    for rule, row in pairs if view is not None else ():
        if view is not None and rule.only in ("", view.resource.dialect):
            bench.apply(rule, row, view)


def _judge_written(bench: _Bench, by_kind: Mapping[str, Sequence[tuple[Rule, Row]]]) -> None:
    """Secrets wherever they are written: in any resource, and where no resource takes them."""
    world = bench.world
    for resource in world.graph.unit.written:
        own = [(rule, row) for rule, row in by_kind.get(resource.kind or "", ()) if rule.family == _SECRETS]
        _apply(bench, own, world.view(resource))
    for resource in (*world.graph.resources.values(), *world.graph.unit.written):
        if resource.mode in ("managed", "written"):
            _apply(bench, by_kind[_WRITTEN], world.view(resource, _WRITTEN))


class _Bench:
    """Collects outcomes: the same rule at the same place counts once, with the aliases of all its rows.

    One that is `about_secrets` takes only secrets, at places where none has been found.
    """

    def __init__(self, world: World, severities: Mapping[str, Severity]) -> None:
        self.world = world
        self.severities = severities
        self.only_secrets = False
        self.findings: dict[tuple[object, ...], Finding] = {}
        self.undecided: dict[tuple[str, str, str], Undecided] = {}
        self.secrets: list[Span] = []
        self.hidden: set[str] = set()

    def about_secrets(self) -> _Bench:
        """From now on only secrets count, at places where none has been found."""
        self.only_secrets = True
        return self

    def apply(self, rule: Rule, row: Row, view: View) -> None:
        for scope, outcome in deployable(_outcomes(row, view)):
            if self.only_secrets and (isinstance(outcome, Doubt) or not self._is_new_secret(outcome)):
                continue
            resource = ResourceName(view.resource.address, view.resource.type, view.resource.kind or view.kind.name)
            if isinstance(outcome, Doubt):
                if outcome.secret:
                    self.secrets.append(outcome.span)
                key = (rule.code, resource.address, outcome.reason)
                self.undecided.setdefault(key, Undecided(rule.code, resource, outcome.reason, outcome.span))
            else:
                self._add(rule, row, scope, resource, outcome)

    def _is_new_secret(self, violation: Violation) -> bool:
        places = (violation.span, *(step.span for step in violation.via if step.span is not None))
        return violation.secret and not any(_covers(each, place) for each in self.secrets for place in places)

    def _add(self, rule: Rule, row: Row, scope: View, resource: ResourceName, violation: Violation) -> None:
        if violation.secret:
            self.hidden.update(violation.hidden)
            self.secrets.append(violation.span)
            self.secrets.extend(step.span for step in violation.via if step.span is not None)
        path = f"{row.each}.{violation.path}" if row.each else violation.path
        key = (rule.code, resource.address, path, violation.span, violation.when)
        known = self.findings.get(key)
        if known is not None:
            aliases = tuple(dict.fromkeys((*known.aliases, *row.aliases)))
            worst = max(known.severity, self.severities.get(rule.code, row.severity))
            self.findings[key] = known._replace(aliases=aliases, severity=worst)
            return
        self.findings[key] = Finding(
            rule=rule.code,
            name=rule.name,
            family=rule.family,
            severity=self.severities.get(rule.code, row.severity),
            message=_message(rule, row, violation, scope),
            resource=resource,
            span=violation.span,
            related=_related(violation, scope),
            fingerprint=fingerprint(rule.code, resource.address, path),
            aliases=row.aliases,
            remediation=remediation(scope, row.fix),
            property=path,
            subject=subject_of(scope),
            blocks=scope.resource.blocks,
            values=violation.values,
        )


def _outcomes(row: Row, view: View) -> Iterator[tuple[View, Outcome]]:
    if row.each:
        for occurrence in view.unread(row.each):
            yield view, Doubt(row.each, occurrence.span, doubt_reason(occurrence))
    for scope in view.members(row.each) if row.each else [view]:
        applies = condition(scope, row.when)
        if applies is not UNKNOWN:
            yield from _judged(row, scope, applies)
            continue
        for case in scope.cases(names(row.when)):
            yield from _judged(row, case, condition(case, row.when))


def _judged(row: Row, scope: View, applies: Truth) -> Iterator[tuple[View, Outcome]]:
    if applies is NO:
        return
    found = find_check(row.check)(scope, row.with_) if row.check else failures(scope, row.require)
    for outcome in found:
        if isinstance(outcome, Violation):
            outcome = outcome._replace(when=together(scope.when, outcome.when))
            if applies is UNKNOWN:
                reason = say("{}, but whether that matters is not known", outcome.statement)
                outcome = Doubt(outcome.path, outcome.span, reason)
        yield scope, outcome


def _message(rule: Rule, row: Row, violation: Violation, scope: View) -> Phrase:
    when = spoken(circumstances(scope, violation))
    words = say(" ({})", called(when)) if when else NOTHING
    return say("{}: {}{}", vouched(row.message or rule.title), violation.statement, words)


def _related(violation: Violation, scope: View) -> tuple[Related, ...]:
    steps = [*violation.via, *scope.resource.via]
    own = tuple(Related(called(step.message), step.span) for step in steps if step.span is not None)
    return violation.related + own


def _covers(one: Span, other: Span) -> bool:
    return one.path == other.path and one.start <= other.start and other.end <= one.end


def fingerprint(code: str, address: str, path: str) -> str:
    """Names a finding across runs: the rule, the unit-relative address, the property; no line and no value."""
    from hashlib import sha256

    return sha256("\0".join((code, address, path)).encode("utf-8", "surrogatepass")).hexdigest()[:20]
