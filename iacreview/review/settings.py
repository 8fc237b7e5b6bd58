"""What a change does to the review itself: its settings, its baseline, its rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from iacreview.baseline import FILE as BASELINE
from iacreview.baseline import read_baseline
from iacreview.beside import runs_review
from iacreview.config import FILE, PYPROJECT, Config, load_config
from iacreview.config_fields import RATCHETS, UNREAD
from iacreview.engine.judge import fingerprint
from iacreview.errors import IacreviewError
from iacreview.model.finding import Finding, Severity
from iacreview.model.operations import Operations
from iacreview.model.source import Source, Span
from iacreview.review.files import FileChanges
from iacreview.tree import Tree

SOFTENED = ("CFG001", "review-softened")
CHANGED = ("CFG002", "review-settings-changed")
_NAME = "iacreview"
_STILL = "this review still follows the base's settings"


def settings_findings(base: Tree, head: Tree, config: Config, changes: FileChanges) -> list[Finding]:
    """A finding for each thing in which a change softens the review, and one for each other settings file it changes.

    `config` is the base's. Nothing of the head's settings has an effect on this review.
    """
    settings = [path for path in (FILE, PYPROJECT) if path in changes.paths]
    after: Config | None = config
    found: list[Finding] = []
    try:
        after = load_config(head) if settings else config
    except IacreviewError as error:
        found.append(_finding(SOFTENED, settings[0], head, base, "", f"the settings cannot be read: {error.message}"))
        after = None
    softer = list(_softened(config, after)) if after is not None else []
    path = FILE if FILE in settings else PYPROJECT
    found += [_finding(SOFTENED, path, head, base, key, text) for key, text in softer]
    if not found and after is not None and after != config:
        found.append(_finding(CHANGED, path, head, base, "", "the settings of the review are changed"))
    found += _baseline(base, head, config, after or config, changes)
    found += _rules(base, head, config, after or config, changes)
    return [*found, *_runs(base, head, changes)]


def _softened(base: Config, head: Config) -> Iterator[tuple[str, str]]:
    """Each setting that lets more pass, with what it lets pass."""
    yield from _listed("ignore", "no longer runs", set(head.ignore) - set(base.ignore))
    if (head.select and not set(base.select or ()) <= set(head.select)) or (head.select and not base.select):
        yield "select", f"runs only {_words(head.select)}"
    if base.profile == "strict" != head.profile:
        yield "profile", "goes back to the default profile"
    if head.fail_on > base.fail_on:
        yield "fail-on", f"fails only at {head.fail_on.label} instead of {base.fail_on.label}"
    yield from _listed(
        "fail-on-undecided",
        "no longer fails at what is undecided of",
        set(base.fail_on_undecided) - set(head.fail_on_undecided),
    )
    if UNREAD.index(head.unread_modules) < UNREAD.index(base.unread_modules):
        yield "unread-modules", f"makes of modules that are not read `{head.unread_modules}`"
    for word in sorted({*base.severity, *head.severity}):
        before, after = base.severity.get(word), head.severity.get(word)
        if before != after and (before is None or after is None or after < before):
            text = after.label if after is not None else "its own"
            yield "severity", f"sets the severity of {word} to {text}"
    yield from _listed("exclude", "leaves out", set(head.exclude) - set(base.exclude))
    for pattern, words in sorted(head.per_path_ignores.items()):
        new = set(words) - set(base.per_path_ignores.get(pattern, ()))
        yield from _listed("per-path-ignores", f"below `{pattern}` ignores", new)
    yield from _listed("rules", "drops the rules in", set(base.rules) - set(head.rules))
    yield from _operations(base.operations, head.operations)
    yield from _owned(base, head)
    if head.inline_suppressions > base.inline_suppressions:
        yield "inline-suppressions", "lets comments suppress findings"
    if head.foreign_suppressions > base.foreign_suppressions:
        yield "foreign-suppressions", "lets suppressions for other tools hold"
    if head.require_reasons < base.require_reasons:
        yield "require-reasons", "no longer asks for reasons"
    if head.baseline != base.baseline:
        yield "baseline", f"takes another baseline: {head.baseline or BASELINE}"
    if RATCHETS.index(head.ratchet) < RATCHETS.index(base.ratchet):
        yield "ratchet", "no longer counts accepted findings again where their resources are touched"


_ASKED = {
    "baseline": "sets up accounts in fewer places",
    "tags": "asks for fewer tags",
    "associations": "asks for fewer associations",
    "policies": "asks for the rights of fewer policies",
    "software": "names less software",
    "administration_ports": "names fewer ports of administration",
    "database_ports": "names fewer ports that the Internet must not reach",
}


def _operations(base: Operations, head: Operations) -> Iterator[tuple[str, str]]:
    """What a change asks less of how hosts and accounts are run."""
    for name, text in _ASKED.items():
        if set(getattr(base, name)) - set(getattr(head, name)):
            yield "operations", text
    yield from _listed("operations", "says that another repository provides", set(head.elsewhere) - set(base.elsewhere))
    if any(days > base.days[name] for name, days in head.days.items()):
        yield "operations", "gives patches more days"


def _owned(base: Config, head: Config) -> Iterator[tuple[str, str]]:
    """What a change says to be one's own, or of programs, that was not."""
    for key in ("accounts", "organization"):
        before, after = set(getattr(base, key)), set(getattr(head, key))
        if before and not after:
            yield key, "no longer says what is one's own"
        elif before:
            yield from _listed(key, "counts as one's own", after - before)
    old, new = base.people, head.people
    added = {*new.programs, *new.trusted_programs} - {*old.programs, *old.trusted_programs}
    gone = {*old.roles, *old.trusted} - {*new.roles, *new.trusted}
    yield from _listed("people", "no longer counts as people", added | gone)


