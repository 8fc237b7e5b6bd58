"""One finding for one decision: what several rules, actions or instances say of it is told once.

Rules judge value by value, and a base is compared with a head in the same way. People decide about statements, rules of
groups and lines of source. So this comes last, after suppressions, comparison and baseline.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from iacreview.model.finding import (
    MADE_BY_SAM,
    MADE_HERE,
    NOT_REVIEWED,
    UNDER,
    Change,
    Finding,
    NewlySuppressed,
    NewlyUndecided,
    Related,
    Report,
    Undecided,
    each_once,
    place_of,
)
from iacreview.model.patterns import later
from iacreview.model.source import Span
from iacreview.semantics.pattern import intersects

# The codes of the rules that tell what a rule says of the same decision, by the rule's code.
Within = Mapping[str, Sequence[str]]

_NUMBERS = later(r"([0-9]+)")
# The directory of a stage in a cloud assembly, and how a construct is called among the related places.
_STAGE, _CONSTRUCT = "assembly-", "construct"
_SAID = 3
_FIXES = 4
# The property of an input that stands for what it is given where it is not set.
_DEFAULT = "default"
_PLACES = 20
# The order in which those of one decision are told: what is new first.
_STATUS_ORDER = {"introduced": 0, "worsened": 0, None: 1, "unchanged": 2, "fixed": 3}


def decided(report: Report, within: Within) -> Report:
    """The report with one finding for each decision, and one question; `within` is what the rules say of each other."""
    here = [each for each in report.findings if each.status != "fixed"]
    gone = [each for each in report.findings if each.status == "fixed" and not each.partly]
    findings = (*_told(here, within), *_told(gone, within))
    change = _change(report.change, within) if report.change is not None else None
    return report._replace(findings=findings, undecided=tuple(_questions(report.undecided)), change=change)


def _change(change: Change, within: Within) -> Change:
    was = {_question(each.undecided): each.was for each in reversed(change.newly_undecided)}
    open = [each.undecided for each in change.newly_undecided]
    covered = [each.finding for each in change.newly_suppressed]
    by = [change.newly_suppressed[group[0]].suppression for group in decisions(covered, within)]
    return change._replace(
        newly_undecided=tuple(NewlyUndecided(each, was[_question(each)]) for each in _questions(open)),
        newly_suppressed=tuple(map(NewlySuppressed, _told(covered, within), by)),
        revealed=tuple(_told(change.revealed, within)),
    )


def _question(each: Undecided) -> tuple[object, ...]:
    return each.rule, each.resource.type, each.reason, *place_of(each.span)


def _questions(undecided: Sequence[Undecided]) -> Iterator[Undecided]:
    """What is undecided, once for the instances of a line that leave the same question open."""
    found: dict[tuple[object, ...], list[Undecided]] = {}
    for each in undecided:
        found.setdefault(_question(each), []).append(each)
    for first, *others in found.values():
        if others:
            addresses = {each.resource.address for each in (first, *others)}
            units = {unit for each in (first, *others) for unit in each.units}
            instances = tuple(sorted(addresses, key=_counting)) if len(addresses) > 1 else ()
            first = first._replace(units=tuple(sorted(units)), instances=instances)
        yield first


def decisions(findings: Sequence[Finding], within: Within) -> list[list[int]]:
    """The findings of each decision, as places in the sequence. What they say counts, not their status."""
    found: dict[tuple[object, ...], list[list[int]]] = {}
    for group in _joined(_with_defaults([*_of_places(findings, within)], findings, within), findings, within):
        found.setdefault(_instance([findings[index] for index in group]), []).append(group)
    return [[index for group in groups for index in group] for groups in found.values()]


def _with_defaults(groups: list[list[int]], findings: Sequence[Finding], within: Within) -> Iterator[list[int]]:
    """The groups, what is said of an input's default in the first of those that tell of what it was given to."""
    whole: dict[tuple[str, tuple[object, ...]], list[int]] = {}
    defaults = [group for group in groups if len(group) == 1 and findings[group[0]].property == _DEFAULT]
    for group in groups if defaults else ():
        for finding in (findings[index] for index in group):
            for each in finding.related:
                whole.setdefault((finding.rule, place_of(each.span)), group)
    for group in defaults:
        finding = findings[group[0]]
        places = ((rule, place_of(finding.span)) for rule in within.get(finding.rule, ()))
        if (user := next((whole[each] for each in places if each in whole), None)) is not None:
            user += group
            group.clear()
    return (group for group in groups if group)


