"""Rules over one graph: findings, and what could not be decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from iacreview.catalog.occurrence import doubt_reason
from iacreview.catalog.view import View
from iacreview.catalog.world import World
from iacreview.checks import find_check, is_asked, may_speak
from iacreview.engine.circumstances import circumstances, deployable
from iacreview.engine.require import condition, failures, names, open_question
from iacreview.engine.rule import Row, Rule, Rules
from iacreview.engine.subject import subject_of
from iacreview.engine.wording import remediation
from iacreview.model.digest import digest
from iacreview.model.finding import Finding, Related, ResourceName, Severity, Undecided
from iacreview.model.graph import CALL, Graph
from iacreview.model.guard import When, spoken, together
from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.provenance import OTHER_VALUE
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import TOO_MANY
from iacreview.model.words import NOTHING, Phrase, called, say, vouched

if TYPE_CHECKING:
    from iacreview.model.edit import Edit

# Of a loop that makes nothing as it stands: a library's, whose callers give the items.
_FALLBACK = say("the loop has no items here, and each may say it itself")
# The kind of the rows that are asked of every resource of AWS, and how the types of those begin.
ANY = "any.resource"
_AWS = ("aws_", "awscc_", "AWS::")
# The kind of the calls of modules that are not in the tree: what becomes of their arguments may be known.
_CALL = "foreign.module"
# What is asked of what no resource takes, and its mode.
_SECRETS, _WRITTEN = "secrets", "written"


class Verdict(NamedTuple):
    """What the rules say of one graph. `secrets` are the places no output may show, `hidden` the texts."""

    findings: Sequence[Finding]
    undecided: Sequence[Undecided]
    secrets: Sequence[Span]
    hidden: frozenset[str] = frozenset()


def judge(
    world: World, rules: Sequence[Rule], severities: Mapping[str, Severity], profile: str, fixing: bool = False
) -> Verdict:
    """Applies the rules to every resource of the graph, and to the calls that were not read.

    `severities` overrides by rule code. With `fixing`, findings carry the edits that remedy them.
    """
    bench = _Bench(world, severities, fixing, profile)
    unit = world.graph.unit
    every = Rules.of(rules)
    by_kind = {
        kind: [(rule, row) for rule, row in every.about(kind, profile) if is_asked(row.check, world.operations)]
        for kind in kinds_of(world.graph)
    }
    for resource in (*world.graph.resources.values(), *unit.unread):
        pairs = by_kind.get(resource.kind or "", ())
        bench.judge(pairs, world.view(resource) if pairs else None)
    # After the rest: what a row of the resource's own kind has said is not said again.
    pairs = by_kind.get(ANY, ())
    for resource in world.graph.resources.values() if pairs else ():
        if resource.mode == "managed" and resource.type.startswith(_AWS):
            bench.judge(pairs, world.view_as(ANY, resource))
    for resource in unit.written:
        rows = by_kind.get(resource.kind or "", ())
        own = [(rule, row) for rule, row in rows if rule.family == _SECRETS or resource.mode != _WRITTEN]
        bench.judge(own, world.view(resource))
    return Verdict(list(bench.findings.values()), bench.open_questions(), bench.secrets, frozenset(bench.hidden))


def kinds_of(graph: Graph) -> set[str]:
    """The kinds of which rules may have something to say in a graph."""
    return {each.kind or "" for each in (*graph.resources.values(), *graph.unit.unread, *graph.unit.written)} | {ANY}


class _Bench:
    """Collects outcomes: the same rule at the same place counts once, with the aliases of all its rows."""

    def __init__(self, world: World, severities: Mapping[str, Severity], fixing: bool, profile: str) -> None:
        self.world = world
        self.fixing = fixing
        self.profile = profile
        self.severities = severities
        self.findings: dict[tuple[object, ...], Finding] = {}
        self.undecided: dict[tuple[str, str, str], Undecided] = {}
        self.secrets: list[Span] = []
        self.hidden: set[str] = set()
        # Where a secret has been found, and where it is not known whether there is one.
        self.told: set[Span] = set()
        self.doubted: set[Span] = set()

    def judge(self, pairs: Sequence[tuple[Rule, Row]], view: View | None) -> None:
        """Applies rows to a resource, as far as they hold for its language."""
        if view is not None:
            dialects = ("", view.resource.dialect)
            for rule, row in pairs:
                if rule.only in dialects:
                    self.apply(rule, row, view)

    def apply(self, rule: Rule, row: Row, view: View) -> None:
        found = outcomes(row, view)
        for scope, outcome in deployable(found) if found else ():
            resource = _named(view)
            if self._said_before(rule, row, view.resource.mode == _WRITTEN, outcome):
                continue
            if isinstance(outcome, Doubt) and view.resource.dormant:
                continue
            if self.profile != "strict" and isinstance(outcome, Violation):
                outcome = _unless_asked_for(outcome, scope)
            if isinstance(outcome, Violation) and view.resource.dormant and _is_fallback(outcome):
                outcome = Doubt(outcome.path, outcome.span, _FALLBACK)
            if isinstance(outcome, Doubt):
                if outcome.secret:
                    self.secrets.append(outcome.span)
                key = (rule.code, resource.address, outcome.reason)
                self.undecided.setdefault(
                    key, Undecided(rule.code, resource, outcome.reason, outcome.span, property=_path(row, outcome))
                )
            else:
                self._add(rule, row, scope, resource, outcome)

    def open_questions(self) -> list[Undecided]:
        """What is undecided, but for places of which a finding tells whatever the circumstances."""
        return [
            each
            for each in self.undecided.values()
            if (each.rule, each.resource.address if each.resource else "", each.property, each.span, ())
            not in self.findings
        ]

    def _said_before(self, rule: Rule, row: Row, only_written: bool, outcome: Outcome) -> bool:
        """Whether a row of the resource's own kind has told of the place, or of where its value comes from.

        Of what is `only_written` nothing but secrets counts, and only those of which no resource has told.
        """
        sure = isinstance(outcome, Violation)
        via = outcome.via if isinstance(outcome, Violation) else ()
        places = {outcome.span, *(step.span for step in via if step.span is not None)}
        if only_written and not (isinstance(outcome, Violation) and outcome.secret):
            return True
        if (row.kind in (ANY, _CALL) and rule.family == _SECRETS) or only_written:
            known = self.told if sure else self.told | self.doubted
            if any(each.covers(place) for each in known for place in places):
                return True
        # What a rule says of an input's default alone is told with what is said of where the default goes.
        if rule.family == _SECRETS and row.kind != ANY and not only_written and not rule.within:
            (self.told if sure else self.doubted).update(places)
        return False

    def _add(self, rule: Rule, row: Row, scope: View, resource: ResourceName, violation: Violation) -> None:
        if violation.secret:
            self.hidden.update(violation.hidden)
            self.secrets += () if violation.mentioned else (violation.span,)
            self.secrets.extend(step.span for step in violation.via if step.span is not None)
            if _is_placeholder(scope, violation):
                return
        path = _path(row, violation)
        key = (rule.code, resource.address, path, violation.span, violation.when)
        known = self.findings.get(key)
        if known is not None:
            aliases = tuple(dict.fromkeys((*known.aliases, *row.aliases)))
            worst = max(known.severity, self.severities.get(rule.code, row.severity))
            self.findings[key] = known._replace(aliases=aliases, severity=worst)
            return
        said = _said(violation, scope)
        self.findings[key] = Finding(
            rule=rule.code,
            name=rule.name,
            family=rule.family,
            severity=self.severities.get(rule.code, row.severity),
            message=say("{}: {}", vouched(row.message or rule.title), said),
            resource=resource,
            span=violation.span,
            related=_related(violation, scope),
            fingerprint=fingerprint(rule.code, resource.address, path),
            aliases=row.aliases,
            remediation=remediation(scope, row.fix),
            edits=_edits(row, scope, violation) if self.fixing and row.automatic else (),
            property=path,
            subject=subject_of(scope),
            blocks=scope.resource.blocks,
            values=violation.values,
            said=said,
            decision=violation.decision or (scope.span if row.whole else None),
        )


def outcomes(row: Row, view: View) -> list[tuple[View, Outcome]]:
    """What a row says of a resource, or of each member of its collection; nothing where that meets it."""
    if row.types or row.source or row.properties:
        from iacreview.engine.extension import extended, is_meant

        if not is_meant(row, view):
            return []
        view = extended(row, view)
    if not row.each:
        return _of_scope(row, view)
    found: list[tuple[View, Outcome]] = [
        (view, Doubt(row.each, each.span, doubt_reason(each))) for each in view.unread(row.each)
    ]
    for scope in view.members(row.each):
        found += _of_scope(row, scope)
    return found


def _of_scope(row: Row, scope: View) -> list[tuple[View, Outcome]]:
    if row.check and not may_speak(row.check, scope, row.with_):
        return []
    applies = scope.kept(("when", id(row.when)), lambda view: condition(view, row.when)) if row.when else YES
    if applies is not UNKNOWN:
        return _judged(row, scope, applies)
    # What is met whichever way the choices fall need not be asked in each.
    if row.check or any(failures(scope, row.require)):
        cases = scope.cases(names(row.when))
        return [each for case in cases for each in _judged(row, case, condition(case, row.when))]
    return []


def _named(view: View) -> ResourceName:
    """The resource as it is written: what SAM makes for another one is that one's."""
    if view.resource.written_for is None:
        return ResourceName(view.resource.address, view.resource.type, view.resource.kind or view.kind.name)
    address, type = view.resource.written_for
    return ResourceName(address, type, view.world.catalog.kind_of(type) or view.kind.name)


