"""What Terraform's values need beyond the model: sets, resources, errors, and the arithmetic of provenance.

Known ── Composed          a string whose parts are remembered, so that embedded JSON can be located
ListValue ── SetValue      a set: no order, no index
MapValue ── ResourceValue  one instance of a resource; what is not configured is known only after apply
Unknown ── Failed          an expression that Terraform would reject; `try` and `can` look for it
       └── CutOff           what one of our bounds leaves out
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from iacreview.evaluate.terraform.jsontext import json_text
from iacreview.model.choices import question
from iacreview.model.guard import SUBJECT, When, consistent, spoken, together
from iacreview.model.parts import inside_of
from iacreview.model.provenance import MAX_REFERENCES, SENSITIVE, Reference, Step, bounded
from iacreview.model.value import (
    Choice,
    Compound,
    Encoded,
    Failed,
    Known,
    ListValue,
    MapValue,
    Passed,
    Scalar,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from iacreview.model.source import Span

MAX_BRANCHES = 64
MAX_STRING = 4_000_000
MAX_ITEMS = 100_000
_MAX_WALK = 400
_REFERENCES = attrgetter("references")


class Composed(Known):
    """A known string made of parts: `parts` are Known strings with their own spans, in order."""

    __slots__ = ("parts",)

    def __init__(
        self,
        data: str,
        parts: Sequence[Value],
        span: Span | None = None,
        via: tuple[Step, ...] = (),
        references: tuple[Reference, ...] = (),
    ) -> None:
        super().__init__(data, span, via, references)
        self.parts = parts

    def placed(self, span: Span | None, via: tuple[Step, ...], references: tuple[Reference, ...]) -> Value:
        """See Value.placed."""
        return Composed(str(self.data), self.parts, span, via, references)


class SetValue(ListValue):
    """A set. Items stand in the order Terraform iterates them."""

    __slots__ = ()


class ResourceValue(MapValue):
    """One instance of a resource, as other expressions see it."""

    __slots__ = ("address", "reason")

    def __init__(self, address: str, reason: str, entries: Mapping[str, Value], span: Span | None) -> None:
        super().__init__(entries, span, references=(Reference(address),), complete=False)
        self.address = address
        self.reason = reason

    def _again(self, span: Span | None, via: tuple[Step, ...], references: tuple[Reference, ...]) -> Compound:
        copy = ResourceValue(self.address, self.reason, self.entries, span)
        copy.via, copy.references = via, references
        return copy

    def attribute(self, name: str, span: Span | None) -> Value:
        """A configured attribute as it is, a computed one as an Unknown that names it.

        One that is given as null is as if it were not given: the provider may choose it.
        """
        reference = Reference(self.address, name)
        found = self.entries.get(name)
        if found is None or is_null(found):
            return self._computed(reference, span)
        if isinstance(found, Choice) and any(is_null(branch) for _, branch in found.branches):
            computed = self._computed(reference, span)
            branches = [(when, computed if is_null(branch) else branch) for when, branch in found.branches]
            found = Choice(branches, found.span, found.via, found.references)
        return found.moved(None, Step(str(reference), found.span), reference)

    def _computed(self, reference: Reference, span: Span | None) -> Unknown:
        kind = Passed if _passes_on(self.address) else Unknown
        return kind(self.reason, span, references=(reference,), target=reference)


# Data sources of what someone stored (Terraform's AWS provider: the pages of these data sources).
_STORED = (
    "aws_cloudformation_export",
    "aws_cloudformation_stack",
    "aws_dynamodb_table_item",
    "aws_lambda_invocation",
    "aws_s3_bucket_object",
    "aws_s3_object",
    "aws_secretsmanager_secret_version",
    "aws_ssm_parameter",
    "aws_ssm_parameters_by_path",
)


def _passes_on(address: str) -> bool:
    """Whether what stands at an address is a data source of values, and not of a thing that AWS describes."""
    kind = f".{address}".rpartition(".data.")[2].partition(".")[0] if ".data." in f".{address}" else ""
    return bool(kind) and (not kind.startswith("aws_") or kind in _STORED)


class CutOff(Unknown):
    """What a bound of ours leaves unevaluated: a problem, wherever it comes up."""

    __slots__ = ()


def union(*groups: tuple[Reference, ...]) -> tuple[Reference, ...]:
    """All references once, in order of appearance, bounded."""
    filled = tuple(filter(None, groups))
    if len(filled) < 2:
        return filled[0] if filled else ()
    return bounded(tuple(dict.fromkeys(chain.from_iterable(filled))))


def references_in(values: Sequence[Value]) -> tuple[Reference, ...]:
    """The references of values and of what is inside them, bounded; of what is too much to be read, that it may be
    sensitive.
    """
    found: tuple[Reference, ...] = ()
    for each in values:
        if (each.inside or inside_of(each)).referring:
            return _references_inside(values)
        if each.references and each.references is not found:
            found = union(found, each.references)
    return found if len(values) <= _MAX_WALK else _references_inside(values)


def _references_inside(values: Sequence[Value]) -> tuple[Reference, ...]:
    found: dict[Reference, None] = {}
    stack = list(values)[::-1]
    budget = _MAX_WALK
    while stack and budget and len(found) < MAX_REFERENCES:
        current = stack.pop()
        budget -= 1
        if current.references:
            found.update(dict.fromkeys(current.references))
        if (current.inside or inside_of(current)).referring:
            stack.extend(list(current.inner())[: budget + 1][::-1])
    if stack and _holds_mark(stack):
        found[SENSITIVE] = None
    return bounded(tuple(found))


def _holds_mark(values: Sequence[Value]) -> bool:
    """Whether something in the values must not be shown; so it is taken where there is too much to look through."""
    if any(SENSITIVE in each.references for each in values):
        return True
    found = [inside_of(each) for each in values]
    return any(each.marked for each in found) or len(values) + sum(each.size for each in found) >= MAX_ITEMS


def via_of(values: Iterable[Value]) -> tuple[Step, ...]:
    """The provenance of something made from values: that of the first one which came from elsewhere."""
    for value in values:
        if value.via:
            return value.via
    return ()


def known(data: Scalar, span: Span | None, operands: Sequence[Value] = ()) -> Known:
    """A scalar computed from operands, with their references and provenance."""
    return Known(data, span, via_of(operands), references_in(operands))


def failed(reason: str, span: Span | None, operands: Sequence[Value] = ()) -> Failed:
    """What cannot be evaluated, with the references of what it was made from."""
    return Failed(reason, span, via_of(operands), references_in(operands))


def unknown_from(operands: Sequence[Value], span: Span | None) -> Unknown:
    """What was made from operands that are not all known: the first reason, all references."""
    reason = ""
    for value in operands:
        reason = reason or reason_in(value)
    return Unknown(reason or "is not known", span, via_of(operands), references_in(operands))


def reason_in(value: Value) -> str:
    """Why a value is not wholly known; empty where it is."""
    if isinstance(value, Known):
        return ""
    if isinstance(value, Unknown):
        return value.reason
    stack = [value]
    budget = _MAX_WALK
    partial = ""
    while stack and budget:
        current = stack.pop()
        budget -= 1
        if isinstance(current, Unknown):
            return current.reason
        if isinstance(current, Choice) and not partial:
            partial = f"depends on a condition ({spoken(current.branches[0][0])})" if current.branches else "depends"
        if isinstance(current, (ListValue, MapValue)) and not current.complete:
            partial = partial or "is not wholly known"
        stack.extend(list(current.inner())[: budget + 1][::-1])
    return partial


def is_known(value: Value) -> bool:
    """Whether nothing in a value is open."""
    if isinstance(value, Known):
        return True
    if isinstance(value, ListValue):
        return value.complete and all(map(is_known, value.items))
    if isinstance(value, MapValue):
        return value.complete and all(map(is_known, value.entries.values()))
    return isinstance(value, Encoded) and is_known(value.structure)


def is_null(value: Value) -> bool:
    return isinstance(value, Known) and value.data is None


def branches_under(when: When, value: Value) -> list[tuple[When, Value]]:
    """A value where some guards hold: the branches of a choice that can be then, each with all of its guards."""
    if not isinstance(value, Choice):
        return [(when, value)]
    if not when:
        return list(value.branches)
    if question(value).subjects.isdisjoint(map(SUBJECT, when)):
        return [((*when, *inner), branch) for inner, branch in value.branches]
    merged: list[tuple[When, Value]] = []
    for inner, branch in value.branches:
        if inner == when:
            return [(when, branch)]
        merged.append((together(when, inner), branch))
    return [each for each in merged if consistent(each[0])] or merged


def choice(branches: Sequence[tuple[When, Value]], span: Span | None, operands: Sequence[Value] = ()) -> Value:
    """A choice with nested choices brought to one level, as long as they are few."""
    if len(branches) == 1:
        return branches[0][1]
    flat: list[tuple[When, Value]] = []
    for branch in branches:
        if isinstance(branch[1], Choice):
            flat += branches_under(*branch)
        else:
            flat.append(branch)
    if len(flat) > MAX_BRANCHES:
        flat = list(branches)
    return Choice(flat, span, via_of(operands), union(*map(_REFERENCES, operands)))


def plain(value: Value) -> object:
    """Python data of a wholly known value. Numbers stay as they are, encoded strings become text."""
    if isinstance(value, Known):
        return value.data
    if isinstance(value, ListValue):
        return [plain(item) for item in value.items]
    if isinstance(value, MapValue):
        return {key: plain(item) for key, item in value.entries.items()}
    if isinstance(value, Encoded):
        return json_text(plain(value.structure))
    raise ValueError("not wholly known")


def from_plain(data: object, span: Span | None) -> Value:
    """A value of Python data. Raises ValueError where it is larger than any real one."""
    return _from_plain(data, span, [MAX_ITEMS])


def _from_plain(data: object, span: Span | None, budget: list[int]) -> Value:
    budget[0] -= 1
    if budget[0] < 0:
        raise ValueError("too large")
    if isinstance(data, Mapping):
        return MapValue({str(key): _from_plain(item, span, budget) for key, item in data.items()}, span)
    if isinstance(data, (list, tuple)):
        return ListValue([_from_plain(item, span, budget) for item in data], span)
    if data is None or isinstance(data, (str, bool, int, float)):
        return Known(data, span)
    return Known(str(data), span)


def ordered(entries: Mapping[str, Value]) -> list[tuple[str, Value]]:
    """Entries as Terraform iterates them: by key."""
    return sorted(entries.items())
