"""What a report of a change says beside its findings, in words that every format shares."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from iacreview.model.finding import (
    ELSEWHERE,
    FAILING,
    MODULE,
    RESOURCE,
    SEVERITIES,
    Accepted,
    Change,
    CodeChange,
    Finding,
    InputError,
    Protection,
    Report,
    Suppression,
    Undecided,
    UnreadChange,
)
from iacreview.model.source import Skipped
from iacreview.report.summary import (
    failing,
    ordered,
    ordered_skipped,
    ordered_suppressions,
    summary,
    unread_calls,
)

SETTINGS = ("CFG001", "CFG002")
# Of many inputs that are left out for one reason, as many are named.
FEW = 3
# As many changed arguments of a resource are named.
_NAMED = 3
# What is no number of things.
_MASS = ("code", "content", "settings")
_STATES = {
    "unused": "suppresses nothing",
    "expired": "expired",
    "unreasoned": "has no effect, since it gives no reason",
    "unreadable": "has no effect",
}


def settings(report: Report) -> list[Finding]:
    """The findings about the settings of the review."""
    return ordered(each for each in report.findings if each.rule in SETTINGS)


def new_suppressions(report: Report) -> list[Suppression]:
    """The suppressions that a change adds."""
    return [each for each in ordered_suppressions(report.suppressions) if each.new]


def newly_skipped(change: Change) -> list[Skipped]:
    """What is newly left out, but for the calls of modules: these are told with what is given to them."""
    calls = {(each.span.path, each.span.first.line) for each in change.unread_modules}
    return [each for each in change.newly_skipped if (each.path, each.line) not in calls]


def foreign_suppressions(change: Change) -> list[Suppression]:
    """What a change adds of suppressions for other tools that are about no finding of ours."""
    return ordered_suppressions(change.foreign)


def idle_suppressions(report: Report) -> list[Suppression]:
    """The suppressions that have no effect."""
    return [each for each in ordered_suppressions(report.suppressions) if each.state != "used"]


def suppression_text(each: Suppression) -> str:
    """`main.tf:3: checkov CKV_AWS_18: why`"""
    return f"{each.span.path}:{each.span.first.line}: {suppressed_words(each)}"


def suppressed_words(each: Suppression) -> str:
    """The same without the place."""
    until = f" until {each.until}" if each.until else ""
    return f"{each.tool} {', '.join(each.rules)}{until}{_reason(each)}"


def idle_text(each: Suppression) -> str:
    """A suppression and why it has no effect: `main.tf:3: checkov CKV_AWS_18 suppresses nothing`"""
    return f"{each.span.path}:{each.span.first.line}: {idle_reason(each)}"


def idle_reason(each: Suppression) -> str:
    """The same without the place."""
    why = f" on {each.until}" if each.state == "expired" else f": {each.reason}" if each.state == "unreadable" else ""
    rules = f" {', '.join(each.rules)}" if each.rules else ""
    return f"{each.tool}{rules} {_STATES[each.state]}{why}"


def _reason(each: Suppression) -> str:
    said = f": {each.reason}" if each.reason else ", without a reason"
    return f"{said}{approval(each)}"


def approval(each: Suppression) -> str:
    """` (approved by ann@example.com, ticket SEC-7)`; empty where neither is given."""
    parts = [f"{name} {text}" for name, text in (("approved by", each.approved_by), ("ticket", each.ticket)) if text]
    return f" ({', '.join(parts)})" if parts else ""


def protection_text(each: Protection) -> str:
    """`aws_cloudtrail.t (main.tf:3 in the base): the record of who called which API; was: ..., now: ...`"""
    return f"{each.resource.address} ({each.span.path}:{each.span.first.line}{base_words(each)}): {loss_words(each)}"


def base_words(each: Protection) -> str:
    """` in the base` where that is where it stood."""
    return " in the base" if each.in_base else ""


def loss_words(each: Protection) -> str:
    """What is lost, or may be, and how: `the record of network traffic; was: ..., now: ...`"""
    doubt = "" if each.certain else "maybe "
    return f"{doubt}{each.what}{f'; was: {each.was}' if each.was else ''}{f', now: {each.now}' if each.now else ''}"


def stale_text(each: Accepted) -> str:
    """An entry of the baseline that no longer occurs, in a line."""
    return f"{each.path}: {each.rule}{f' {each.resource}' if each.resource else ''}"


def judgement(report: Report) -> str:
    """A change in a sentence: `2 introduced and 1 worsened (1 critical, 2 high); 3 fixed, 12 unchanged`."""
    by_status: dict[str, int] = summary(report)["by_status"]
    said = introduced(report)
    if not_read := unread_text(report):
        said = f"{said} in what was read; {not_read}"
    rest = ", ".join(f"{by_status[name]} {name}" for name in ("fixed", "unchanged") if by_status[name])
    return f"{said}; {rest}" if rest else said


def changed_judgement(report: Report, change: Change) -> tuple[str, str]:
    """A change in a line or two, and its colour: `1 introduced (1 high). 1 covered by an older suppression.`"""
    text, colour = introduced(report), "red" if failing(report) else "green"
    if number := sum(each.sort != RESOURCE for each in change.unread_modules):
        text += f" in what was read; {_unjudged(change)} {'was' if number == 1 else 'were'} not"
    parts = [text]
    if report.errors:
        parts, colour = [f"{text}, but not everything could be read"], "red"
    if covered := len(change.newly_suppressed):
        parts.append(f"{covered} covered by {'an older suppression' if covered == 1 else 'older suppressions'}")
    if lost := len(change.protection_removed):
        parts.append(f"{count(lost, 'protection')} lost")
    if opened := len(change.newly_undecided):
        parts.append(f"{opened} now undecided")
    return "".join(f"{part}. " for part in parts).rstrip(), colour


def introduced(report: Report) -> str:
    """`2 introduced and 1 worsened (1 critical, 2 high)`"""
    counts = summary(report)
    new = [f"{counts['by_status'][name]} {name}" for name in FAILING if name and counts["by_status"][name]]
    split = ", ".join(f"{counts['by_severity'][name]} {name}" for name in SEVERITIES if counts["by_severity"][name])
    return f"{' and '.join(new)} ({split})" if new else "Nothing introduced"


def tally(report: Report, change: Change) -> str:
    """What a change leaves as it is: `8 files, 1 unit; 54 findings unchanged, 206 suppressed`."""
    counts = summary(report)
    unchanged = counts["by_status"]["unchanged"]
    old = len([1 for each, _ in report.suppressed if each.status == "unchanged"])
    calls = unread_calls(report)
    rest = [
        f"{count(unchanged, 'finding')} unchanged{_divided(change)}" if unchanged else "",
        f"{old} suppressed" if old else "",
        f"{counts['undecided'] - len(change.newly_undecided)} undecided",
        f"{counts['skipped'] - len(change.newly_skipped)} skipped",
        f"{count(calls, 'module call')} not read" if calls else "",
    ]
    said = [each for each in rest if each and not each.startswith("0 ")]
    scope = f"{count(counts['files'], 'file')}, {count(counts['units'], 'unit')}"
    return f"{scope}; {', '.join(said)}" if said else scope


def _divided(change: Change) -> str:
    """` (2 more than before by splits, 1 less by merges)`: what was one decision is told as several, or the reverse."""
    numbers = ((change.split, "more than before by splits"), (change.merged, "less by merges"))
    said = ", ".join(f"{number} {what}" for number, what in numbers if number)
    return f" ({said})" if said else ""


def unread_text(report: Report) -> str:
    """`4 module calls were not`; empty where all were."""
    number = unread_calls(report)
    return f"{count(number, 'module call')} {'was' if number == 1 else 'were'} not" if number else ""


def _unjudged(change: Change) -> str:
    """`2 module calls and 1 stack`"""
    numbers = Counter(each.sort for each in change.unread_modules if each.sort != RESOURCE)
    nouns = {MODULE: "module call"}
    ordered = (each for each in (*ELSEWHERE, *sorted(numbers.keys() - {*ELSEWHERE})) if numbers[each])
    return " and ".join(count(numbers[each], nouns.get(each, each)) for each in ordered)


def unread_title(report: Report) -> str:
    """`Not judged: arguments of modules that are not here`"""
    found = report.change.unread_modules if report.change is not None else ()
    nouns = dict.fromkeys(f"{each.sort}s" for each in found if each.sort in ELSEWHERE)
    others = dict.fromkeys(f"{each.sort}s" for each in found if each.sort not in ELSEWHERE)
    elsewhere = f"{' and '.join(nouns)} that are not here" if nouns else ""
    return f"Not judged: arguments of {' and '.join(each for each in (elsewhere, *others) if each)}"


def unread_changes(report: Report) -> list[str]:
    """What a change gives to modules and nested stacks that are not in the tree: each argument that it alters, and all
    that it adds to one.
    """
    found = report.change.unread_modules if report.change is not None else ()
    return [f"{each.span.path}:{each.span.first.line}: {each.address}{said}" for each in found for said in _given(each)]


def _given(each: UnreadChange) -> list[str]:
    if each.sort == RESOURCE:
        names = ", ".join(one.argument for one in each.arguments[:_NAMED]) + (
            ", ..." if each.arguments[_NAMED:] else ""
        )
        what = "it is gone" if each.gone else f"it is given {names}" if names else "it is new"
        return [f": no rule reads its type; {what}"]
    if each.gone:
        return [": it is gone"]
    said = list(_altered(each))
    return [": what it leads to is no longer here", *said] if each.left else said or [""]


def _altered(each: UnreadChange) -> Iterator[str]:
    """What a call is given otherwise, an argument each, and what it is given more, in one."""
    new = [one for one in each.arguments if not one.was]
    for one in each.arguments:
        if one.was or len(new) == 1:
            yield f": {one.argument}: {one.was or 'not set'} -> {one.now or 'not set'}"
    if len(new) > 1:
        more = f" and {len(new) - FEW} more" if len(new) > FEW else ""
        yield f": new: {', '.join(f'{one.argument} = {one.now}' for one in new[:FEW])}{more}"


def code_title(change: Change) -> str:
    """`Not judged: code and keys`"""
    nouns = dict.fromkeys(each.noun if each.noun in _MASS else f"{each.noun}s" for each in change.code)
    return f"Not judged: {' and '.join(nouns)}"


def code_text(each: CodeChange) -> str:
    """`main.tf:3: aws_instance.web: other code in user_data, run as aws_iam_role.web`"""
    names = ", ".join(each.properties[:_NAMED]) + (", ..." if each.properties[_NAMED:] else "")
    run = f", run as {each.runs_as}" if each.runs_as else ""
    which = "new" if each.new else "other" if each.noun in _MASS else "another"
    return f"{each.span.path}:{each.span.first.line}: {each.address}: {which} {each.noun} in {names}{run}"


STRICT_TITLE = "Only in the strict profile"


def strict_texts(change: Change) -> list[str]:
    """What the strict profile alone says of what was there, a line each; of what is new, how much that is."""
    new = sum(each.new for each in change.strict)
    said = [_strict_text(each.finding) for each in change.strict if not each.new]
    return [*said, f"{count(new, 'finding')} about what is new"] if new else said


def _strict_text(each: Finding) -> str:
    """`main.tf:3: NET004 aws_lb.web: it is reachable from the Internet`"""
    about = f" {each.resource.address}" if each.resource else ""
    return f"{where(each)}: {each.rule}{about}: {each.said or each.message}"


def undecided_text(each: Undecided) -> str:
    """`main.tf:3: NET001 aws_security_group.web: var.cidr has no default`"""
    more = f" and {len(each.instances) - 1} more" if each.instances else ""
    return f"{each.span.path}:{each.span.first.line}: {each.rule} {each.resource.address}{more}: {each.reason}"


def _skipped_by_reason(found: Iterable[Skipped]) -> dict[str, list[Skipped]]:
    """What was left out, in the order of the first place of each reason."""
    reasons: dict[str, list[Skipped]] = {}
    for each in ordered_skipped(found):
        reasons.setdefault(each.reason, []).append(each)
    return reasons


def skipped_texts(
    found: Iterable[Skipped], place: Callable[[str], str] = str, reason_text: Callable[[str], str] = str
) -> list[str]:
    """What was left out; of many with one reason, the first few and how many more there are.

    `place` and `reason_text` are how a format writes places and reasons.
    """
    lines: list[str] = []
    for reason, group in _skipped_by_reason(found).items():
        places = [place(skipped_place(each)) for each in group]
        if len(group) <= FEW:
            lines += [f"{each}: {reason_text(reason)}" for each in places]
        else:
            lines.append(f"{', '.join(places[:FEW])} and {len(group) - FEW} more: {reason_text(reason)}")
    return lines


def skipped_place(each: Skipped) -> str:
    """The file, with the line where there is one."""
    return f"{each.path}:{each.line}" if each.line else each.path


def error_text(each: InputError) -> str:
    """What could not be read, and why, in a line."""
    return f"{each.path}: {error_reason(each)}"


def error_reason(each: InputError) -> str:
    """Why something could not be read, and what to do about it."""
    return f"{each.message} ({each.hint})" if each.hint else each.message


def fix_line(remediation: str) -> str:
    """A remediation in one line: what stands in paragraphs of its own, in sentences of its own."""
    *others, last = [" ".join(each.split()) for each in re.split(r"\n\s*\n", remediation.strip())]
    return " ".join([*(each if each.endswith((".", ":", ";")) else f"{each}." for each in others), last])


def where(finding: Finding) -> str:
    """Where a finding stands: `main.tf:3`."""
    return f"{finding.span.path}:{finding.span.first.line}"


def count(number: int, noun: str) -> str:
    """`1 finding`, `2 findings`"""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
