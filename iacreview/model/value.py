"""What an expression or a property evaluates to.

    Value
    ├── Known        a scalar: str, int, float, bool or None
    │   └── Supplied a scalar that is known from elsewhere but written in no reviewed file
    ├── ListValue    items in order; `complete` is false where there may be others
    ├── MapValue     entries by key; `complete` is false where there may be others
    ├── Text         a string with holes: known parts and parts that are not known
    ├── Encoded      a string that holds a structure (jsonencode, Fn::ToJsonString)
    ├── Unknown      nobody can know it before deployment, and why
    │   ├── Passed   someone else's value, passed on: it may be anything
    │   ├── Failed   what Terraform would refuse to evaluate
    │   └── Coded    the Base64 of a text with holes
    └── Choice       one of several values, each under a condition

Every value knows where it stands (`span`), how it came there (`via`, nearest step first) and which
resources or inputs it was made from (`references`). Values are never changed after they are made.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter
from typing import TypeAlias, TypeGuard

from iacreview.model.guard import Question, When
from iacreview.model.provenance import Reference, Step, after, bounded
from iacreview.model.source import Span

Scalar: TypeAlias = "str | int | float | bool | None"


_BRANCH = itemgetter(1)

# Stands in a text that is compared with others for what is not known of it.
HOLE = "\0"


# Why something is not known, where that is for a bound of ours: what is so has not been reviewed.
TOO_MANY = "has too many alternatives"
TOO_MANY_ITEMS = "has too many items to be read"
TOO_MANY_KEYS = "may be any of too many values"
TOO_MANY_STATEMENTS = "is one of too many statements"
BOUNDS = (TOO_MANY, TOO_MANY_ITEMS, TOO_MANY_KEYS, TOO_MANY_STATEMENTS)


class Inside:
    """What is inside of a value: how many values, on how many levels; whether one must not be shown, one is a choice,
    and one refers to something.
    """

    # No named tuple: its fields are read all the time.
    __slots__ = ("choices", "depth", "marked", "referring", "size")

    def __init__(self, size: int, depth: int, marked: bool, choices: bool, referring: bool) -> None:
        self.size = size
        self.depth = depth
        self.marked = marked
        self.choices = choices
        self.referring = referring


NOTHING_INSIDE = Inside(0, 0, False, False, False)


class Value:
    """Base of all values. `inside` is what inside_of has found out of those that have others in them."""

    __slots__ = ("inside", "references", "span", "via")

    span: Span | None
    via: tuple[Step, ...]
    references: tuple[Reference, ...]
    inside: Inside | None

    def inner(self) -> Collection[Value]:
        """The values directly inside."""
        return ()

    def placed(self, span: Span | None, via: tuple[Step, ...], references: tuple[Reference, ...]) -> Value:
        """The same value with another place and provenance."""
        raise NotImplementedError

    def moved(self, span: Span | None, step: Step | None = None, reference: Reference | None = None) -> Value:
        """The same value as it stands at `span`, having come there by `step`."""
        return self.placed(
            self.span if span is None else span,
            self.via if step is None else after(step, self.via),
            self.references if reference is None else bounded((reference, *self.references)),
        )


class Compound(Value):
    """Base of the values that have others inside of them."""

    __slots__ = ()

    def placed(self, span: Span | None, via: tuple[Step, ...], references: tuple[Reference, ...]) -> Value:
        """See Value.placed. What is inside stays, and so does what has been found out of it."""
        copy = self._again(span, via, references)
        copy.inside = self.inside
        return copy

    def _again(self, span: Span | None, via: tuple[Step, ...], references: tuple[Reference, ...]) -> Compound:
        """Another one with the same inside of it."""
        raise NotImplementedError


class Known(Value):
    """A scalar. `data` is None for Terraform's null."""

    __slots__ = ("data",)

    def __init__(
        self,
        data: Scalar,
        span: Span | None = None,
        via: tuple[Step, ...] = (),
        references: tuple[Reference, ...] = (),
    ) -> None:
        self.data = data
        self.span = span
        self.via = via
        self.references = references
        self.inside = NOTHING_INSIDE

    def placed(self, span: Span | None, via: tuple[Step, ...], references: tuple[Reference, ...]) -> Value:
        """See Value.placed."""
        return type(self)(self.data, span, via, references)

    def __repr__(self) -> str:
        return f"Known({self.data!r})"


