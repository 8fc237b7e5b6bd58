"""A base and a head reviewed and compared: the report of a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set

from iacreview.catalog.world import World
from iacreview.discovery import is_reviewed, left_out
from iacreview.engine.judge import fingerprint
from iacreview.graph import build_graph
from iacreview.languages import language_named
from iacreview.model.delta import Deltas
from iacreview.model.finding import (
    FOREIGN,
    Change,
    CodeChange,
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
from iacreview.options import Options
from iacreview.pipeline import evaluate
from iacreview.review.cause import is_changed
from iacreview.review.coverage import Alike, alike_by
from iacreview.review.files import FileChanges
from iacreview.review.sides import Discoveries, Reviewed, Side, both_reviewed, discovered, target_of
from iacreview.review.status import classified, strict_only, suppressed_in
from iacreview.tree import Tree
from iacreview.unread import called, changed_arguments
from iacreview.veil import veiled


def compare(
    base: Side,
    head: Side,
    changed: set[str],
    paths: Sequence[str],
    options: Options,
    everything: bool = False,
    found: Discoveries | None = None,
) -> Report:
    """The report of a change: what the head has and the base had, each finding with its status.

    Both sides are judged by the same options. Only units that the changed paths can reach are evaluated, unless
    `everything` asks for all; `paths` narrows to what lies under them (empty: the whole tree). What was `found` there
    need not be looked for.
    """
    found = found or discovered(base, head, changed, paths, options)
    before, after = both_reviewed(base, head, changed, found, options, everything)
    changes = FileChanges(base.tree, head.tree, changed)
    findings, counts = classified(before, after, changes, base, options)
    lost = tuple(_lost(base.tree, head.tree, changes, after))
    suppressed = suppressed_in(before, after, _alike(options))
    suppressions, foreign = _suppressions(before.report, after.report)
    change = _change(before, after, base, head, changed, options)._replace(
        newly_suppressed=tuple(_newly_suppressed(suppressed, suppressions, changes)),
        revealed=tuple(each for each in findings if each.status == "fixed" and _is_secret(each)),
        newly_skipped=(*_newly_skipped(before.report, after.report), *lost),
        foreign=tuple(each for each in foreign if each.new),
        split=counts.split,
        merged=counts.merged,
    )
    report = _without_old_errors(before.report, after.report)
    report = report._replace(
        findings=tuple(findings),
        suppressed=tuple(suppressed),
        skipped=(*report.skipped, *lost),
        secrets=(*before.report.secrets, *after.report.secrets),
        hidden=(*before.report.hidden, *after.report.hidden),
        suppressions=suppressions,
        change=change,
    )
    return veiled(report, fingerprint)


def _change(before: Reviewed, after: Reviewed, base: Side, head: Side, changed: Set[str], options: Options) -> Change:
    """What the change does beside its findings, suppressions and skipped files."""
    removed, added = _protection(before, after)
    left = _left_calls(before, after, base.tree, options)
    return Change(
        base.label,
        head.label,
        _deltas(before, after),
        removed,
        added,
        changed_arguments(_given(before), _given(after), left),
        _newly_undecided(before, after, base.tree, options),
        code=_code(before, after, changed, head.tree),
        strict=strict_only(before, after, _alike(options)),
    )


def _alike(options: Options) -> Alike:
    return alike_by({rule.code: rule.within for rule in options.rules})


def _given(side: Reviewed) -> tuple[UnreadModule, ...]:
    """What a side gives to what nothing here judges."""
    return (*side.report.unread_modules, *(each for state in side.states.values() for each in state.unjudged))


def _without_old_errors(before: Report, after: Report) -> Report:
    """The head's report, where what the base cannot read either counts as skipped."""
    old = {(each.path, each.message) for each in before.errors}
    skipped = [Skipped(*each[:2]) for each in after.errors if (each.path, each.message) in old]
    errors = tuple(each for each in after.errors if (each.path, each.message) not in old)
    return after._replace(errors=errors, skipped=(*after.skipped, *skipped))


def _left_calls(before: Reviewed, after: Reviewed, base: Tree, options: Options) -> Iterator[UnreadModule]:
    """What is called in the base by those calls of the head that lead nowhere there, and led somewhere in the base."""
    known = {(each.units, each.address) for each in before.report.unread_modules}
    new = [each for each in after.report.unread_modules if (each.units, each.address) not in known]
    paths = {path for each in new for path in each.units if path in before.units}
    for path in sorted(paths):
        places = tuple(f"{each.address}." for each in new if path in each.units)
        target = target_of(base, path) if any(each.startswith(places) for each in before.units[path].types) else None
        if target is not None:
            yield from (
                called(path, each) for each in language_named(target.language).calls(base, target, options.inputs)
            )


