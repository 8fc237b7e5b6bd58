"""The baseline: findings that are accepted for now, one line each, in an order that merges well."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from iacreview.errors import ConfigError, TreeError
from iacreview.model.finding import Accepted, Extent, Finding, Report
from iacreview.model.record import NamedTuple
from iacreview.semantics.breadth import broader
from iacreview.tree import Tree
from iacreview.veil import MASK

FILE = ".iacreview.baseline"
REASON = "it is in the baseline"
# Entries of older versions have the texts alone.
_TEXTS, _LISTS, _NAME = ("rule", "path", "resource", "fingerprint"), ("units", "extents"), "name"
# What of a finding's measure an entry keeps: no digest of a secret, and no other value.
_KEPT = ("action", "resource", "principal", "network", "ports", "except", "condition")
# What cannot be read is not reviewed, so nobody can have accepted it.
NEVER = ("SYN001",)
_MAX_MOVES = 100


class Compared(NamedTuple):
    """Findings that are new to a baseline, those in it, and its entries that no longer occur."""

    new: Sequence[Finding]
    known: Sequence[Finding]
    stale: Sequence[Accepted]


def entry(finding: Finding, name: str = "") -> Accepted:
    """A finding as the baseline has it: no secret, no line, nothing that changes when the file is edited elsewhere.

    By the `name`, its resource's type and physical name, it is known under another address.
    """
    address = finding.resource.address if finding.resource is not None else ""
    extents = sorted({f"{each.kind} {each.text}" for each in finding.values if each.kind in _KEPT and not each.hidden})
    return Accepted(finding.rule, finding.fingerprint, finding.span.path, address, finding.units, tuple(extents), name)


def render_baseline(entries: Iterable[Accepted]) -> str:
    """The file's text: a JSON object a line, sorted; empty where there is nothing to accept."""
    ordered = sorted(dict.fromkeys(entries), key=lambda each: (each.path, each.resource, each.rule, each))
    return "".join(json.dumps(_data(each)) + "\n" for each in ordered)


def _data(each: Accepted) -> dict[str, Any]:
    lists = {name: list(getattr(each, name)) for name in _LISTS if getattr(each, name)}
    return {**{name: getattr(each, name) for name in _TEXTS}, **lists, **({_NAME: each.name} if each.name else {})}


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
    if not isinstance(data, dict) or not _is_entry(data):
        hint = "Resolve the conflict, or write it anew with `iacreview baseline`."
        raise ConfigError(path, number, "this line is not an entry of a baseline", hint)
    units, extents = (tuple(data.get(name, ())) for name in _LISTS)
    texts = data["rule"], data["fingerprint"], data["path"], data["resource"]
    return Accepted(*texts, units, extents, data.get(_NAME, ""))


def _is_entry(data: dict[str, Any]) -> bool:
    texts = [*(data.get(name) for name in _TEXTS), data.get(_NAME, "")]
    lists = [data.get(name, []) for name in _LISTS]
    return all(isinstance(each, list) for each in lists) and all(
        isinstance(each, str) for each in (*texts, *(text for each in lists for text in each))
    )


class Whereabouts(NamedTuple):
    """What tells whether an entry may hold elsewhere.

    `gone` are units that are no more. `former` gives the fingerprints that a finding had under the addresses that its
    resource may have had, `name` what its resource is called.
    """

    gone: Collection[str] = ()
    former: Callable[[Finding], Iterable[str]] = lambda finding: ()
    name: Callable[[Finding], str] = lambda finding: ""


_NOTHING_MOVED = Whereabouts()


def compared(
    findings: Sequence[Finding], accepted: Sequence[Accepted], around: Whereabouts = _NOTHING_MOVED
) -> Compared:
    """Takes entries and findings together one to one, the surest pairs first.

    An entry holds for a finding of its units that goes no further than it says. It moves to another unit only where its
    own is gone, and the baseline knows nothing of the other one.
    """
    left = dict(enumerate(sorted(accepted)))
    known = {unit for each in accepted for unit in each.units}
    taken: set[int] = set()
    for fits in (_is_same, _is_as_accepted, partial(_has_moved, around.gone, known)):
        waiting: dict[str, list[int]] = {}
        for number, each in left.items():
            waiting.setdefault(each.fingerprint, []).append(number)
        for index, finding in enumerate(findings):
            if index in taken or finding.rule in NEVER:
                continue
            names = (finding.fingerprint, *around.former(finding))
            candidates = (number for name in names for number in waiting.get(name, ()) if number in left)
            found = next((number for number in candidates if fits(left[number], finding)), None)
            if found is not None:
                del left[found]
                taken.add(index)
    return Compared(
        [each for index, each in enumerate(findings) if index not in taken],
        [each for index, each in enumerate(findings) if index in taken],
        list(left.values()),
    )