class Supplied(Known):
    """A scalar from outside of the files (a plan, a command line): true, but nothing that anyone wrote out there."""

    __slots__ = ()


class ListValue(Compound):
    """Items in order: a list, tuple or set, or the blocks of one type."""

    __slots__ = ("complete", "items")

    def __init__(
        self,
        items: Sequence[Value],
        span: Span | None = None,
        via: tuple[Step, ...] = (),
        references: tuple[Reference, ...] = (),
        complete: bool = True,
    ) -> None:
        self.items = items
        self.span = span
        self.via = via
        self.references = references
        self.inside = None
        self.complete = complete

    def _again(self, span: Span | None, via: tuple[Step, ...], references: tuple[Reference, ...]) -> Compound:
        return type(self)(self.items, span, via, references, self.complete)

    def inner(self) -> Collection[Value]:
        return self.items

    def __repr__(self) -> str:
        return f"ListValue({list(self.items)!r}{'' if self.complete else ', complete=False'})"


class MapValue(Compound):
    """Entries by key, in the order written. `keys` has the spans of the keys that were written."""

    __slots__ = ("complete", "entries", "keys")

    def __init__(
        self,
        entries: Mapping[str, Value],
        span: Span | None = None,
        via: tuple[Step, ...] = (),
        references: tuple[Reference, ...] = (),
        keys: Mapping[str, Span] | None = None,
        complete: bool = True,
    ) -> None:
        self.entries = entries
        self.span = span
        self.via = via
        self.references = references
        self.inside = None
        self.keys = keys or {}
        self.complete = complete

    def _again(self, span: Span | None, via: tuple[Step, ...], references: tuple[Reference, ...]) -> Compound:
        return MapValue(self.entries, span, via, references, self.keys, self.complete)

    def inner(self) -> Collection[Value]:
        return self.entries.values()

    def __repr__(self) -> str:
        return f"MapValue({dict(self.entries)!r}{'' if self.complete else ', complete=False'})"


class Text(Compound):
    """A string made of parts, at least one of which is not known (`arn:aws:s3:::${...}/*`).

    Parts are Known strings and values that would be converted to a string.
    """

    __slots__ = ("parts",)

    def __init__(
        self,
        parts: Sequence[Value],
        span: Span | None = None,
        via: tuple[Step, ...] = (),
        references: tuple[Reference, ...] = (),
    ) -> None:
        self.parts = parts
        self.span = span
        self.via = via
        self.references = references
        self.inside = None

    def _again(self, span: Span | None, via: tuple[Step, ...], references: tuple[Reference, ...]) -> Compound:
        return Text(self.parts, span, via, references)

    def inner(self) -> Collection[Value]:
        return self.parts

    def __repr__(self) -> str:
        return f"Text({list(self.parts)!r})"


class Encoded(Compound):
    """A JSON string whose structure is known: `structure` is what was encoded, holes included."""

    __slots__ = ("structure",)

    def __init__(
        self,
        structure: Value,
        span: Span | None = None,
        via: tuple[Step, ...] = (),
        references: tuple[Reference, ...] = (),
    ) -> None:
        self.structure = structure
        self.span = span
        self.via = via
        self.references = references
        self.inside = None

    def _again(self, span: Span | None, via: tuple[Step, ...], references: tuple[Reference, ...]) -> Compound:
        return Encoded(self.structure, span, via, references)

    def inner(self) -> Collection[Value]:
        return (self.structure,)

    def __repr__(self) -> str:
        return f"Encoded({self.structure!r})"