def _listed(key: str, verb: str, words: set[str]) -> Iterator[tuple[str, str]]:
    if words:
        yield key, f"{verb} {_words(sorted(words))}"


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _baseline(base: Tree, head: Tree, before: Config, after: Config, changes: FileChanges) -> list[Finding]:
    old, new = before.baseline or BASELINE, after.baseline or BASELINE
    if not {old, new} & changes.paths:
        return []
    try:
        known, accepted = read_baseline(base, old), read_baseline(head, new)
    except IacreviewError as error:
        return [_finding(SOFTENED, new, head, base, "", f"the baseline cannot be read: {error.message}")]
    added = len([each for each in accepted if each not in known])
    gone = len([each for each in known if each not in accepted])
    if added:
        return [_finding(SOFTENED, new, head, base, "", f"the baseline accepts {_count(added, 'finding')} more")]
    return [_finding(CHANGED, new, head, base, "", f"the baseline loses {_count(gone, 'entry')}")] if gone else []


def _rules(base: Tree, head: Tree, before: Config, after: Config, changes: FileChanges) -> list[Finding]:
    """A changed rule file: whether it asks for less cannot be told, unless it is gone."""
    folders = [path.strip("/") for path in {*before.rules, *after.rules, *before.catalog, *after.catalog}]
    paths = [path for path in changes.paths if any(path == each or path.startswith(f"{each}/") for each in folders)]
    found = []
    for path in sorted(paths):
        gone = not head.exists(path)
        text = (
            "a rule or kind of the project is removed" if gone else "a rule or kind of the project is changed or added"
        )
        found.append(_finding(SOFTENED if gone else CHANGED, path, head, base, "", text))
    return found


def _runs(base: Tree, head: Tree, changes: FileChanges) -> Iterator[Finding]:
    """A finding for each hook or pipeline that ran the review and is changed."""
    for path in sorted(filter(runs_review, changes.paths)):
        before, after = _source(path, base), _source(path, head)
        if before is not None and _NAME in before.text and (after is None or before.text != after.text):
            gone = after is None or _NAME not in after.text
            text = "it no longer runs the review" if gone else "what runs the review is changed"
            yield _finding(SOFTENED if gone else CHANGED, path, head, base, "", text)


def _finding(rule: Sequence[str], path: str, head: Tree, base: Tree, key: str, what: str) -> Finding:
    source = _source(path, head) or _source(path, base) or Source(path, "")
    return Finding(
        rule=rule[0],
        name=rule[1],
        family="operations",
        severity=Severity.INFO,
        message=f"The change to `{path}`{' softens the review' if rule == SOFTENED else ''}: {what}; {_STILL}",
        resource=None,
        span=_place(source, key),
        fingerprint=fingerprint(rule[0], path, key),
        remediation="review this change as you would review code",
        status="introduced",
        property=key,
    )


def _source(path: str, tree: Tree) -> Source | None:
    try:
        return Source(path, tree.read(path)) if tree.exists(path) else None
    except IacreviewError:
        return None


def _place(source: Source, key: str) -> Span:
    """The line of a key, or the first line."""
    found = (
        re.search(rf"^[^\S\n]*[\"']?{re.escape(key)}[\"']?[^\S\n]*[:=].*$", source.text, re.MULTILINE) if key else None
    )
    if found is not None:
        return Span(source, found.start(), found.end())
    end = source.text.find("\n")
    return Span(source, 0, len(source.text) if end < 0 else end)


def _count(number: int, noun: str) -> str:
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"
