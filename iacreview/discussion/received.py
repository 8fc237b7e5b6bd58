"""A report of `iacreview diff` as it is read back from its JSON, which may come from a hostile run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import fastjsonschema

from iacreview.errors import UsageError
from iacreview.model.delta import Access, AtRisk, Deltas, Opening, Witness
from iacreview.model.finding import (
    Accepted,
    Change,
    ChangedArgument,
    Finding,
    InputError,
    NewlySuppressed,
    NewlyUndecided,
    Protection,
    Related,
    Report,
    ResourceName,
    Severity,
    Suppression,
    Undecided,
    UnreadChange,
    UnreadModule,
)
from iacreview.model.record import NamedTuple
from iacreview.model.source import Position, Skipped, Source, Span

# What is read at most, and how much of one list; no report of ours comes near.
MAX_BYTES = 20_000_000
MAX_ENTRIES = 20_000
_MAKE_ONE = "Make it with `iacreview diff --format json`."
_COLUMNS = 1 << 32


class Replacement(NamedTuple):
    """A text that stands in the place of another, from one position up to another one."""

    path: str
    first: Position
    last: Position
    text: str


class Received(NamedTuple):
    """A report, and what remedies its findings, by their fingerprints."""

    report: Report
    remedies: Mapping[str, tuple[Replacement, ...]]


def received(text: bytes, schema: Mapping[str, Any]) -> Received:
    """The report of a change in a JSON text. Raises UsageError for any other text.

    Places have paths, lines and columns; there is no text behind them.
    """
    data = _validated(text, schema)
    if "change" not in data:
        raise UsageError("this is a report of `check`, and only a change can be commented on", _MAKE_ONE)
    findings = tuple(map(_finding, data["findings"]))
    remedies = {
        each["fingerprint"]: tuple(map(_replacement, each["edits"])) for each in data["findings"] if each.get("edits")
    }
    return Received(_report(data, findings), remedies)


def _validated(text: bytes, schema: Mapping[str, Any]) -> dict[str, Any]:
    if len(text) > MAX_BYTES:
        raise UsageError(f"the report has more than {MAX_BYTES:,} bytes", _MAKE_ONE)
    try:
        data = json.loads(text.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise UsageError("the report is not JSON", _MAKE_ONE) from error
    lists = data.values() if isinstance(data, dict) else ()
    if any(isinstance(each, list) and len(each) > MAX_ENTRIES for each in lists):
        raise UsageError(f"a list in the report has more than {MAX_ENTRIES:,} entries", _MAKE_ONE)
    # The version of JSON Schema that it says differs in nothing that ours uses.
    fits = fastjsonschema.compile({key: each for key, each in schema.items() if key != "$schema"})
    try:
        fits(data)
    except RecursionError as error:
        raise UsageError("the report is nested too deeply", _MAKE_ONE) from error
    except fastjsonschema.JsonSchemaValueException as error:
        wrong = f"{'/'.join(error.path[1:]) or 'the whole'} is wrong"
        raise UsageError(f"the report is not what `iacreview schema report` says: {wrong}", _MAKE_ONE) from error
    found: dict[str, Any] = data
    return found


def _no_number(name: str) -> None:
    raise ValueError(name)


class _Recorded(Source):
    """A file of which places are known and no text: an offset is a line and a column in one."""

    __slots__ = ()

    def __init__(self, path: str) -> None:
        super().__init__(path, "")

    def position(self, offset: int) -> Position:
        return Position(*divmod(offset, _COLUMNS))


def _span(data: Mapping[str, Any]) -> Span:
    start, end = ((_position(data[name])) for name in ("start", "end"))
    first, last = ((each.line * _COLUMNS + min(each.column, _COLUMNS - 1)) for each in (start, end))
    return Span(_Recorded(data["path"]), first, max(first, last))


def _position(data: Mapping[str, Any]) -> Position:
    return Position(int(data["line"]), int(data["column"]))


def _replacement(data: Mapping[str, Any]) -> Replacement:
    place = data["location"]
    return Replacement(place["path"], _position(place["start"]), _position(place["end"]), data["text"])


def _report(data: Mapping[str, Any], findings: tuple[Finding, ...]) -> Report:
    counts = data["summary"]
    return Report(
        findings,
        undecided=tuple(map(_undecided, data["undecided"])),
        suppressed=tuple((_finding(each), each["reason"]) for each in data["suppressed"]),
        skipped=tuple(map(_skipped, data["skipped"])),
        errors=tuple(InputError(each["path"], each["message"], each["hint"]) for each in data["errors"]),
        files=counts["files"],
        units=counts["units"],
        resources=counts["resources"],
        suppressions=tuple(map(_suppression, data["suppressions"])),
        stale=tuple(Accepted(*(each[name] for name in Accepted._fields[:4])) for each in data["stale"]),
        change=_change(data),
        unread_modules=_uncalled(counts.get("unread_modules", 0)),
    )


def _uncalled(number: int) -> tuple[UnreadModule, ...]:
    """Calls of modules that were not read, of which a report tells how many there are."""
    source = _Recorded("")
    places = (Span(source, at, at) for at in range(min(int(number), MAX_ENTRIES)))
    return tuple(UnreadModule("", place, (), ()) for place in places)


def _change(data: Mapping[str, Any]) -> Change:
    change, protection = data["change"], data.get("protection", {})
    return Change(
        change["base"],
        change["head"],
        _deltas(data),
        tuple(map(_protection, protection.get("removed", ()))),
        tuple(map(_protection, protection.get("added", ()))),
        tuple(map(_unread, change.get("unread_modules", ()))),
        tuple(NewlyUndecided(_undecided(each), each["was"]) for each in change.get("newly_undecided", ())),
        tuple(
            NewlySuppressed(_finding(each), _suppression(each["suppression"]))
            for each in change.get("newly_suppressed", ())
        ),
        tuple(map(_finding, change.get("revealed", ()))),
        tuple(map(_skipped, change.get("newly_skipped", ()))),
        change.get("commit", ""),
        tuple(map(_suppression, change.get("foreign_suppressions", ()))),
    )


def _finding(data: Mapping[str, Any]) -> Finding:
    return Finding(
        data["rule"],
        data["name"],
        data["family"],
        Severity[data["severity"].upper()],
        data["message"],
        _resource(data["resource"]),
        _span(data["location"]),
        tuple(Related(each["message"], _span(each["location"])) for each in data["related"]),
        data["fingerprint"],
        remediation=data["remediation"],
        status=data["status"],
        blocks=tuple(_span(place) for place in (data["resource"].get("location"),) if place),
    )


def _resource(data: Mapping[str, Any]) -> ResourceName | None:
    """A finding about a file has none."""
    return None if data["type"] == "file" else _name(data)


def _name(data: Mapping[str, Any]) -> ResourceName:
    return ResourceName(data["address"], data["type"], data["kind"])


def _undecided(data: Mapping[str, Any]) -> Undecided:
    return Undecided(data["rule"], _name(data["resource"]), data["reason"], _span(data["location"]))


def _skipped(data: Mapping[str, Any]) -> Skipped:
    return Skipped(data["path"], data["reason"], data["line"])


def _suppression(data: Mapping[str, Any]) -> Suppression:
    said = (data["tool"], tuple(data["rules"]), data["reason"], data["until"])
    approval = (data.get("approved_by", ""), data.get("ticket", ""))
    return Suppression(*said, _span(data["location"]), data["state"], data["new"], *map(str, approval))


def _protection(data: Mapping[str, Any]) -> Protection:
    return Protection(
        _name(data["resource"]),
        data["what"],
        _span(data["location"]),
        data.get("protection", ""),
        data.get("was") or "",
        data.get("is") or "",
        data.get("certain", True),
        data.get("side") != "head",
    )


def _unread(data: Mapping[str, Any]) -> UnreadChange:
    arguments = (
        ChangedArgument(each["name"], each["was"] or "", each["now"] or "", each["security"])
        for each in data["arguments"]
    )
    return UnreadChange(data["address"], _span(data["location"]), tuple(arguments), left=data.get("left", False))


def _deltas(data: Mapping[str, Any]) -> Deltas:
    access, reach = data.get("access", {}), data.get("reach", {})
    return Deltas(
        tuple(map(_access, access.get("added", ()))),
        tuple(map(_access, access.get("removed", ()))),
        tuple(map(_opening, reach.get("added", ()))),
        tuple(map(_opening, reach.get("removed", ()))),
        tuple(map(_risk, data.get("data_at_risk", ()))),
    )


def _access(data: Mapping[str, Any]) -> Access:
    witness = data.get("witness")
    return Access(
        data["principal"],
        data.get("note", ""),
        data.get("guarded") or "",
        tuple(data.get("via", ())),
        tuple(data["actions"]),
        tuple(data["resources"]),
        tuple(data.get("conditions", ())),
        data["effect"],
        tuple(data.get("gained", ())),
        _pairs(data.get("levels", {})),
        data.get("to_come", False),
        Witness(witness["action"], witness["resource"], _pairs(witness["keys"])) if witness else None,
        data.get("certain", True),
        data.get("why", ""),
        _optional_span(data),
    )


def _opening(data: Mapping[str, Any]) -> Opening:
    return Opening(
        data["resource"],
        data["protocol"],
        data["from_port"],
        data["to_port"],
        data["source"],
        data.get("note", ""),
        tuple(data.get("via", ())),
        data.get("certain", True),
        data.get("why", ""),
        _optional_span(data),
        outbound=data.get("direction") == "out",
    )


def _risk(data: Mapping[str, Any]) -> AtRisk:
    name = _name(data["resource"])
    said = (data["what"], data["why"], data.get("kept", ""), data.get("certain", True))
    return AtRisk(*name, *said, _optional_span(data))


def _optional_span(data: Mapping[str, Any]) -> Span | None:
    return _span(data["location"]) if data.get("location") else None


def _pairs(data: Mapping[str, Any]) -> tuple[Any, ...]:
    pairs: Iterable[tuple[str, Any]] = data.items()
    return tuple(pairs)