def in_part(ended: Sequence[Finding], base: Sequence[Finding], within: Within) -> list[Finding]:
    """Those of the base that ended, marked where others of the same decision go on."""
    gone = {id(each) for each in ended}
    partly: set[int] = set()
    for group in decisions(base, within):
        left = [id(base[index]) for index in group if id(base[index]) in gone]
        if len(left) < len(group):
            partly.update(left)
    return [each._replace(partly=id(each) in partly) for each in ended]


def _told(findings: Sequence[Finding], within: Within) -> Iterator[Finding]:
    for group in decisions(findings, within):
        found = _one([findings[index] for index in group], within) if len(group) > 1 else findings[group[0]]
        yield found._replace(related=_each_line(found)) if found.related else found


def _each_line(finding: Finding) -> tuple[Related, ...]:
    """The places, each line that says the same once; without that of the resource that the finding names itself."""
    address = finding.resource.address if finding.resource is not None else ""
    found: dict[tuple[str, str, int], Related] = {}
    for each in finding.related:
        if each.message != MADE_BY_SAM + address.rpartition(".")[2]:
            found.setdefault((each.message, *_line_of(each.span)), each)
    return tuple(found.values())


def _of_places(findings: Sequence[Finding], within: Within) -> Iterator[list[int]]:
    """The findings about one decision of one resource, those of rules that tell each other's together."""
    places: dict[tuple[object, ...], list[int]] = {}
    for index, finding in enumerate(findings):
        places.setdefault(_decision(index, finding), []).append(index)
    for indices in places.values():
        yield from _by_rules(indices, findings, within) if len(indices) > 1 else [indices]


def _decision(index: int, finding: Finding) -> tuple[object, ...]:
    if finding.resource is None:
        return (index,)
    if finding.decision is not None:
        return finding.resource.address, *place_of(finding.decision)
    return finding.resource.address, *place_of(finding.span), finding.property


def _by_rules(indices: Sequence[int], findings: Sequence[Finding], within: Within) -> Iterator[list[int]]:
    rules: dict[str, list[int]] = {}
    for index in indices:
        rules.setdefault(findings[index].rule, []).append(index)
    groups: list[list[str]] = []
    for rule, own in rules.items():
        near = [
            group
            for group in groups
            if any(_is_part(rule, other, within) and _meet(own, rules[other], findings) for other in group)
        ]
        groups = [group for group in groups if group not in near] + [[*chain(*near), rule]]
    for group in groups:
        yield sorted(index for rule in group for index in rules[rule])


def _joined(groups: Iterable[list[int]], findings: Sequence[Finding], within: Within) -> Iterator[list[int]]:
    """The decisions, those that SAM's several resources make of one written resource together."""
    made: dict[tuple[object, ...], list[list[int]]] = {}
    for group in groups:
        block = _written_for(findings[group[0]])
        if block is None:
            yield group
            continue
        rule, others = findings[group[0]].rule, made.get(block, [])
        same = [
            each
            for each in others
            if any(_is_part(rule, findings[index].rule, within) for index in each) and _meet(group, each, findings)
        ]
        made[block] = [each for each in others if each not in same] + [sorted([*chain(*same), *group])]
    yield from chain(*made.values())


def _written_for(finding: Finding) -> tuple[object, ...] | None:
    """Where the resource begins that SAM made the finding's resource for."""
    return next((place_of(each.span) for each in finding.related if each.message.startswith(MADE_BY_SAM)), None)


def _is_part(one: str, other: str, within: Within) -> bool:
    return other in within.get(one, ()) or one in within.get(other, ())