def _unless_asked_for(violation: Violation, scope: View) -> Outcome:
    """A violation; a doubt at the input where a deployment has to ask for what it comes of: the default is another."""
    asked = (step for step in violation.via if step.message.startswith(OTHER_VALUE))
    if violation.secret or (step := next(asked, None)) is None:
        return violation
    reason = say("{}; the input allows that, and it is not its default", _said(violation, scope))
    return Doubt(violation.path, step.span or violation.span, reason)


def _is_fallback(violation: Violation) -> bool:
    """Whether it is about what a loop's items get that do not say it themselves."""
    return not violation.secret and any(
        isinstance(each.subject, str) and each.subject.startswith("can(each.") and not each.holds
        for each in violation.when
    )


def _edits(row: Row, scope: View, violation: Violation) -> tuple[Edit, ...]:
    from iacreview.fixes.remedy import edits_for

    return edits_for(scope, row.fix, violation)


def _judged(row: Row, scope: View, applies: Truth) -> list[tuple[View, Outcome]]:
    if applies is NO:
        return []
    found = find_check(row.check)(scope, row.with_) if row.check else failures(scope, row.require)
    return [(scope, _in_scope(row, scope, applies, outcome)) for outcome in found]


def _in_scope(row: Row, scope: View, applies: Truth, outcome: Outcome) -> Outcome:
    """An outcome under the guards of its scope, no surer than that the row applies there."""
    if isinstance(outcome, Violation):
        outcome = outcome._replace(when=together(scope.when, outcome.when))
        if applies is UNKNOWN:
            return Doubt(outcome.path, outcome.span, _whether_it_matters(row, scope, outcome))
    elif scope.under.cut:
        return outcome._replace(reason=say("{}: what it depends on {}", outcome.reason, vouched(TOO_MANY)))
    return outcome


