"""What a change makes of findings: introduced, worsened, unchanged or fixed."""

from __future__ import annotations

from collections.abc import Sequence

from iacreview.decisions import in_part
from iacreview.languages import LANGUAGES
from iacreview.model.finding import FAILING, Finding, StrictOnly
from iacreview.model.record import NamedTuple
from iacreview.options import Options
from iacreview.pipeline import evaluated_and_judged
from iacreview.review.addresses import Addresses
from iacreview.review.cause import caused, key_of
from iacreview.review.coverage import Alike, alike_by
from iacreview.review.files import FileChanges
from iacreview.review.match import Pair, matched
from iacreview.review.sides import Reviewed, Side, target_of
from iacreview.review.sums import Sums, sums
from iacreview.semantics.breadth import broader
from iacreview.tree import Tree

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


def classified(
    before: Reviewed, after: Reviewed, changes: FileChanges, base: Side, options: Options
) -> tuple[list[Finding], Sums]:
    """The findings of both sides with their status: those of the head, then those that the change fixes."""
    within = {rule.code: rule.within for rule in options.rules}
    pairs = matched(before.report.findings, after.report.findings, before.units, after.units, alike_by(within))
    marked = [_marked(pair, changes) for pair in pairs.head]
    new, kept = ([each for each in marked if (each.finding.status == "unchanged") is old] for old in (False, True))

    def trial(tree: Tree, unit: str) -> set[tuple[str, str, str, str]]:
        target = target_of(tree, unit)
        judged = evaluated_and_judged(tree, target, options) if target is not None else None
        return {key_of(each) for each in judged.verdict.findings} if judged is not None else set()

    explained = caused([each.finding for each in new], changes, base.tree, trial)
    told = [each._replace(message=each.message + mark.why) for each, mark in zip(explained, new, strict=True)]
    head = [*told, *(each.finding for each in kept)]
    ended = [each for each in pairs.ended if not _is_old_syntax(each, changes)]
    fixed = in_part(ended, before.report.findings, within)
    fixed += (each._replace(partly=True) for each in pairs.rewritten)
    origins = [each.origin for each in (*new, *kept)]
    counts = sums(before.report.findings, head, origins, [each for each in fixed if not each.partly], within)
    return [*head, *(each._replace(status="fixed") for each in fixed)], counts


class _Marked(NamedTuple):
    """A finding of the head with its status, why it is worse or new, and the one of the base that it continues."""

    finding: Finding
    why: str
    origin: Finding | None


def _marked(pair: Pair, changes: FileChanges) -> _Marked:
    finding, old, spread, replaced, known = pair
    why = _worse(finding, old, spread, known) or _unseen(finding, changes) if old is not None else ""
    if replaced is not None:
        why = _replacement(finding, replaced)
    if ((known or old is not None) and not why) or _is_old_syntax(finding, changes):
        return _Marked(finding._replace(status="unchanged"), "", old)
    status = "worsened" if old is not None else "introduced"
    return _Marked(finding._replace(status=status), f"; {why}" if why else "", old)


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


def suppressed_in(before: Reviewed, after: Reviewed, alike: Alike) -> list[tuple[Finding, str]]:
    """The head's suppressed findings, with a status by what the base has of them, suppressed or not."""
    if not after.report.suppressed:
        return []
    base, head = ([*each.report.findings, *(found for found, _ in each.report.suppressed)] for each in (before, after))
    pairs = matched(base, head, before.units, after.units, alike).head[len(after.report.findings) :]
    return [
        (pair.head._replace(status=_status(pair)), why)
        for pair, (_, why) in zip(pairs, after.report.suppressed, strict=True)
    ]


def strict_only(before: Reviewed, after: Reviewed, alike: Alike) -> tuple[StrictOnly, ...]:
    """What the head has in the strict profile alone, and the base has not in either."""
    base, head = (_strict(each) for each in (before, after))
    if not head:
        return ()
    addresses = Addresses(before.units, after.units)
    pairs = matched([*before.report.findings, *base], head, before.units, after.units, alike).head
    told = (pair.head for pair in pairs if _status(pair) in FAILING)
    return tuple(StrictOnly(each, new=not _is_old(each, addresses)) for each in told)


def _strict(side: Reviewed) -> list[Finding]:
    """What only the strict profile says of the units of a side: of a place in several of them, once."""
    found: dict[tuple[object, ...], Finding] = {}
    for each in (each for state in side.states.values() for each in state.strict):
        key = each.rule, each.resource, each.span, each.message
        known = found.get(key)
        found[key] = each if known is None else known._replace(units=(*known.units, *each.units))
    return list(found.values())


def _is_old(each: Finding, addresses: Addresses) -> bool:
    """Whether what it is about is there in the base as well."""
    return each.resource is not None and any(addresses.has_both(unit, each.resource.address) for unit in each.units)


def _status(pair: Pair) -> str:
    if pair.base is None:
        return "unchanged" if pair.known else "introduced"
    return "worsened" if _worse(pair.head, pair.base, pair.spread, pair.known) else "unchanged"