def _meet(some: Sequence[int], others: Sequence[int], findings: Sequence[Finding]) -> bool:
    """Whether two rules object to the same actions; where one of them measures none, to the same decision is enough."""
    one = {text for index in some for text in _actions(findings[index])}
    other = {text for index in others for text in _actions(findings[index])}
    return not one or not other or any(intersects(each, another) for each in one for another in other)


def _actions(finding: Finding) -> Iterator[str]:
    return (each.text for each in finding.values if each.kind == "action")


def _instance(group: Sequence[Finding]) -> tuple[object, ...]:
    """What the instances of one line have in common: the line, and all that is said of each."""
    first = group[0]
    said = tuple(sorted({(each.rule, each.said.partition(UNDER)[0], *_line(each)) for each in group}))
    if first.resource is None and first.property:
        return first.rule, first.property
    if first.resource is None or not first.said:
        return id(first), said
    block = place_of(first.blocks[0]) if first.blocks and _origin(first) is None else ""
    return first.resource.type, said, block


def _line(finding: Finding) -> tuple[object, ...]:
    """Where a finding was written: of what a program made, where that says so."""
    return _origin(finding) or place_of(finding.span)


def _origin(finding: Finding) -> tuple[object, ...] | None:
    """What a program made it of: the line, or, in the assembly of a stage, the construct that every stage has.

    Source: "AWS CDK cloud assembly" and "Stages" (AWS CDK Developer Guide): constructs are named Stage/Stack/...
    """
    for each in finding.related:
        if each.message == MADE_HERE:
            return each.span.path, each.span.first.line
    for each in finding.related if _STAGE in finding.span.path else ():
        kind, _, path = each.message.partition(" ")
        if kind == _CONSTRUCT and "/" in path:
            return finding.span.path.partition(_STAGE)[0], path.partition("/")[2]
    return None


def _unread(group: Sequence[Finding]) -> Finding:
    """What one cause keeps from being read, with each place: what is said of all of it before what is said of one."""
    first, *others = sorted(group, key=lambda each: (_STATUS_ORDER[each.status], *_unread_order(each)))
    what = "file" if len({each.span.path for each in group}) == len(group) else "place"
    return first._replace(
        message=f"{first.message}; the same for {len(others)} more {what}{'s' if len(others) > 1 else ''}",
        related=tuple(Related("the same", each.span) for each in others[:_PLACES]),
        status=status_of(group),
        units=tuple(sorted({unit for each in group for unit in each.units})),
    )


def _unread_order(finding: Finding) -> tuple[object, ...]:
    return finding.message.startswith(NOT_REVIEWED), *place_of(finding.span)


def _one(group: Sequence[Finding], within: Within) -> Finding:
    if group[0].resource is None:
        return _unread(group)
    rules = Counter(each.rule for each in group)
    ordered = sorted(group, key=lambda each: _order(each, rules, within))
    first = ordered[0]
    own = [each for each in ordered if each.rule == first.rule]
    addresses = {each.resource.address for each in own if each.resource is not None and _is_alike(each, first)}
    instances = tuple(sorted(addresses, key=_counting))
    others = _each_said(each for each in ordered if each.rule != first.rule)
    counted = [each for each in group if _STATUS_ORDER[each.status] == _STATUS_ORDER[first.status]]
    return first._replace(
        severity=max(each.severity for each in counted),
        message=_message(first, own, instances) + _elsewhere(first, group, instances),
        related=_related(first, own, others),
        aliases=tuple(dict.fromkeys(chain(*(each.aliases for each in own)))),
        remediation="; ".join([*dict.fromkeys(each.remediation for each in own if each.remediation)][:_FIXES]),
        status=status_of(group),
        units=tuple(sorted({unit for each in group for unit in each.units})),
        changed=first.changed,
        also=tuple(others),
        instances=instances if len(instances) > 1 else (),
    )


def _is_alike(one: Finding, other: Finding) -> bool:
    return one.resource is None or other.resource is None or one.resource.type == other.resource.type


def _counting(address: str) -> list[tuple[int, str]]:
    """The order in which people count: `a[2]` before `a[10]`."""
    return [(int(part) if part.isdecimal() else 0, part) for part in _NUMBERS.split(address)]