def _whether_it_matters(row: Row, scope: View, violation: Violation) -> Phrase:
    why = say("what it depends on {}", vouched(TOO_MANY)) if scope.under.cut else open_question(scope, row.when)
    return say("{}, but whether that matters is not known: {}", violation.statement, why)


def _path(row: Row, outcome: Outcome) -> str:
    return f"{row.each}.{outcome.path}" if row.each else outcome.path


def _outside(scope: View, guards: When) -> When:
    """The guards without those inside of a module that is not in the tree, which who reads the call never sees."""
    if scope.resource.written_as != CALL:
        return guards
    around, _, rest = scope.resource.address.rpartition("module.")
    inside = f"{around}module.{rest.partition('.')[0].partition('[')[0]}"
    return tuple(each for each in guards if not each.scope.startswith(inside))


def _said(violation: Violation, scope: View) -> Phrase:
    when = spoken(_outside(scope, circumstances(scope, violation)))
    words = say(" ({})", called(when)) if when else NOTHING
    return say("{}{}", violation.statement, words)


def _is_placeholder(scope: View, violation: Violation) -> bool:
    """Whether a secret stands where only the first value counts: the one in use comes from elsewhere.

    What has the format of a credential, or looks like nothing that people would write, is one wherever it stands.
    """
    if not scope.resource.left_alone or not scope.resource.leaves_alone(violation.span):
        return False
    from iacreview.semantics.credentials import find_credentials
    from iacreview.semantics.placeholders import looks_generated

    return not any(find_credentials(text) or looks_generated(text) for text in violation.hidden)


def _related(violation: Violation, scope: View) -> tuple[Related, ...]:
    steps = [*violation.via, *scope.resource.via]
    own = tuple(Related(called(step.message), step.span) for step in steps if step.span is not None)
    return violation.related + own


def fingerprint(code: str, address: str, path: str) -> str:
    """Names a finding across runs: the rule, the unit-relative address, the property; no line and no value."""
    return digest("\0".join((code, address, path)))[:20]
