"""Suppressions as they are written, one by one."""

from __future__ import annotations

import re

from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.suppress.comments import Comment

OWN = "iacreview"

# Where a suppression holds: at a line and what begins there, in the definition around it, in the whole file, at the
# resource of an address, or in the whole template.
LINE, BLOCK, FILE, RESOURCE = "line", "block", "file", "resource"

_OWN = re.compile(r"iacreview:ignore\b[ \t]*[:=]?[ \t]*(.*)")
# What may be meant to be one of ours: `iacreview: ignore`, `iacreview:skip=`, `iacreview ignore ENC001`.
_LIKE_OWN = re.compile(r"\b(iac[-_]?review)([ \t]*[:=]?[ \t]*)([a-z]+)\b(?=(.{0,12}))")
_CODE = re.compile(r"[ \t]+[A-Z]{3}\d{3}")
_MEANT = ("ignore", "ignored", "ignores", "skip", "suppress", "disable", "allow", "noqa", "nosec")
_PAIR = re.compile(r"""([a-z-]+)=("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"']\S*)""")
_CHECKOV = re.compile(
    r"(?:checkov|bridgecrew|cortex):skip=[ \t]*([A-Za-z_0-9]+(?:[ \t]*,[ \t]*[A-Za-z_0-9]+)*)(?::([^\n]*))?"
)
_TFSEC = re.compile(r"\b(tfsec|trivy):ignore:([A-Za-z0-9*_-]+)((?:\[[^\]\n]*\])*)((?::(?:exp|ws):[^\s:]+)*)")
_SCOPE = re.compile(r"\[([^=\]]+)=([^\]]*)\]")
_KICS = re.compile(r"kics-scan[ \t]+(ignore-line|ignore-block|ignore|disable[ \t]*=[ \t]*([0-9a-fA-F, \t-]+))")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_KEYS = ("reason", "until", "value", "address", "action", "resource", "approved-by", "ticket")
_MARKS = {
    "iacreview": "iacreview:ignore ",
    "checkov": "checkov:skip=",
    "tfsec": "tfsec:ignore:",
    "trivy": "trivy:ignore:",
}


class Directive(NamedTuple):
    """One suppression: `rules` as written, `until` an ISO date, its last day; `expiry` is the date as written.

    `value`, `address`, `attributes` and `extents` narrow it: to a value, to addresses, to a resource with such
    attributes, to what measures one of these (a kind of Extent and a pattern). `wrong` says what cannot be read in it.
    """

    tool: str
    rules: tuple[str, ...]
    span: Span
    place: str
    reason: str = ""
    until: str = ""
    value: str | None = None
    address: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    trailing: bool = False
    wrong: str = ""
    expiry: str = ""
    extents: tuple[tuple[str, str], ...] = ()
    approved_by: str = ""
    ticket: str = ""

    @property
    def is_comment(self) -> bool:
        """Whether it stands in a comment: else it is in Metadata."""
        return self.place in (LINE, BLOCK) or self.tool == "kics"

    @property
    def written(self) -> str:
        """As people find it in the file, without its reason: `checkov:skip=CKV_AWS_18`."""
        if self.tool == "kics":
            return self.span.text
        rules = ",".join(self.rules)
        return f"{_MARKS.get(self.tool, '')}{rules}" if self.is_comment else f"Metadata for {self.tool}: {rules}"


def directives(comment: Comment) -> list[Directive]:
    """All suppressions in a comment, of every grammar."""
    text = comment.text
    found = [_own(match, comment) for match in _OWN.finditer(text)]
    found += [_misspelt(match, comment) for match in _LIKE_OWN.finditer(text) if _is_misspelt(*match.groups())]
    found += [_checkov(match, comment) for match in _CHECKOV.finditer(text)]
    found += [_tfsec(match, comment) for match in _TFSEC.finditer(text)]
    found += [_kics(match, comment) for match in _KICS.finditer(text)]
    return found