def _is_same(each: Accepted, finding: Finding) -> bool:
    """Whether the entry is about the very same thing."""
    if not each.units:
        return each.path == finding.span.path
    found = entry(finding)
    return (found.units, found.extents) == (each.units, each.extents)


def _is_as_accepted(each: Accepted, finding: Finding) -> bool:
    """Whether the finding goes no further than the entry; of an older version's nobody knows how far it goes."""
    return not each.units or (set(finding.units) <= set(each.units) and _is_no_broader(each, finding))


def _has_moved(gone: Collection[str], known: Collection[str], each: Accepted, finding: Finding) -> bool:
    """Whether the unit of the entry is now the finding's."""
    if not each.units or any(unit not in gone for unit in each.units):
        return False
    return not any(unit in known for unit in finding.units) and _is_no_broader(each, finding)


def _is_no_broader(each: Accepted, finding: Finding) -> bool:
    old = [Extent(kind, text) for kind, _, text in (extent.partition(" ") for extent in each.extents)]
    kinds = {extent.kind for extent in old}
    new = [extent for extent in finding.values if extent.kind in _KEPT and not extent.hidden]
    comparable = all(extent.kind in kinds or extent.kind in ("except", "condition") for extent in new)
    return comparable and not broader(new, old)


def without_accepted(
    report: Report,
    accepted: Sequence[Accepted],
    reviewed: Sequence[str],
    rules: set[str],
    fingerprint: Callable[[str, str, str], str],
) -> Report:
    """A report without what the baseline has. Entries are stale only for rules that ran, below `reviewed`."""
    found = compared(report.findings, accepted, surroundings(report, accepted, reviewed, fingerprint))
    stale = [each for each in found.stale if each.rule in rules and _below(each.path, reviewed)]
    return report._replace(
        findings=tuple(found.new),
        suppressed=(*report.suppressed, *((each, REASON) for each in found.known)),
        stale=tuple(stale),
    )


def surroundings(
    report: Report, accepted: Sequence[Accepted], reviewed: Sequence[str], fingerprint: Callable[[str, str, str], str]
) -> Whereabouts:
    """What the report tells of the units that entries name, and of resources that have moved."""
    named = {unit for each in accepted for unit in each.units}
    gone = {unit for unit in named if unit not in report.unit_paths and _below(unit, reviewed)}
    moves = [(before, after) for _, before, after in report.moves]
    names = {(each.path, each.address): "" if MASK in each.text else each.text for each in report.named}
    renamed = _renamed(accepted, names)

    def name(finding: Finding) -> str:
        address = finding.resource.address if finding.resource is not None else ""
        return next((text for unit in finding.units if (text := names.get((unit, address), ""))), "")

    def former(finding: Finding) -> Iterator[str]:
        if finding.resource is not None:
            for address in (*_former(finding.resource.address, moves), *renamed.get(name(finding), ())):
                yield fingerprint(finding.rule, address, finding.property)

    return Whereabouts(gone, former if moves or renamed else _NOTHING_MOVED.former, name)


def _renamed(accepted: Sequence[Accepted], names: Mapping[tuple[str, str], str]) -> dict[str, dict[str, None]]:
    """The addresses of entries whose resources are no more there, by the names that these had."""
    found: dict[str, dict[str, None]] = {}
    for each in accepted:
        if each.name and not any((unit, each.resource) in names for unit in each.units):
            found.setdefault(each.name, {})[each.resource] = None
    return found


def _former(address: str, moves: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The addresses that a resource had before `moved` blocks, one after the other."""
    for _ in range(_MAX_MOVES):
        for before, after in moves:
            rest = address[len(after) :]
            if address.startswith(after) and (not rest or rest[0] in ".["):
                address = before + rest
                yield address
                break
        else:
            return


def _below(path: str, reviewed: Sequence[str]) -> bool:
    return any(folder in ("", path) or path.startswith(f"{folder}/") for folder in reviewed)
