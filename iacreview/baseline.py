"""The baseline: findings that are accepted for now, one line each, in an order that merges well."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from iacreview.errors import ConfigError, TreeError
from iacreview.model.finding import Accepted, Finding, Report
from iacreview.tree import Tree

FILE = ".iacreview.baseline"
REASON = "it is in the baseline"
_FIELDS = ("rule", "path", "resource", "fingerprint")
# What cannot be read is not reviewed, so nobody can have accepted it.
NEVER = ("SYN001",)


class Compared(NamedTuple):
    """Findings that are new to a baseline, those in it, and its entries that no longer occur."""

    new: Sequence[Finding]
    known: Sequence[Finding]
    stale: Sequence[Accepted]


def entry(finding: Finding) -> Accepted:
    """A finding as the baseline has it: no value, no line, nothing that changes when the file is edited elsewhere."""
    address = finding.resource.address if finding.resource is not None else ""
    return Accepted(finding.rule, finding.fingerprint, finding.span.path, address)


def render_baseline(entries: Iterable[Accepted]) -> str:
    """The file's text: a JSON object a line, sorted; empty where there is nothing to accept."""
    ordered = sorted(entries, key=lambda each: (each.path, each.resource, each.rule, each.fingerprint))
    return "".join(json.dumps({name: getattr(each, name) for name in _FIELDS}) + "\n" for each in ordered)


def read_baseline(tree: Tree, path: str, required: bool = False) -> list[Accepted]:
    """The entries of a baseline; none where there is no such file, unless it is `required`.

    Raises ConfigError with the line of what is not an entry.
    """
    if not tree.exists(path):
        if required:
            raise ConfigError(path, None, "there is no such baseline", "Write one with `iacreview baseline`.")
        return []
    try:
        lines = tree.read(path).split("\n")
    except TreeError as error:
        raise ConfigError(path, None, error.why, error.hint) from error
    return [_entry(line, path, number) for number, line in enumerate(lines, 1) if line.strip()]


def _entry(line: str, path: str, number: int) -> Accepted:
    try:
        data: Any = json.loads(line)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or not all(isinstance(data.get(name), str) for name in _FIELDS):
        hint = "Resolve the conflict, or write it anew with `iacreview baseline`."
        raise ConfigError(path, number, "this line is not an entry of a baseline", hint)
    return Accepted(data["rule"], data["fingerprint"], data["path"], data["resource"])


def compared(findings: Sequence[Finding], accepted: Sequence[Accepted]) -> Compared:
    """Takes entries and findings together one to one: those of the same file first, then those that moved."""
    left = sorted(accepted)
    taken: set[int] = set()
    for key in (lambda each: (each.fingerprint, each.path), lambda each: each.fingerprint):
        waiting: dict[object, list[Accepted]] = {}
        for each in left:
            waiting.setdefault(key(each), []).append(each)
        for index, finding in enumerate(findings):
            found = waiting.get(key(entry(finding))) if index not in taken and finding.rule not in NEVER else None
            if found:
                left.remove(found.pop())
                taken.add(index)
    return Compared(
        [each for index, each in enumerate(findings) if index not in taken],
        [each for index, each in enumerate(findings) if index in taken],
        left,
    )


def without_accepted(report: Report, accepted: Sequence[Accepted], reviewed: Sequence[str], rules: set[str]) -> Report:
    """A report without what the baseline has. Entries are stale only for rules that ran, below `reviewed`."""
    found = compared(report.findings, accepted)
    stale = [each for each in found.stale if each.rule in rules and _below(each.path, reviewed)]
    return report._replace(
        findings=tuple(found.new),
        suppressed=(*report.suppressed, *((each, REASON) for each in found.known)),
        stale=tuple(stale),
    )


def _below(path: str, reviewed: Sequence[str]) -> bool:
    return any(folder in ("", path) or path.startswith(f"{folder}/") for folder in reviewed)
