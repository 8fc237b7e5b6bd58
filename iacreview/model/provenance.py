"""Where a value comes from: the steps by which it came to where it stands, and what was mentioned on the way."""

from __future__ import annotations

from iacreview.model.guard import Guard
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span

# How the step is called by which a value comes that is allowed for an input which has another default.
OTHER_VALUE = "another allowed value of parameter "


# The step by which a text that is nearly JSON became a structure.
TRAILING_COMMA = "a comma before a closing bracket, which JSON does not have"


class Step(NamedTuple):
    """One step of a value's provenance, such as `default of var.cidr`, and under what it is the way."""

    message: str
    span: Span | None
    guard: Guard | None = None


class Reference(NamedTuple):
    """A mention of something else: a resource (`aws_s3_bucket.logs`), a variable, a parameter.

    `address` is unit-relative as DESIGN.md, section 5 has it; `attribute` is the dotted rest
    (`arn`, `Arn`; `Ref` for CloudFormation's Ref), empty where the whole is meant.
    """

    address: str
    attribute: str = ""

    def __str__(self) -> str:
        return f"{self.address}.{self.attribute}" if self.attribute else self.address


# Marks a value that its author wants shown nowhere (`sensitive`, NoEcho), and all that is made from it.
SENSITIVE = Reference("(sensitive)")


# A chain of thousands of values would be quadratic otherwise, in time and in memory.
MAX_STEPS = 50


MAX_REFERENCES = 64


def after(step: Step, via: tuple[Step, ...]) -> tuple[Step, ...]:
    """A provenance with one more step, nearest first; of a long one the middle is left out."""
    return (step, *via) if len(via) < MAX_STEPS else (step, *via[: MAX_STEPS - 2], via[-1])


def bounded(references: tuple[Reference, ...]) -> tuple[Reference, ...]:
    """The first references; whether something is SENSITIVE is never left out."""
    if len(references) <= MAX_REFERENCES:
        return references
    cut = references[:MAX_REFERENCES]
    return (*cut, SENSITIVE) if SENSITIVE in references and SENSITIVE not in cut else cut
