"""A base and a head reviewed and compared: the report of a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from iacreview.catalog.world import World
from iacreview.decisions import in_part
from iacreview.discovery import Discovery, discover, is_reviewed
from iacreview.engine.judge import fingerprint
from iacreview.errors import TreeError
from iacreview.gathering import Gathering
from iacreview.graph import build_graph
from iacreview.judging import Judged
from iacreview.languages import LANGUAGES, language_named
from iacreview.languages.language import Target
from iacreview.model.delta import Deltas
from iacreview.model.finding import (
    Change,
    Finding,
    NewlySuppressed,
    NewlyUndecided,
    Protection,
    Report,
    Suppression,
    UnreadModule,
    place_of,
)
from iacreview.model.source import Skipped
from iacreview.options import Options, Progress
from iacreview.pipeline import evaluate, evaluated_and_judged, gathered, report_of
from iacreview.review.cause import caused, is_changed, key_of
from iacreview.review.coverage import Alike, alike_by
from iacreview.review.files import FileChanges
from iacreview.review.match import Pair, matched
from iacreview.review.reach import reached
from iacreview.review.units import UnitFacts, facts
from iacreview.rounds import rounds
from iacreview.semantics.breadth import broader
from iacreview.tree import Tree
from iacreview.unread import called, changed_arguments
from iacreview.veil import veiled
from iacreview.workers import in_parallel

if TYPE_CHECKING:
    from iacreview.protection.definition import Definitions
    from iacreview.protection.standing import Standing
    from iacreview.review.deltas import State

_WORSE = {
    "network": "more networks than before",
    "ports": "more ports than before",
    "action": "more actions than before",
    "resource": "more resources than before",
    "principal": "more principals than before",
    "secret": "another secret than before",
    "except": "less is left out than before",
    "condition": "fewer conditions than before",
}


class Side(NamedTuple):
    """A tree, how people call it, and the links in it by where they lead.

    `outside` are paths that are not reviewed, `skipped` what else is not, with the reason.
    """

    tree: Tree
    label: str
    links: Mapping[str, str] = {}
    outside: Sequence[str] = ()
    skipped: Sequence[Skipped] = ()


class _Reviewed(NamedTuple):
    report: Report
    units: Mapping[str, UnitFacts]
    standings: Mapping[str, Sequence[Standing]]
    states: Mapping[str, State]


def compare(
    base: Side,
    head: Side,
    changed: set[str],
    paths: Sequence[str],
    options: Options,
    everything: bool = False,
) -> Report:
    """The report of a change: what the head has and the base had, each finding with its status.

    Both sides are judged by the same options. Only units that the changed paths can reach are evaluated, unless
    `everything` asks for all; `paths` narrows to what lies under them (empty: the whole tree).
    """
    found = [(side, _discovered(side, paths, options)) for side in (base, head)]
    wanted = None if everything else _reached(found, changed, options)
    found = [(side, _about(discovery, wanted, changed)) for side, discovery in found]
    before, after = _both(found, wanted, changed, options)
    changes = FileChanges(base.tree, head.tree, changed)
    findings = _classified(before, after, changes, base, options)
    old = {(each.path, each.message) for each in before.report.errors}
    skipped = [Skipped(*each[:2]) for each in after.report.errors if (each.path, each.message) in old]
    lost = tuple(_lost(base.tree, head.tree, changes, {each.path for each in after.report.skipped}))
    suppressed = _suppressed(before, after, alike_by({rule.code: rule.within for rule in options.rules}))
    suppressions = tuple(_new(before.report.suppressions, after.report.suppressions))
    removed, added = _protection(before, after)
    report = after.report._replace(
        findings=tuple(findings),
        suppressed=tuple(suppressed),
        errors=tuple(each for each in after.report.errors if (each.path, each.message) not in old),
        skipped=(*after.report.skipped, *skipped, *lost),
        secrets=(*before.report.secrets, *after.report.secrets),
        hidden=(*before.report.hidden, *after.report.hidden),
        suppressions=suppressions,
        change=Change(
            base.label,
            head.label,
            removed,
            added,
            changed_arguments(
                before.report.unread_modules,
                after.report.unread_modules,
                _left_calls(before, after, base.tree, options),
            ),
            _newly_undecided(before, after, base.tree, options),
            tuple(_newly_suppressed(suppressed, suppressions, changes)),
            tuple(each for each in findings if each.status == "fixed" and _is_secret(each)),
            newly_skipped=(*_newly_skipped(before.report, after.report), *lost),
            deltas=_deltas(before, after),
        ),
    )
    return veiled(report, fingerprint)


def _left_calls(before: _Reviewed, after: _Reviewed, base: Tree, options: Options) -> Iterator[UnreadModule]:
    """What is called in the base by those calls of the head that lead nowhere there, and led somewhere in the base."""
    known = {(each.units, each.address) for each in before.report.unread_modules}
    new = [each for each in after.report.unread_modules if (each.units, each.address) not in known]
    paths = {path for each in new for path in each.units if path in before.units}
    for path in sorted(paths):
        places = tuple(f"{each.address}." for each in new if path in each.units)
        target = _target(base, path) if any(each.startswith(places) for each in before.units[path].types) else None
        if target is not None:
            yield from (
                called(path, each) for each in language_named(target.language).calls(base, target, options.inputs)
            )


def _newly_skipped(before: Report, after: Report) -> tuple[Skipped, ...]:
    """What the head leaves out and the base does not, whatever line it stands on."""
    known = {(each.path, each.reason) for each in before.skipped}
    return tuple(each for each in after.skipped if (each.path, each.reason) not in known)


def _discovered(side: Side, paths: Sequence[str], options: Options) -> Discovery:
    found = discover(
        side.tree,
        [path for path in paths if _is_there(side.tree, path)],
        options.excluded,
        options.variants,
        options.inputs.templates,
    )
    if paths and not any(_is_there(side.tree, path) for path in paths):
        return Discovery((), (), (), {})
    return found.inside(lambda path: not _below(path, side.outside)) if side.outside else found


def _is_there(tree: Tree, path: str) -> bool:
    return not path or tree.exists(path) or bool(next(iter(_files(tree, path)), ""))


def _files(tree: Tree, path: str) -> Iterable[str]:
    try:
        return tree.files(path)
    except TreeError:
        return ()


def _below(path: str, folders: Sequence[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def _reached(sides: Sequence[tuple[Side, Discovery]], changed: set[str], options: Options) -> set[str]:
    """The units that the change reaches in either side, and those that only one side has."""
    found: set[str] = set()
    targets = []
    for side, discovery in sides:
        found |= reached(side.tree, discovery, changed, side.links)
        targets.append({target.path for target in discovery.targets})
        for language in LANGUAGES:
            if changed.intersection(language.given_files(options.inputs)):
                found |= {target.path for target in discovery.targets if target.language == language.name}
    return found | (targets[0] ^ targets[1])


class _Part(NamedTuple):
    """What is known of some units, before there is a report."""

    gathering: Gathering
    units: dict[str, UnitFacts]
    standings: dict[str, Sequence[Standing]]
    states: dict[str, State]

    def join(self, other: _Part) -> None:
        """Takes in what is known of other units."""
        self.gathering.join(other.gathering)
        self.units.update(other.units)
        self.standings.update(other.standings)
        self.states.update(other.states)


def _both(
    sides: Sequence[tuple[Side, Discovery]], wanted: set[str] | None, changed: set[str], options: Options
) -> tuple[_Reviewed, _Reviewed]:
    """Both sides. Where everything is wanted, what the change does not reach is the same in both: evaluated once."""
    (base, old), (head, new) = sides
    same = _same(old, new, _reached(sides, changed, options)) if wanted is None else []
    shared, more = in_parallel(
        lambda: _part(head.tree, same[::2], options, options.progress, alike=True),
        lambda: _part(head.tree, same[1::2], options, None, alike=True),
        len(same),
    )
    shared.join(more)
    own = sum(1 for _, discovery in sides for each in discovery.targets if wanted is None or each.path in wanted)
    after, before = in_parallel(
        lambda: _rest(head, new, wanted, same, shared, options, options.progress),
        lambda: _rest(base, old, wanted, same, shared, options, None),
        own - 2 * len(same),
    )
    return _reviewed(base, old, before, shared, options), _reviewed(head, new, after, shared, options)


def _same(base: Discovery, head: Discovery, reached_units: set[str]) -> list[Target]:
    """The units of the head that are as they are in the base, whatever they read."""
    old = {(each.path, each.language, each.within) for each in base.targets}
    return [
        each
        for each in head.targets
        if each.path not in reached_units and (each.path, each.language, each.within) in old
    ]


def _rest(
    side: Side,
    discovery: Discovery,
    wanted: set[str] | None,
    same: Sequence[Target],
    shared: _Part,
    options: Options,
    progress: Progress | None,
) -> _Part:
    """The units of one side that are not known yet."""
    known = {each.path for each in same}
    read = set(shared.gathering.files)
    found = _part(side.tree, [], options, progress)
    for targets in rounds(discovery, lambda: read, wanted):
        found.join(_part(side.tree, [each for each in targets if each.path not in known], options, progress))
        read.update(found.gathering.files)
    return found


def _part(
    tree: Tree, targets: Sequence[Target], options: Options, progress: Progress | None, alike: bool = False
) -> _Part:
    """Some units of one side; `alike` are those that both sides have."""
    from iacreview.review.deltas import state_of

    units: dict[str, UnitFacts] = {}
    standings: dict[str, Sequence[Standing]] = {}
    states: dict[str, State] = {}

    def seen(judged: Judged) -> None:
        # What companions will find is not known yet.
        found = None if options.companions else (*judged.verdict.findings, *(each for each, _ in judged.suppressed))
        units[judged.unit.path] = facts(judged.unit, found)
        if not alike and options.protections is not None and options.protections.stand_in(judged.unit):
            standings[judged.unit.path] = _standings(judged.world, options.protections)
        if not alike:
            states[judged.unit.path] = state_of(judged.world)

    return _Part(gathered(tree, targets, options, progress, seen), units, standings, states)


def _deltas(before: _Reviewed, after: _Reviewed) -> Deltas:
    from iacreview.review.deltas import Revision, compared

    return compared(Revision(before.units, before.states), Revision(after.units, after.states))


def _standings(world: World, protections: Definitions) -> Sequence[Standing]:
    from iacreview.protection.standing import standing

    return list(standing(world, protections))


def _protection(before: _Reviewed, after: _Reviewed) -> tuple[tuple[Protection, ...], tuple[Protection, ...]]:
    """What the change takes away of what guards others, and what it adds."""
    if not before.standings and not after.standings:
        return (), ()
    from iacreview.review.protection import losses

    found = losses(before.standings, after.standings, before.units, after.units)
    return found.removed, found.added


def _reviewed(side: Side, discovery: Discovery, part: _Part, shared: _Part, options: Options) -> _Reviewed:
    part.join(shared)
    outside = [Skipped(path, "a repository of its own is reviewed there") for path in side.outside]
    part.gathering.skipped.update(dict.fromkeys((*outside, *side.skipped)))
    return _Reviewed(report_of(part.gathering, discovery, options), part.units, part.standings, part.states)


def _about(discovery: Discovery, wanted: set[str] | None, changed: set[str]) -> Discovery:
    """What was skipped is said where everything is reviewed, or where it changed; what cannot be read always."""
    if wanted is None:
        return discovery
    around = {"/".join(parts[:at]) for parts in (path.split("/") for path in changed) for at in range(1, len(parts))}
    return discovery._replace(skipped=[each for each in discovery.skipped if each.path in changed | around])


def _lost(base: Tree, head: Tree, changes: FileChanges, named: set[str]) -> Iterator[Skipped]:
    """What was reviewed in the base, and goes on in the head in a form or under a name in which it is not."""
    for path in sorted(changes.paths - named):
        before = changes.origin(path)
        if head.exists(path) and base.exists(before) and is_reviewed(base, before) and not is_reviewed(head, path):
            was = "it was before the change" if before == path else f"it was as {before} before the change"
            yield Skipped(path, f"this file is not reviewed, though {was}")


def _classified(
    before: _Reviewed, after: _Reviewed, changes: FileChanges, base: Side, options: Options
) -> list[Finding]:
    within = {rule.code: rule.within for rule in options.rules}
    pairs = matched(before.report.findings, after.report.findings, before.units, after.units, alike_by(within))
    kept: list[Finding] = []
    new: list[Finding] = []
    reasons: list[str] = []
    for finding, old, spread, replaced, known in pairs.head:
        why = _worse(finding, old, spread, known) or _unseen(finding, changes) if old is not None else ""
        if replaced is not None:
            why = _replacement(finding, replaced)
        if ((known or old is not None) and not why) or _is_old_syntax(finding, changes):
            kept.append(finding._replace(status="unchanged"))
        else:
            new.append(finding._replace(status="worsened" if old is not None else "introduced"))
            reasons.append(f"; {why}" if why else "")

    def trial(tree: Tree, unit: str) -> set[tuple[str, str, str, str]]:
        target = _target(tree, unit)
        judged = evaluated_and_judged(tree, target, options) if target is not None else None
        return {key_of(each) for each in judged.verdict.findings} if judged is not None else set()

    explained = caused(new, changes, base.tree, trial)
    told = [each._replace(message=each.message + why) for each, why in zip(explained, reasons, strict=True)]
    ended = [each for each in pairs.ended if not _is_old_syntax(each, changes)]
    fixed = in_part(ended, before.report.findings, within)
    fixed += (each._replace(partly=True) for each in pairs.rewritten)
    return [*told, *kept, *(each._replace(status="fixed") for each in fixed)]


def _is_old_syntax(finding: Finding, changes: FileChanges) -> bool:
    """Whether it is about a file as such that the change leaves alone, whoever reads it now."""
    return finding.resource is None and finding.span.path not in changes.paths


def _unseen(finding: Finding, changes: FileChanges) -> str:
    """That nobody sees what a change adds to what cannot be read; empty where it can be, or the file is as it was."""
    if finding.resource is not None or finding.span.path not in changes.paths:
        return ""
    return "the file changes, and what is added to the part that cannot be read is not seen"


def _worse(head: Finding, base: Finding, spread: Sequence[str], known: bool = False) -> str:
    """In what a finding is worse than it was; empty where it is not. What is `known` goes no further than before."""
    if head.severity > base.severity and head.rule == base.rule:
        return f"{head.severity.label} instead of {base.severity.label}"
    kind = "" if known else broader(head.values, base.values)
    if kind:
        return _WORSE[kind]
    if spread:
        more = f" and {len(spread) - 3} more" if len(spread) > 3 else ""
        return f"now also in {', '.join(each or '.' for each in spread[:3])}{more}"
    return ""


def _replacement(head: Finding, base: Finding) -> str:
    """That a resource with this content is made in the place of another one."""
    if head.resource is None or base.resource is None:
        return ""
    language = next(each for each in LANGUAGES if each.has_type(head.resource.type))
    return language.replacement(base.resource.address, head.resource.address)


def _target(tree: Tree, unit: str) -> Target | None:
    return next((found for each in LANGUAGES if (found := each.target(tree, unit)) is not None), None)


def _suppressed(before: _Reviewed, after: _Reviewed, alike: Alike) -> list[tuple[Finding, str]]:
    """The head's suppressed findings, with a status by what the base has of them, suppressed or not."""
    if not after.report.suppressed:
        return []
    base, head = ([*each.report.findings, *(found for found, _ in each.report.suppressed)] for each in (before, after))
    pairs = matched(base, head, before.units, after.units, alike).head[len(after.report.findings) :]
    return [
        (pair.head._replace(status=_status(pair)), why)
        for pair, (_, why) in zip(pairs, after.report.suppressed, strict=True)
    ]


