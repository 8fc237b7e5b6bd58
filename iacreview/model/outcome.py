"""What a rule says of one resource before it becomes a finding."""

from __future__ import annotations

from iacreview.model.finding import Extent, Related
from iacreview.model.guard import When
from iacreview.model.provenance import Step
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.words import Phrase


class Violation(NamedTuple):
    """A requirement that is not met.

    `path` names the place in canonical terms, without line numbers or values: it goes into the fingerprint.
    `statement` says what is there, naming actual values but never a secret's. `secret` tells that what stands at
    `span` must not be shown, unless the secret is only `mentioned` there. `values` are what is at fault, where that can
    be compared.
    """

    path: str
    span: Span
    statement: Phrase
    via: tuple[Step, ...] = ()
    when: When = ()
    related: tuple[Related, ...] = ()
    secret: bool = False
    mentioned: bool = False
    values: tuple[Extent, ...] = ()
    # Texts of secrets, which are shown nowhere.
    hidden: tuple[str, ...] = ()
    # The whole that was decided here (a statement, a rule of a group), where that is less than the resource.
    decision: Span | None = None


class Doubt(NamedTuple):
    """A requirement that cannot be decided, and why. `secret` as in a violation."""

    path: str
    span: Span
    reason: Phrase
    secret: bool = False


Outcome = Violation | Doubt
