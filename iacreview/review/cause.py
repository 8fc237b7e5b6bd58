"""Which changed line made a finding whose own line did not change."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iacreview.model.finding import Finding, Related
from iacreview.model.source import Source, Span
from iacreview.review.files import FileChanges, Hunk, with_hunk
from iacreview.review.patched import PatchedTree
from iacreview.tree import Tree

# How often a unit may be evaluated to find what made its findings.
MAX_TRIALS = 40

# The findings of a unit in a tree, as keys that do not tell where they stand.
Trial = Callable[[Tree, str], "set[tuple[str, str, str, str]]"]


def caused(findings: Sequence[Finding], changes: FileChanges, base: Tree, trial: Trial) -> list[Finding]:
    """The findings: those whose own lines changed marked, the others with a first related place `changed here`.

    Told from the places its value came through, else by trying the parts of the change one by one on the base.
    """
    found: list[Finding] = []
    searches: dict[str, _Search] = {}
    for finding in findings:
        if is_changed(finding.span, changes):
            found.append(finding._replace(changed=True))
            continue
        passed = next((each for each in finding.related if is_changed(each.span, changes)), None)
        if passed is not None:
            cause: Related | None = Related(f"changed here: {passed.message}", passed.span)
        else:
            unit = finding.units[0]
            search = searches.setdefault(unit, _Search(unit, changes, base, trial))
            cause = search.cause(finding)
        found.append(finding if cause is None else finding._replace(related=(cause, *finding.related)))
    return found


def key_of(finding: Finding) -> tuple[str, str, str, str]:
    """What a trial compares."""
    address = finding.resource.address if finding.resource is not None else ""
    return finding.rule, address, finding.property, finding.message


def is_changed(span: Span, changes: FileChanges) -> bool:
    """Whether the change wrote a line of a place."""
    if span.path not in changes.paths:
        return False
    last = span.source.position(max(span.start, span.end - 1)).line
    return changes.touches(span.path, span.first.line, last)


class _Search:
    """Tries the changed files, and then the changed places of a file, on the base of one unit."""

    def __init__(self, unit: str, changes: FileChanges, base: Tree, trial: Trial) -> None:
        self._unit = unit
        self._changes = changes
        self._base = base
        self._trial = trial
        self._left = MAX_TRIALS
        self._results: dict[object, set[tuple[str, str, str, str]]] = {}
        self._own = self._tried("base", {})

    def cause(self, finding: Finding) -> Related | None:
        """The first part of the change that makes the finding; None where no single file does."""
        wanted = key_of(finding)
        if wanted in self._own:
            return None
        patch: dict[str, str | None] = {}
        for path in self._candidates(finding):
            alone = self._patch(path)
            if wanted in self._tried(path, alone):
                return self._place(path, wanted)
            patch.update(alone)
            if len(patch) > 1 and wanted in self._tried(tuple(patch), patch):
                return self._place(path, wanted)
        return None

    def _candidates(self, finding: Finding) -> list[str]:
        """The changed files, those near the finding first."""
        near = finding.span.path
        folder = near.rpartition("/")[0]
        root = self._unit
        return sorted(
            self._changes.paths,
            key=lambda path: (path != near, not path.startswith(f"{folder}/"), not path.startswith(root), path),
        )

    def _patch(self, path: str) -> dict[str, str | None]:
        patch = {path: self._changes.head_text(path)}
        if patch[path] is not None and self._changes.origin(path) != path:
            patch[self._changes.origin(path)] = None
        return patch

    def _tried(self, name: object, patch: dict[str, str | None]) -> set[tuple[str, str, str, str]]:
        if name not in self._results:
            if self._left <= 0:
                return set()
            self._left -= 1
            self._results[name] = self._trial(PatchedTree(self._base, patch), self._unit)
        return self._results[name]

    def _place(self, path: str, wanted: tuple[str, str, str, str]) -> Related:
        before, after = self._changes.base_text(path), self._changes.head_text(path)
        if after is None:
            return Related("changed here: the file was removed", Span(Source(path, before or ""), 0, 0))
        hunks = self._changes.hunks(path) or []
        if before is not None and len(hunks) > 1:
            for hunk in hunks:
                if wanted in self._tried((path, hunk), {path: with_hunk(before, after, hunk)}):
                    return _at(path, after, hunk)
        return _at(path, after, hunks[0]) if hunks else Related("changed here", _line(Source(path, after), 1, 1))


def _at(path: str, text: str, hunk: Hunk) -> Related:
    source = Source(path, text)
    if hunk.head_count:
        return Related("changed here", _line(source, hunk.head_start, hunk.head_start + hunk.head_count - 1))
    last = hunk.base_start + hunk.base_count - 1
    lines = f"line {hunk.base_start}" if hunk.base_count == 1 else f"lines {hunk.base_start} to {last}"
    return Related(f"changed here: {lines} of the base removed", _line(source, hunk.head_start, hunk.head_start))


def _line(source: Source, first: int, last: int) -> Span:
    """The lines without the blanks around them."""
    lines = source.text.split("\n")
    first = min(max(first, 1), len(lines))
    last = min(max(last, first), len(lines))
    start = sum(len(line) + 1 for line in lines[: first - 1])
    text = "\n".join(lines[first - 1 : last])
    lead = len(text) - len(text.lstrip())
    return Span(source, start + min(lead, len(text)), start + max(len(text.rstrip()), min(lead, len(text))))
