"""One place where a property stands or is missing, and how it is put into words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from iacreview.model.choices import questions, resolved, ways_of
from iacreview.model.graph import Resource
from iacreview.model.guard import Possible, When, consistent, together
from iacreview.model.parts import inside_of
from iacreview.model.provenance import Step
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.value import (
    TOO_MANY,
    Choice,
    Encoded,
    Known,
    ListValue,
    MapValue,
    Supplied,
    Text,
    Unknown,
    Value,
    is_resolved_later,
    scalar_text,
)
from iacreview.model.words import NOTHING, Phrase, called, say, vouched
from iacreview.model.words import first_reason as reason_within

MAX_BRANCHES = 64
SUPPLIED = say("comes from outside of the reviewed files")
RESOLVED_LATER = say("a dynamic reference is resolved at deployment")


class Occurrence(NamedTuple):
    """One place where a property stands, or is missing.

    `value` is None where it is absent and has no default. `defaulted` tells a default from what was written, and
    `basis` says what it rests on: versions, a date. `native` is the property in the dialect's words.
    `owner` is the resource it was written in (a satellite, maybe), `lacking` the type of satellite that would have it
    where there is none.
    """

    value: Value | None
    span: Span
    native: str
    sure: bool = True
    when: When = ()
    defaulted: bool = False
    owner: Resource | None = None
    basis: Phrase = NOTHING
    lacking: str = ""

    @property
    def name(self) -> Phrase:
        """`native`, for a message."""
        return called(self.native)


def branches(occurrence: Occurrence) -> list[Occurrence]:
    """The occurrence under each branch of its choices, those in texts too, with the guards that it is under.

    Where there are too many, the last one stands for the rest, and is not known.
    """
    whole = occurrence.value
    if not (isinstance(whole, Choice) or (isinstance(whole, Text) and inside_of(whole).choices)):
        return [occurrence]
    done: list[Occurrence] = []
    pending = [occurrence]
    while pending and len(done) < MAX_BRANCHES:
        current = pending.pop()
        # One more than are told, of however many.
        chosen = list(islice(_chosen(current), MAX_BRANCHES - len(done) + 1))
        if chosen:
            pending.extend(reversed(chosen))
        else:
            done.append(current)
    if pending:
        # Of a text the known parts still tell something.
        is_text = isinstance(whole, Text)
        done.append(occurrence if is_text else occurrence._replace(value=Unknown(TOO_MANY, occurrence.span)))
    return done


def _chosen(occurrence: Occurrence) -> Iterator[Occurrence]:
    """The occurrence under each branch of the first choice in it."""
    for when, value in _alternatives(occurrence.value):
        if consistent((*occurrence.when, *when)):
            yield occurrence._replace(value=value, when=together(occurrence.when, when))


def scalars(occurrence: Occurrence) -> Iterator[tuple[Occurrence, tuple[Step, ...]]]:
    """Each item of a scalar or of a list, under each branch of the choices in it, and how it came there.

    Of a list that may have other items, one that is not known stands for these.
    """
    for each in branches(occurrence):
        value = each.value
        if not isinstance(value, ListValue):
            if value is not None:
                yield each._replace(span=value.span or each.span), value.via
            continue
        others = () if value.complete else (Unknown("is a list that may have other items", value.span, value.via),)
        for item in (*value.items, *others):
            for inner, via in scalars(each._replace(value=item)):
                yield inner, via or value.via


def _alternatives(value: Value | None) -> Iterator[tuple[When, Value]]:
    """The branches of a choice, or of the first choice in a text."""
    if isinstance(value, Choice):
        yield from value.branches
    elif isinstance(value, Text):
        at = next((index for index, part in enumerate(value.parts) if isinstance(part, Choice)), None)
        part = value.parts[at] if at is not None else None
        for when, branch in part.branches if isinstance(part, Choice) else ():
            yield when, _text([*value.parts[:at], branch, *value.parts[(at or 0) + 1 :]], value)


def _text(parts: Sequence[Value], whole: Text) -> Value:
    references = tuple(dict.fromkeys(each for value in (whole, *parts) for each in value.references))
    if all(isinstance(part, Known) for part in parts):
        data = "".join(scalar_text(part.data) for part in parts if isinstance(part, Known) and part.data is not None)
        return Known(data, whole.span, whole.via, references)
    return Text(parts, whole.span, whole.via, references)


def encoded_text(value: Encoded) -> Value:
    """What an encoded structure is as text, with holes where it has some."""
    from iacreview.evaluate.terraform.encoding import encoded_text as written

    return written(value)


def decoded(value: Value) -> Value | None:
    """The structure of a text that is JSON; None for another text."""
    from iacreview.evaluate.embedded import decode_json

    return decode_json(value)


def cases(occurrence: Occurrence, possible: Possible) -> list[Occurrence]:
    """The occurrence once for each way in which choices inside of its value can fall.

    Where there are too many ways, each choice falls by itself, and the others stay undecided.
    """
    if not isinstance(occurrence.value, (ListValue, MapValue, Encoded)):
        return [occurrence]
    value = occurrence.value
    ways = ways_of(questions([value]), lambda said: possible((*occurrence.when, *said)))
    return [
        occurrence._replace(value=resolved(value, answers), when=together(occurrence.when, *answers.values()))
        for answers in ways
    ]


def doubt_reason(occurrence: Occurrence) -> Phrase:
    """Why an occurrence cannot be judged."""
    reason = first_reason(occurrence.value)
    if reason:
        return say("`{}`: {}", occurrence.name, reason)
    if not occurrence.sure:
        return say("`{}` is set only under a condition that is not known", occurrence.name)
    return say("`{}` cannot be known", occurrence.name)


def first_reason(value: Value | None) -> Phrase:
    """The reason of the first unknown inside a value; empty where there is none."""
    if value is None:
        return NOTHING
    if isinstance(value, Supplied):
        return SUPPLIED
    if is_resolved_later(value):
        return RESOLVED_LATER
    has_choices = isinstance(value, Text) and any(isinstance(part, Choice) for part in value.parts)
    return reason_within(value) or (vouched(TOO_MANY) if has_choices else NOTHING)


def statement(occurrence: Occurrence, secret: bool = False) -> Phrase:
    """What stands at a place: "`storage_encrypted` is false"."""
    if occurrence.value is None:
        text = _missing(occurrence)
        return say("{}, and AWS has had a default for it only {}", text, occurrence.basis) if occurrence.basis else text
    if occurrence.defaulted:
        text = _by_default(occurrence)
        return say("{} {}", text, occurrence.basis) if occurrence.basis else text
    if secret:
        return say("`{}` is a literal", occurrence.name)
    return say("`{}` is {}", occurrence.name, occurrence.value)


def _missing(occurrence: Occurrence) -> Phrase:
    if occurrence.lacking:
        return say("there is no `{}` for it", called(occurrence.lacking))
    return say("`{}` is not set", occurrence.name)


def _by_default(occurrence: Occurrence) -> Phrase:
    if occurrence.lacking:
        name = called(occurrence.native.removeprefix(f"{occurrence.lacking}."))
        return say("{}, and without one `{}` is {}", _missing(occurrence), name, occurrence.value)
    return say("{}, and the default is {}", _missing(occurrence), occurrence.value)