class Unknown(Value):
    """Not to be known from the reviewed files; `reason` is a phrase for people.

    `target` is set where the value is exactly one attribute of one resource of the unit, so that
    resources can be linked by it.
    """

    __slots__ = ("reason", "target")

    def __init__(
        self,
        reason: str,
        span: Span | None = None,
        via: tuple[Step, ...] = (),
        references: tuple[Reference, ...] = (),
        target: Reference | None = None,
    ) -> None:
        self.reason = reason
        self.span = span
        self.via = via
        self.references = references
        self.inside = NOTHING_INSIDE
        self.target = target

    def placed(self, span: Span | None, via: tuple[Step, ...], references: tuple[Reference, ...]) -> Value:
        """See Value.placed."""
        return type(self)(self.reason, span, via, references, self.target)

    def __repr__(self) -> str:
        return f"Unknown({self.reason!r})"


class Passed(Unknown):
    """An attribute of what passes on something else's value (a data source, a custom resource): it may be anything."""

    __slots__ = ()


class Failed(Unknown):
    """What Terraform would refuse to evaluate; `reason` says why."""

    __slots__ = ()


class Coded(Unknown):
    """The Base64 of a text with holes: `content` is the text."""

    __slots__ = ("content",)

    def __init__(
        self,
        content: Text,
        reason: str,
        span: Span | None = None,
        via: tuple[Step, ...] = (),
        references: tuple[Reference, ...] = (),
    ) -> None:
        super().__init__(reason, span, via, references)
        self.content = content

    def placed(self, span: Span | None, via: tuple[Step, ...], references: tuple[Reference, ...]) -> Value:
        """See Value.placed."""
        return Coded(self.content, self.reason, span, via, references)


def is_input(value: Value | None) -> TypeGuard[Unknown]:
    """Whether a value is not known and may turn out null or empty: an input, and no attribute of what is declared."""
    return isinstance(value, Unknown) and value.target is None


def is_one_thing(value: Value) -> bool:
    """Whether a value that is not known is there for certain, and one name or ARN without wildcards.

    It is an attribute of one resource, or what CloudFormation knows of the stack (AWS::AccountId, AWS::Region).
    """
    if not isinstance(value, Unknown):
        return False
    if value.target is not None:
        return not isinstance(value, Passed)
    return any(each.address.startswith("AWS::") for each in value.references[:1])


class Choice(Compound):
    """One of several values. Each branch is (the guards under which it is the one, value)."""

    __slots__ = ("asked", "branches")

    def __init__(
        self,
        branches: Sequence[tuple[When, Value]],
        span: Span | None = None,
        via: tuple[Step, ...] = (),
        references: tuple[Reference, ...] = (),
    ) -> None:
        self.branches = branches
        self.span = span
        self.via = via
        self.references = references
        self.inside = None
        # What the branches depend on, kept by model.choices.
        self.asked: Question | None = None

    def _again(self, span: Span | None, via: tuple[Step, ...], references: tuple[Reference, ...]) -> Compound:
        copy = Choice(self.branches, span, via, references)
        copy.asked = self.asked
        return copy

    def inner(self) -> Collection[Value]:
        return list(map(_BRANCH, self.branches))

    def __repr__(self) -> str:
        return f"Choice({list(self.branches)!r})"


def is_there(value: Value) -> bool:
    """Whether a value is neither null nor an empty collection, whatever an input gives."""
    if isinstance(value, Known):
        return value.data is not None
    if isinstance(value, ListValue) and not value.complete:
        return any(map(is_there, value.items))
    if isinstance(value, MapValue) and not value.complete:
        return any(map(is_there, value.entries.values()))
    if isinstance(value, Choice):
        return all(is_there(branch) for _, branch in value.branches)
    return not is_input(value)


def is_resolved_later(value: Value | None) -> bool:
    """Whether a value is, or holds, a dynamic reference of CloudFormation, so that its text is not its value.

    Source: "Get values stored in other services using dynamic references" (AWS CloudFormation User Guide).
    """
    if not isinstance(value, Known) or not isinstance(value.data, str):
        return False
    start = value.data.find("{{resolve:")
    return start >= 0 and value.data.find("}}", start) >= 0


def scalar_text(data: object) -> str:
    """A scalar as both languages write it: `true`, `22`, `text`."""
    if isinstance(data, bool):
        return "true" if data else "false"
    if isinstance(data, float) and data.is_integer():
        return str(int(data))
    return str(data)
