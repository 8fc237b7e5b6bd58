"""Resources, the edges between them, and the graph of one unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from iacreview.model.source import Span
from iacreview.model.value import MapValue, Step


class Problem(NamedTuple):
    """Something in an input that could not be read: it becomes a SYN finding."""

    message: str
    span: Span


class Skipped(NamedTuple):
    """Something that was left out on purpose, and why."""

    path: str
    reason: str
    line: int | None = None


class Resource:
    """One resource of a unit, with its attributes evaluated.

    `address` is unit-relative (DESIGN.md, section 5). `attributes` are in the dialect's own names: Terraform's
    nested blocks are a ListValue of MapValue under the block's type, CloudFormation's Properties are as written.
    `header` is what a finding about something missing points at; `block` is the whole definition.
    `condition` says when the resource exists, where that is not always (`when IsProd is true`).
    `via` are the module calls or nested stacks that led to it, nearest first.
    `mode` is "managed" or "data"; provider blocks have "provider", with type `provider.aws`.
    """

    __slots__ = (
        "address",
        "attributes",
        "block",
        "condition",
        "dialect",
        "extras",
        "header",
        "kind",
        "mode",
        "type",
        "via",
    )

    def __init__(
        self,
        address: str,
        type: str,
        attributes: MapValue,
        header: Span,
        block: Span,
        dialect: str,
        mode: str = "managed",
        condition: str | None = None,
        via: tuple[Step, ...] = (),
        extras: MapValue | None = None,
    ) -> None:
        self.address = address
        self.type = type
        self.attributes = attributes
        self.header = header
        self.block = block
        self.dialect = dialect
        self.mode = mode
        self.condition = condition
        self.via = via
        # CloudFormation's resource attributes beside Properties: Metadata, DeletionPolicy, ...
        self.extras = extras
        self.kind: str | None = None

    def __repr__(self) -> str:
        return f"Resource({self.address})"


class Edge(NamedTuple):
    """`source` mentions `target`: `path` is the attribute that does, `attribute` what of the target it names."""

    source: str
    path: str
    target: str
    attribute: str


class Unit(NamedTuple):
    """One unit after evaluation: what is judged together."""

    path: str
    dialect: str
    resources: Sequence[Resource]
    problems: Sequence[Problem] = ()
    skipped: Sequence[Skipped] = ()
    files: Sequence[str] = ()


class Graph(NamedTuple):
    """The resources of a unit, by address, and the edges between them."""

    unit: Unit
    resources: dict[str, Resource]
    edges: Sequence[Edge]