def _order(finding: Finding, rules: Mapping[str, int], within: Within) -> tuple[object, ...]:
    """What is new first, then what someone wrote, then the gravest, then what tells the others."""
    is_made = place_of(finding.span) == _written_for(finding)
    parts = sum(count for rule, count in rules.items() if rule in within.get(finding.rule, ()))
    address = finding.resource.address if finding.resource is not None else ""
    return (
        _STATUS_ORDER[finding.status],
        is_made,
        -finding.severity,
        parts,
        finding.rule,
        *place_of(finding.span),
        address,
    )


def status_of(group: Sequence[Finding]) -> str | None:
    """What a change makes of a decision: one that it adds something to is worse, not new."""
    found = {each.status for each in group}
    if len(found) == 1:
        return found.pop()
    return "worsened" if found & {"introduced", "worsened"} else "unchanged"


def _each_said(findings: Iterable[Finding]) -> list[Finding]:
    """Findings that say different things: of instances, the first."""
    return list({(each.rule, each.said, *_line(each)): each for each in reversed([*findings])}.values())[::-1]


def _message(first: Finding, own: Sequence[Finding], instances: Sequence[str]) -> str:
    """The title, what is said in the order of the findings, and which instances there are."""
    said = _each_said(own)
    title = first.message.partition(first.said)[0] if first.said else ""
    parts = [*_under_all(each.message.removeprefix(title) for each in said)]
    more = f"; and {len(parts) - _SAID} more" if len(parts) > _SAID else ""
    return f"{title}{'; '.join(parts[:_SAID])}{more}{_times(instances)}"


def _under_all(said: Iterable[str]) -> Iterator[str]:
    """What is said, each once, with all of the conditions under which it holds."""
    found: dict[str, list[str]] = {}
    for each in said:
        what, under, when = each.partition(UNDER)
        found.setdefault(what, []).append(when.removesuffix(")") if under else "")
    for what, conditions in found.items():
        always = "" in conditions
        yield what if always else f"{what}{UNDER}{'; or when '.join(conditions[:_SAID])}{_further(conditions)})"


def _further(conditions: Sequence[str]) -> str:
    return f"; or {len(conditions) - _SAID} more" if len(conditions) > _SAID else ""


def _times(instances: Sequence[str]) -> str:
    if len(instances) < 2:
        return ""
    named = ", ".join(instances[:_SAID])
    more = f" and {len(instances) - _SAID} more" if len(instances) > _SAID else ""
    return f"; {len(instances)} instances: {named}{more}"


def _elsewhere(first: Finding, group: Sequence[Finding], instances: Sequence[str]) -> str:
    """In which other units there is one of the same address."""
    units = sorted({unit for each in group for unit in each.units} - set(first.units))
    if len(instances) > 1 or not units:
        return ""
    more = f" and {len(units) - _SAID} more" if len(units) > _SAID else ""
    return f"; also in {', '.join(units[:_SAID])}{more}"


def _related(first: Finding, own: Sequence[Finding], others: Sequence[Finding]) -> tuple[Related, ...]:
    """The places that lead to it, those of what else is at fault, and those of what other rules say."""
    told = [Related(each.said, each.span) for each in _each_said(own)[1 : _PLACES + 1]]
    told += [Related(f"also {each.rule} {each.name}: {each.said}", each.span) for each in others[:_PLACES]]
    known = {place_of(first.span)}
    alike = (each.related for each in own if _STATUS_ORDER[each.status] == _STATUS_ORDER[first.status])
    ways = [each for each in chain(*alike) if place_of(each.span) not in known]
    lines = {_line_of(each.span) for each in others[:_PLACES]}
    found = (each for each in (*first.related, *told, *ways) if each in told or not _is_repeated(each, lines))
    return each_once(found)[: len(first.related) + 2 * _PLACES]


def _is_repeated(each: Related, lines: Container[tuple[str, int]]) -> bool:
    """Whether a place is on one of the lines of which more is said; where a program made it is said all the same."""
    return _line_of(each.span) in lines and not each.message.startswith((MADE_HERE, MADE_BY_SAM))


def _line_of(span: Span) -> tuple[str, int]:
    return span.path, span.first.line
