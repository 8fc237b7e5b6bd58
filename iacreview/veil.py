"""The border of a report: whatever a run has to say passes here, and nothing of a secret comes out.

A secret is known by the places where rules and evaluation found one. Its text is taken out of everything that is said,
as it is, reversed, encoded and hashed. What could not be parsed is shown by its structure alone: nobody knows which of
its words is a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from iacreview.model.digest import digests
from iacreview.model.finding import Finding, Report
from iacreview.model.patterns import later
from iacreview.model.source import Span

MASK = "****"
UNREADABLE = "SYN001"

# Names of ours and places: fields that never hold a text of the reviewed files.
_OURS = frozenset(
    {"rule", "name", "family", "severity", "fingerprint", "status", "aliases", "kind", "tool", "state", "until"}
)
_PLACES = frozenset(
    {
        *("path", "units", "unit_paths", "moves", "span", "blocks", "secrets", "property", "base", "head", "hidden"),
        *("decision", "suppressed_by", "commit"),
    }
)
_KEPT = _OURS | _PLACES

# A text that is hidden wherever it stands, not only where it is all of a string.
_STRONG, _MIXED, _WEAK = 12, 6, 4
_SHOWN_OF_A_HASH = 12
_LONGEST = 4096
# What no ASCII letter is, and yet one where small letters and capitals are the same.
_LIKE_LETTERS = "\u0130\u0131\u017f\u212a"

# Signs that no name has inside of it, and those that only some have.
_SIGN = later(r"[A-Za-z0-9](?:([~!^])|[$%&#])[A-Za-z0-9]")
# What something is compared with in a condition, and what that is.
_COMPARED = later(r"""(?:([\w.-]+)[\])]* )?[=!]= "([^"]+)"|"([^"]+)" [=!]= ([\w.-]+)?""")
# What says which value something has, where that is a circumstance.
_BEING = later(r"((?:when|and) (?:not \()?[\w.-]*?([\w-]+)[\])]* is )(\S+?)(?=[),;]|\s|$)")
_ANSWERS = ("true", "false")
_TURN = later(r"[0-9](?=[A-Za-z])")

# The words of a line that is not understood, and those of the languages themselves.
_WORD = later(r"""[^\s{}\[\](),:="'`]+""")
_LANGUAGE = frozenset(
    """
    resource data variable locals output module provider moved import removed check dynamic content for in if
    else true false null for_each count source lifecycle Resources Parameters Conditions Mappings Outputs Metadata
    Transform Rules Type Properties DependsOn Condition Default Fn Ref - ? == != && || + * / % < > <= >= ... !Ref !Sub
    !GetAtt !Join !If !Equals !FindInMap !Select !Split !ImportValue !Base64
    """.split()  # noqa: SIM905 - a list of words
)
_MARGIN = 4000


class Veil:
    """Takes secrets out of a text."""

    __slots__ = ("_forms", "_hashes", "_hide", "_weak", "texts")

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = frozenset(each for text in texts for each in _told(text))
        strong = [each for each in self.texts if _is_strong(each)]
        self._forms = [form for text in strong for form in _forms(text)]
        self._hashes = [hashed[:_SHOWN_OF_A_HASH] for text in strong for hashed in digests(_bytes(text))]
        self._weak = [each for each in self.texts if not _is_strong(each)]
        self._hide: Callable[[str], str] | None = None

    def __call__(self, text: str) -> str:
        if self._hide is None:
            self._hide = _hiding(self._forms, self._hashes, self._weak)
        return self._hide(text)

    def over(self, texts: Collection[str]) -> dict[str, str]:
        """What is shown of each text.

        What is in none of them is not among the expressions: to look for it costs a tenth of what it takes to compile
        these and to ask them.
        """
        joined = "\0".join(texts)
        hashes, weak = ([each for each in found if each in joined] for found in (self._hashes, self._weak))
        hide = _hiding(self._forms_in(joined), hashes, weak)
        return {text: hide(text) for text in texts}

    def _forms_in(self, text: str) -> list[str]:
        """The forms that may stand in a text, all that do among them."""
        if any(each in text for each in _LIKE_LETTERS):
            return self._forms
        lowered = text.lower()
        return [form for form in self._forms if not form.isascii() or form.lower() in lowered]


def _hiding(forms: Iterable[str], hashes: Iterable[str], weak: Iterable[str]) -> Callable[[str], str]:
    """Puts MASK in the place of each: of what is weak, where it stands in quotes."""
    found = []
    expressions = [*map(_in_any_case, forms), *(f"{each}[0-9a-f]*" for each in hashes)]
    if expressions:
        found.append(re.compile("|".join(sorted(expressions, key=len, reverse=True))))
    if words := "|".join(map(re.escape, weak)):
        found.append(re.compile(rf"""(?<=["'])(?:{words})(?=["'])"""))

    def hide(text: str) -> str:
        for pattern in found:
            text = pattern.sub(MASK, text)
        return text

    return hide


def _told(text: str) -> Iterator[str]:
    """A secret as it is written in a file, without quotes and escapes; of one with several lines, each line."""
    bare = text.strip().strip("\"'")
    for each in (bare, _unescaped(bare)):
        if _WEAK <= len(each) <= _LONGEST:
            yield each
        if "\n" in each:
            yield from (line for line in map(str.strip, each[:_LONGEST].split("\n")) if len(line) >= _STRONG)


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    from json import loads

    try:
        found = loads(f'"{text}"')
    except ValueError:
        return text
    return found if isinstance(found, str) else text


def _is_strong(text: str) -> bool:
    return len(text) >= _STRONG or (len(text) >= _MIXED and not text.isalpha())


def _forms(text: str) -> set[str]:
    """The ways in which a secret may come out, beside its hashes."""
    from binascii import b2a_base64
    from json import dumps
    from urllib.parse import quote

    data = _bytes(text)
    plain = {text, text[::-1], dumps(text)[1:-1], quote(text, safe=""), data.hex()}
    # The same bytes look different wherever they begin in a group of three; of a group at an end, less is certain.
    encoded = {b2a_base64(b"\0" * at + data).decode()[(0, 2, 3)[at] :].rstrip("=\n") for at in range(3)}
    return plain | {each[:-1] for each in encoded if len(each) > _STRONG}


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _in_any_case(text: str) -> str:
    """An expression for a text in small letters and capitals.

    Of the first character both cases stand there: of many expressions, most are given up at it, and cheaply."""
    first = text[0]
    if not (first.isascii() and first.isalpha()):
        return rf"(?i:{re.escape(text)})"
    return rf"[{first.lower()}{first.upper()}](?i:{re.escape(text[1:])})"


def without_opaque(text: str) -> str:
    """A text without words that look like no name: nothing vouches for them."""
    if _SIGN.search(text):
        text = _WORD.sub(lambda found: MASK if _has_signs(found[0]) else found[0], text)
    if "when " in text and " is " in text:
        text = _BEING.sub(_without_being, text)
    return _COMPARED.sub(_without_compared, text) if '= "' in text or '" =' in text or '" !' in text else text


def _has_signs(word: str) -> bool:
    signs = list(_SIGN.finditer(word))
    return any(found[1] for found in signs) or (bool(signs) and _is_mixed(word) and any(map(str.isdigit, word)))


def _without_compared(found: re.Match[str]) -> str:
    from iacreview.semantics.secret_names import names_secret

    value, name = found[2] or found[3], found[1] or found[4] or ""
    return found[0].replace(value, MASK) if is_opaque(value) or names_secret(name.rpartition(".")[2]) else found[0]


def _without_being(found: re.Match[str]) -> str:
    from iacreview.semantics.secret_names import names_secret

    return f"{found[1]}{MASK}" if found[3] not in _ANSWERS and names_secret(found[2]) else found[0]


def is_opaque(word: str) -> bool:
    """Whether a word looks like a token: capitals, small letters and digits by turns."""
    return word.isalnum() and _is_mixed(word) and len(_TURN.findall(word)) > 1


def _is_mixed(text: str) -> bool:
    return any(map(str.isupper, text)) and any(map(str.islower, text))


def veil_of(spans: Iterable[Span], texts: Iterable[str] = ()) -> Veil:
    """The veil over the secrets at some places, and over other texts."""
    return Veil((*(span.text for span in spans if span.end - span.start <= _LONGEST), *texts))


def veiled(report: Report, fingerprint: Callable[[str, str, str], str]) -> Report:
    """The report as it may be shown: no text in it holds a secret.

    `fingerprint` makes a finding's anew where its address was changed, so that it tells nothing either.
    """
    veil = veil_of(report.secrets, report.hidden)
    unreadable = [each for each in report.findings if each.rule == UNREADABLE]
    places = tuple(span for each in unreadable for span in words_of(each.span))
    texts: dict[str, str] = {}
    through(report, lambda text: texts.setdefault(text, text))
    shown: Report = through(report, {text: without_opaque(seen) for text, seen in veil.over(texts).items()}.__getitem__)
    return shown._replace(
        findings=tuple(
            _marked_anew(old, new, fingerprint) for old, new in zip(report.findings, shown.findings, strict=True)
        ),
        suppressed=tuple(
            (_marked_anew(old, new, fingerprint), why)
            for (old, _), (new, why) in zip(report.suppressed, shown.suppressed, strict=True)
        ),
        secrets=(*report.secrets, *places),
        hidden=tuple(sorted(veil.texts)),
    )


def _marked_anew(old: Finding, new: Finding, fingerprint: Callable[[str, str, str], str]) -> Finding:
    if new.resource == old.resource and (new.resource is not None or new.message == old.message):
        return new
    name, what = (new.resource.address, new.property) if new.resource is not None else (new.span.path, new.message)
    return new._replace(fingerprint=fingerprint(new.rule, name, what))


def through(value: Any, show: Callable[[str], str]) -> Any:
    """Texts, and what is made of them in tuples, with each text shown so; what never holds a secret stays."""
    if isinstance(value, str):
        return show(value)
    if not isinstance(value, tuple):
        return value
    record: Any = value
    if not hasattr(record, "_fields"):
        return tuple(through(each, show) for each in value)
    fields = zip(record._fields, record, strict=True)
    return record._replace(**{name: through(each, show) for name, each in fields if name not in _KEPT})


def words_of(span: Span) -> Iterator[Span]:
    """The words of the line at a place that is not understood, but for those of the languages."""
    text = span.source.text
    start = max(text.rfind("\n", 0, span.start) + 1, span.start - _MARGIN)
    newline = text.find("\n", span.start, span.start + _MARGIN)
    stop = newline if newline >= 0 else min(span.start + _MARGIN, len(text))
    for found in _WORD.finditer(text, start, stop):
        if found[0] not in _LANGUAGE:
            yield Span(span.source, *found.span())