def narrowed(directive: Directive, pairs: dict[str, str]) -> Directive:
    """A directive of our own with `reason`, `until`, `value` and `address` as given; `wrong` for what cannot be."""
    unknown = [key for key in pairs if key not in _KEYS]
    until = pairs.get("until", "")
    wrong = ""
    if unknown:
        wrong = f"`{unknown[0]}` is none of {', '.join(_KEYS)}"
    elif until and not is_date(until):
        wrong = f"`{until}` is not a date: write 2027-01-31"
    elif not directive.rules:
        wrong = "it names no rule"
    return directive._replace(
        reason=pairs.get("reason", ""),
        until=until,
        expiry=until,
        value=pairs.get("value"),
        address=pairs.get("address", ""),
        extents=tuple((key, pairs[key]) for key in ("action", "resource") if key in pairs),
        approved_by=pairs.get("approved-by", ""),
        ticket=pairs.get("ticket", ""),
        wrong=wrong,
    )


def _is_misspelt(name: str, separator: str, word: str, rest: str) -> bool:
    if (name, separator, word) == ("iacreview", ":", "ignore"):
        return False
    if not separator.strip() and not _CODE.match(rest):
        return False
    from difflib import get_close_matches

    return word in _MEANT or bool(get_close_matches(word[:16], ("ignore", "suppress"), cutoff=0.75))


def _misspelt(match: re.Match[str], comment: Comment) -> Directive:
    wrong = f"`{match[0].strip()}` is not read: write `iacreview:ignore RULE`"
    return Directive(OWN, (), _span(match, comment), LINE, trailing=comment.trailing, wrong=wrong)


def is_date(text: str) -> bool:
    """Whether a text is a day as ISO 8601 writes it."""
    if not _DATE.fullmatch(text):
        return False
    from datetime import date

    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _span(match: re.Match[str], comment: Comment) -> Span:
    start = comment.span.start + match.start()
    return Span(comment.span.source, start, start + len(match[0].rstrip().removesuffix("*/").rstrip()))


def _own(match: re.Match[str], comment: Comment) -> Directive:
    rest = match[1].rstrip().removesuffix("*/")
    pairs = {key: _unquoted(value) for key, value in _PAIR.findall(rest)}
    words = tuple(re.split(r"[,\s]+", _PAIR.sub(" ", rest).strip()))
    rules = tuple(word for word in words if word)
    return narrowed(Directive(OWN, rules, _span(match, comment), LINE, trailing=comment.trailing), pairs)


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return re.sub(r"\\(.)", r"\1", text[1:-1]) if text[0] == '"' else text[1:-1]
    return text


def _checkov(match: re.Match[str], comment: Comment) -> Directive:
    """Source: "Suppressing and Skipping Policies" (checkov's documentation)."""
    rules = tuple(each.strip() for each in match[1].split(","))
    reason = (match[2] or "").strip().removesuffix("*/").strip()
    return Directive("checkov", rules, _span(match, comment), BLOCK, reason)


def _tfsec(match: re.Match[str], comment: Comment) -> Directive:
    """Sources: "Ignoring Warnings" (tfsec's documentation), "Filtering, inline ignores" (trivy's)."""
    options = dict(re.findall(r":(exp|ws):([^\s:]+)", match[4]))
    exp = options.get("exp", "")
    wrong = f"`{exp}` is not a date" if exp and not is_date(exp) else ""
    if options.get("ws", "default") != "default":
        wrong = f"it is for the workspace {options['ws']} alone"
    return Directive(
        match[1],
        (match[2],),
        _span(match, comment),
        LINE,
        until=_day_before(exp) if exp and not wrong else exp,
        expiry=exp,
        attributes=tuple((name.strip(), value.strip()) for name, value in _SCOPE.findall(match[3])),
        trailing=comment.trailing,
        wrong=wrong,
    )


def _day_before(day: str) -> str:
    """Those tools stop ignoring when the day begins; we name the last day that something holds."""
    from datetime import date, timedelta

    return (date.fromisoformat(day) - timedelta(days=1)).isoformat() if day > "0001-01-01" else day


def _kics(match: re.Match[str], comment: Comment) -> Directive:
    """Source: "Running KICS: Using commands on scanned files as comments" (KICS' documentation)."""
    words = match[1]
    if words.startswith("disable"):
        rules = tuple(each.strip() for each in (match[2] or "").split(",") if each.strip())
        return Directive("kics", rules, _span(match, comment), FILE)
    return Directive("kics", ("*",), _span(match, comment), FILE if words == "ignore" else LINE)