def _status(pair: Pair) -> str:
    if pair.base is None:
        return "unchanged" if pair.known else "introduced"
    return "worsened" if _worse(pair.head, pair.base, pair.spread, pair.known) else "unchanged"


def _newly_suppressed(
    suppressed: Sequence[tuple[Finding, str]], suppressions: Sequence[Suppression], changes: FileChanges
) -> Iterator[NewlySuppressed]:
    """What is new, and covered by a suppression that the base has already."""
    old = {place_of(each.span): each for each in suppressions if not each.new}
    for finding, _ in suppressed:
        by = old.get(place_of(finding.suppressed_by)) if finding.suppressed_by is not None else None
        if by is not None and finding.status in ("introduced", "worsened"):
            yield NewlySuppressed(finding._replace(changed=is_changed(finding.span, changes)), by)


def _newly_undecided(before: _Reviewed, after: _Reviewed, base: Tree, options: Options) -> tuple[NewlyUndecided, ...]:
    """What the head leaves open of resources of which the base leaves less open."""
    if not after.report.undecided:
        return ()
    from iacreview.review.openness import Sides, newly_undecided

    def seen(unit: str) -> World | None:
        target = _target(base, unit)
        found = evaluate(base, target, options.inputs) if target is not None else None
        return World(build_graph(found, options.catalog), options.catalog) if found is not None else None

    return newly_undecided(Sides(before.report, after.report, before.units, after.units), seen)


def _is_secret(finding: Finding) -> bool:
    return finding.family == "secrets" and any(each.kind == "secret" for each in finding.values)


def _new(before: Sequence[Suppression], after: Sequence[Suppression]) -> list[Suppression]:
    """The head's suppressions, those marked that the base does not have: in the same file first, then anywhere."""
    left = dict(enumerate(before))
    kept: set[int] = set()
    for key in (_said_there, _said):
        waiting: dict[tuple[object, ...], list[int]] = {}
        for place, each in left.items():
            waiting.setdefault(key(each), []).append(place)
        for index, each in enumerate(after):
            found = waiting.get(key(each)) if index not in kept else None
            if found:
                del left[found.pop()]
                kept.add(index)
    return [each._replace(new=index not in kept) for index, each in enumerate(after)]


def _said(each: Suppression) -> tuple[object, ...]:
    return each.tool, each.rules, each.reason, each.until


def _said_there(each: Suppression) -> tuple[object, ...]:
    return each.tool, each.rules, each.until, each.span.path