def _newly_skipped(before: Report, after: Report) -> tuple[Skipped, ...]:
    """What the head leaves out and the base does not, whatever line it stands on."""
    known = {(each.path, each.reason) for each in before.skipped}
    return tuple(each for each in after.skipped if (each.path, each.reason) not in known)


def _deltas(before: Reviewed, after: Reviewed) -> Deltas:
    from iacreview.review.deltas import SideUnits, compared

    return compared(SideUnits(before.units, before.states), SideUnits(after.units, after.states))


def _code(before: Reviewed, after: Reviewed, changed: Iterable[str], tree: Tree) -> tuple[CodeChange, ...]:
    """The code that the change makes another one; of what is reviewed itself its values tell."""
    base, head = ({unit: state.codes for unit, state in side.states.items() if state.codes} for side in (before, after))
    if not head:
        return ()
    from iacreview.review.addresses import Addresses
    from iacreview.review.code import changed_code, touched_names

    touched = touched_names(head, changed, lambda path: tree.exists(path) and is_reviewed(tree, path))
    return changed_code(base, head, Addresses(before.units, after.units), touched)


def _protection(before: Reviewed, after: Reviewed) -> tuple[tuple[Protection, ...], tuple[Protection, ...]]:
    """What the change takes away of what guards others, and what it adds."""
    if not before.standings and not after.standings:
        return (), ()
    from iacreview.review.protection import losses

    found = losses(before.standings, after.standings, before.units, after.units)
    return found.removed, found.added


def _lost(base: Tree, head: Tree, changes: FileChanges, after: Reviewed) -> Iterator[Skipped]:
    """What was reviewed in the base, and goes on in the head in a form or under a name in which it is not; and what a
    change writes under a name in which it never is.
    """
    named = {each.path for each in after.report.skipped}
    read = {path for unit in after.units.values() for path in unit.files}
    read.update(finding.span.path for finding in after.report.findings)
    for path in sorted(changes.paths - named):
        before = changes.origin(path)
        if head.exists(path) and (skipped := left_out(head, path, path in read)) is not None:
            yield skipped
        elif head.exists(path) and base.exists(before) and is_reviewed(base, before) and not is_reviewed(head, path):
            was = "it was before the change" if before == path else f"it was as {before} before the change"
            yield Skipped(path, f"this file is not reviewed, though {was}")


def _newly_suppressed(
    suppressed: Sequence[tuple[Finding, str]], suppressions: Sequence[Suppression], changes: FileChanges
) -> Iterator[NewlySuppressed]:
    """What is new, and covered by a suppression that the base has already."""
    old = {place_of(each.span): each for each in suppressions if not each.new}
    for finding, _ in suppressed:
        by = old.get(place_of(finding.suppressed_by)) if finding.suppressed_by is not None else None
        if by is not None and finding.status in ("introduced", "worsened"):
            yield NewlySuppressed(finding._replace(changed=is_changed(finding.span, changes)), by)


def _newly_undecided(before: Reviewed, after: Reviewed, base: Tree, options: Options) -> tuple[NewlyUndecided, ...]:
    """What the head leaves open of resources of which the base leaves less open."""
    if not after.report.undecided:
        return ()
    from iacreview.review.openness import Sides, newly_undecided

    def seen(unit: str) -> World | None:
        target = target_of(base, unit)
        found = evaluate(base, target, options.inputs) if target is not None else None
        return World(build_graph(found, options.catalog), options.catalog) if found is not None else None

    return newly_undecided(Sides(before.report, after.report, before.units, after.units), seen)


def _is_secret(finding: Finding) -> bool:
    return finding.family == "secrets" and any(each.kind == "secret" for each in finding.values)


def _suppressions(before: Report, after: Report) -> tuple[tuple[Suppression, ...], tuple[Suppression, ...]]:
    """Those of the head, the new ones marked: what concerns us, and what is other tools' business."""
    told = _new((*before.suppressions, *before.foreign), (*after.suppressions, *after.foreign))
    return tuple(each for each in told if each.state != FOREIGN), tuple(each for each in told if each.state == FOREIGN)


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
