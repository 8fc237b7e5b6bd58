"""What a change lets whom do and reach, and what data it puts at risk, in words that every format shares."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from iacreview.model.delta import Access, AtRisk, Deltas, Opening
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span

_FEW = 4
_ALL = "all"
_NOT_SAID = "?"
_OF_AWS = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/")


class DeltaLine(NamedTuple):
    """One line of a section: what, where or whence, and what else is to be said of it."""

    what: str
    where: str
    note: str


class Section(NamedTuple):
    """A heading and its rows, by what they are about."""

    title: str
    groups: tuple[tuple[str, tuple[DeltaLine, ...]], ...]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(len(rows) for _, rows in self.groups)


def sections(deltas: Deltas) -> list[Section]:
    """The sections that have something to say, in the order in which a reviewer reads them."""
    found = [
        *_by_certainty("Access added", "Access that may be added", deltas.access_added, _access_groups),
        *_by_certainty("Access removed", "Access that may be removed", deltas.access_removed, _access_groups),
        *_by_certainty("Reach added", "Reach that may be added", deltas.reach_added, _reach_groups),
        *_by_certainty("Reach removed", "Reach that may be removed", deltas.reach_removed, _reach_groups),
        *_by_certainty("Data at risk", "Data that may be at risk", deltas.data_at_risk, _risk_groups),
    ]
    return [each for each in found if each.groups]


def standing_sections(deltas: Deltas) -> list[Section]:
    """What there is, of one revision."""
    found = [
        *_by_certainty("Access", "Access that may be there", deltas.access_added, _access_groups),
        *_by_certainty("Reach", "Reach that may be there", deltas.reach_added, _reach_groups),
    ]
    return [each for each in found if each.groups]


_Groups = tuple[tuple[str, tuple[DeltaLine, ...]], ...]


def _by_certainty(
    sure: str, maybe: str, entries: Sequence[Any], groups: Callable[[Sequence[Any]], _Groups]
) -> list[Section]:
    return [
        Section(sure, groups([each for each in entries if each.certain])),
        Section(maybe, groups([each for each in entries if not each.certain])),
    ]


def _access_groups(entries: Sequence[Access]) -> _Groups:
    """By principal, or by what is guarded; principals that get the same by the same policies are one group or row."""
    by_who: dict[str, list[DeltaLine]] = {}
    guarded: dict[tuple[str, str, str, str], list[str]] = {}
    for each in _by_policy(entries):
        row = _access_row(each)
        if each.guarded:
            guarded.setdefault((each.guarded, row.what, row.where, row.note), []).append(each.principal)
        else:
            by_who.setdefault(f"{each.principal} ({each.note})" if each.note else each.principal, []).append(row)
    for (address, what, where, note), names in guarded.items():
        who = "" if what == _NOT_SAID else f"by {listed(['everyone (*)' if name == '*' else name for name in names])}"
        by_who.setdefault(address, []).append(DeltaLine(what, "  ".join(part for part in (who, where) if part), note))
    return _shared(by_who)


def _by_policy(entries: Sequence[Access]) -> Iterator[Access]:
    """The entries; many that come of one policy of AWS's as one, since its name says what they are."""
    groups: dict[object, list[Access]] = {}
    for number, each in enumerate(entries):
        of_aws = len(each.via) == 1 and _OF_AWS.match(each.via[0]) and each.actions
        same = each._replace(actions=(), resources=(), gained=(), levels=(), to_come=False, witness=None)
        groups.setdefault(same if of_aws else number, []).append(each)
    for group in groups.values():
        yield from (_as_one(group),) if len(group) > _FEW else group


def _as_one(entries: Sequence[Access]) -> Access:
    levels: dict[str, int] = {}
    for level, number in (found for each in entries for found in each.levels):
        levels[level] = levels.get(level, 0) + number
    return entries[0]._replace(
        actions=tuple(action for each in entries for action in each.actions),
        resources=tuple(dict.fromkeys(resource for each in entries for resource in each.resources)),
        levels=tuple(levels.items()),
        to_come=any(each.to_come for each in entries),
    )


def _shared(by_who: dict[str, list[DeltaLine]]) -> _Groups:
    same: dict[tuple[DeltaLine, ...], list[str]] = {}
    for who, rows in by_who.items():
        same.setdefault(tuple(dict.fromkeys(rows)), []).append(who)
    return tuple((listed(names), rows) for rows, names in same.items())


def _access_row(each: Access) -> DeltaLine:
    if not each.actions:
        return DeltaLine(_NOT_SAID, "", each.why)
    where = f"on {listed(each.resources)}" if each.resources and each.resources != (each.guarded,) else ""
    said = [_counts(each), each.why, *each.conditions]
    via = [name for name in each.via if name not in (each.principal, each.guarded)]
    place = _place(listed(via), each.span)
    what = listed(each.actions)
    if each.effect == "Deny":
        what = f"{'newly' if 'is new' in each.why else 'no longer'} denied: {what}"
    return DeltaLine(what, where, _said(said, place))


