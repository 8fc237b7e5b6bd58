"""Date and time functions. What reads the clock is not known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iacreview.evaluate.terraform.functions.call import FunctionCall, FunctionError, Pure, Structural
from iacreview.model.value import Unknown, Value

if TYPE_CHECKING:
    from datetime import datetime

_DURATION = re.compile(r"([+-]?\d+(?:\.\d+)?)(h|ms|us|µs|ns|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_TOKEN = re.compile(
    r"'(?:[^']|'')*'|YYYY|YY|MMMM|MMM|MM|M|DD|D|EEEE|EEE|hh|h|HH|H|AA|aa|mm|m|ss|s|ZZZZZ|ZZZZ|ZZZ|Z|[A-Za-z]+|[^A-Za-z']+"
)
_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October"]
_MONTHS += ["November", "December"]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def _moment(text: str) -> datetime:
    from datetime import datetime

    if not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)\Z", text):
        raise FunctionError("not an RFC 3339 timestamp")
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise FunctionError("not an RFC 3339 timestamp") from error


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _timeadd(text: str, duration: str) -> str:
    from datetime import timedelta

    pieces = _DURATION.findall(duration)
    if not pieces or "".join(number + unit for number, unit in pieces) != duration:
        raise FunctionError("no duration")
    sign = -1 if duration.startswith("-") else 1
    seconds = sum(abs(float(number)) * _SECONDS[unit] for number, unit in pieces)
    return _rfc3339(_moment(text) + timedelta(seconds=sign * seconds))


def _timecmp(one: str, other: str) -> int:
    first, second = _moment(one), _moment(other)
    return (first > second) - (first < second)


def _formatdate(pattern: str, text: str) -> str:
    moment = _moment(text)
    offset = moment.strftime("%z")
    words = {
        "YYYY": f"{moment.year:04}", "YY": f"{moment.year % 100:02}",
        "MMMM": _MONTHS[moment.month - 1], "MMM": _MONTHS[moment.month - 1][:3],
        "MM": f"{moment.month:02}", "M": str(moment.month),
        "DD": f"{moment.day:02}", "D": str(moment.day),
        "EEEE": _DAYS[moment.weekday()], "EEE": _DAYS[moment.weekday()][:3],
        "hh": f"{moment.hour:02}", "h": str(moment.hour),
        "HH": f"{(moment.hour - 1) % 12 + 1:02}", "H": str((moment.hour - 1) % 12 + 1),
        "AA": "PM" if moment.hour >= 12 else "AM", "aa": "pm" if moment.hour >= 12 else "am",
        "mm": f"{moment.minute:02}", "m": str(moment.minute), "ss": f"{moment.second:02}", "s": str(moment.second),
        "ZZZZZ": f"{offset[:3]}:{offset[3:]}", "ZZZZ": offset, "ZZZ": "UTC" if offset == "+0000" else offset,
        "Z": "Z" if offset == "+0000" else f"{offset[:3]}:{offset[3:]}",
    }  # fmt: skip
    return "".join([_formatted(token, words) for token in _TOKEN.findall(pattern)])


def _formatted(token: str, words: dict[str, str]) -> str:
    if token.startswith("'"):
        return token[1:-1].replace("''", "'")
    if token in words:
        return words[token]
    if token[0].isalpha():
        raise FunctionError("the date format is not valid")
    return token


def _clock(call: FunctionCall) -> Value:
    return Unknown("is known only when Terraform runs", call.span)


TABLE: dict[str, Pure | Structural] = {
    "formatdate": Pure("ss", _formatdate),
    "plantimestamp": _clock,
    "timeadd": Pure("ss", _timeadd),
    "timecmp": Pure("ss", _timecmp),
    "timestamp": _clock,
}
