"""What a mistake in a policy is, and the kinds of policy, which differ in what they may have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iacreview.model.provenance import Step
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import Known, Value
from iacreview.model.words import NOTHING, Phrase, say, vouched
from iacreview.semantics.placeholders import is_placeholder, is_request
from iacreview.semantics.policy import Statement

# What holds the policy.
IDENTITY = "identity"
TRUST = "trust"
RESOURCE = "resource"
SERVICE_CONTROL = "scp"
RESOURCE_CONTROL = "rcp"

# What comes of a mistake: AWS rejects the policy; AWS accepts it, and it does not do what it says; it names what is
# not known here and is nearly something known; or what may be newer than the facts.
REFUSED = "refused"
INERT = "inert"
MISSPELT = "misspelt"
UNKNOWN_NAME = "unknown"

_DEFAULT = "default of "


class Mistake(NamedTuple):
    """A mistake, in words, with where it stands. `statement` is None for one of the whole document."""

    grade: str
    text: Phrase
    statement: Statement | None
    span: Span | None
    value: Value | None = None


def at(grade: str, text: Phrase, statement: Statement, value: Value | None) -> Mistake:
    """A mistake at a value of a statement."""
    return Mistake(grade, text, statement, (value.span if value is not None else None) or statement.span, value)


def near(name: str, names: Iterable[str]) -> Phrase:
    """A hint at the known name that is likely meant; empty where none is near."""
    from difflib import get_close_matches

    known = {each.lower(): each for each in names}
    found = get_close_matches(name.lower(), known, 1, 0.8)
    return say("; is `{}` meant?", vouched(known[found[0]])) if found else NOTHING


def is_to_come(value: Value | None) -> bool:
    """Whether a value has one in it that only holds its place: `REPLACE_ME`, or the empty default of an input."""
    steps = value.via if value is not None else ()
    return any(step.span is not None and _holds_place(step, step.span) for step in steps)


def _holds_place(step: Step, span: Span) -> bool:
    text = span.text.strip("\"' ")
    if step.message.startswith(_DEFAULT) and not text.startswith("["):
        return not text or is_placeholder(text) or is_request(text)
    return is_placeholder(text)


def texts(values: Iterable[Value]) -> Iterator[str]:
    """The texts among values that are known in full."""
    for value in values:
        if isinstance(value, Known) and isinstance(value.data, str):
            yield value.data