def _counts(each: Access) -> str:
    """`31 actions: 22 write, 9 permissions management`; empty where the words say it."""
    total = sum(number for _, number in each.levels)
    later = "what AWS will add" if each.to_come else ""
    if total <= 1 and not any("*" in action or "?" in action or " " in action for action in each.actions):
        return each.levels[0][0].lower() if each.levels else ""
    split = ", ".join(f"{number:,} {level.lower()}" for level, number in each.levels)
    counted = f"{total:,} action{'' if total == 1 else 's'}: {split}" if total else ""
    return f"{counted}, and {later}" if counted and later else counted or later


def _reach_groups(entries: Sequence[Opening]) -> _Groups:
    """By resource; what differs in its source alone is one row."""
    alike: dict[tuple[str, str, str, str], list[str]] = {}
    for each in entries:
        who = f"{each.resource} ({each.note})" if each.note else each.resource
        via = [name for name in each.via if name != each.resource]
        note = _said([each.why], _place(listed(via), each.span))
        way = "to" if each.outbound else "from"
        alike.setdefault((who, ports_text(each), way, note), []).append(each.source)
    by_resource: dict[str, list[DeltaLine]] = {}
    for (who, ports, way, note), found in alike.items():
        by_resource.setdefault(who, []).append(DeltaLine(ports, f"{way} {listed(found)}", note))
    return _shared(by_resource)


def ports_text(each: Opening) -> str:
    """`tcp 22`, `tcp 8000-8010`, `all traffic`"""
    if each.protocol.startswith(_ALL):
        return f"all traffic{each.protocol[len(_ALL) :]}"
    if each.from_port < 0:
        return f"{each.protocol}, on ports that are not known"
    if (each.from_port, each.to_port) == (0, 65535):
        return f"all {each.protocol}" if not each.protocol.isdigit() else f"protocol {each.protocol}"
    if each.from_port == each.to_port:
        return f"{each.protocol} {each.from_port}"
    return f"{each.protocol} {each.from_port}-{each.to_port}"


def _risk_groups(entries: Sequence[AtRisk]) -> _Groups:
    rows = {
        each.resource: [DeltaLine(each.what, each.why, _said([each.kept], _place("", each.span)))] for each in entries
    }
    return tuple((resource, tuple(found)) for resource, found in rows.items())


def _said(parts: Iterable[str], place: str) -> str:
    return "  ".join(part for part in ("; ".join(part for part in parts if part), place) if part)


def _place(via: str, span: Span | None) -> str:
    where = f"{span.path}:{span.first.line}" if span is not None else ""
    inside = ", ".join(part for part in (via, where) if part)
    return f"({inside})" if inside else ""


def listed(names: Sequence[str], most: int = _FEW) -> str:
    """The first few of some names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def as_data(deltas: Deltas, location: Callable[[Span], dict[str, Any]]) -> dict[str, Any]:
    """The deltas as the JSON output has them."""
    return {
        "access": {
            "added": [access_data(each, location) for each in deltas.access_added],
            "removed": [access_data(each, location) for each in deltas.access_removed],
        },
        "reach": {
            "added": [reach_data(each, location) for each in deltas.reach_added],
            "removed": [reach_data(each, location) for each in deltas.reach_removed],
        },
        "data_at_risk": [_risk_data(each, location) for each in deltas.data_at_risk],
    }


def access_data(each: Access, location: Callable[[Span], dict[str, Any]]) -> dict[str, Any]:
    """One entry about access, as data."""
    witness = each.witness
    shown = (
        {"action": witness.action, "resource": witness.resource, "keys": dict(witness.keys)}
        if witness is not None
        else None
    )
    return {
        "principal": each.principal,
        "note": each.note,
        "guarded": each.guarded or None,
        "via": list(each.via),
        "actions": list(each.actions),
        "gained": list(each.gained),
        "levels": dict(each.levels),
        "to_come": each.to_come,
        "resources": list(each.resources),
        "conditions": list(each.conditions),
        "effect": each.effect,
        "witness": shown,
        "certain": each.certain,
        "why": each.why,
        "location": location(each.span) if each.span is not None else None,
        "units": list(each.units),
    }


def reach_data(each: Opening, location: Callable[[Span], dict[str, Any]]) -> dict[str, Any]:
    """One entry about reach, as data."""
    return {
        "resource": each.resource,
        "protocol": each.protocol,
        "from_port": each.from_port,
        "to_port": each.to_port,
        "source": each.source,
        **({"direction": "out"} if each.outbound else {}),
        "note": each.note,
        "via": list(each.via),
        "certain": each.certain,
        "why": each.why,
        "location": location(each.span) if each.span is not None else None,
        "units": list(each.units),
    }


def _risk_data(each: AtRisk, location: Callable[[Span], dict[str, Any]]) -> dict[str, Any]:
    return {
        "resource": {"address": each.resource, "type": each.type, "kind": each.kind},
        "what": each.what,
        "why": each.why,
        "kept": each.kept,
        "certain": each.certain,
        "location": location(each.span) if each.span is not None else None,
        "units": list(each.units),
    }
