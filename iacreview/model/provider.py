"""Which versions of the AWS provider a unit may be deployed with."""

from __future__ import annotations

from iacreview.model.record import NamedTuple
from iacreview.model.source import Span


class Constraint(NamedTuple):
    """What a file says of the provider's version (`~> 5.40`), and where."""

    text: str
    span: Span | None


class Versions(NamedTuple):
    """All that constrains the version; where nothing does, the newest one is taken.

    `reason` says why that cannot be known; empty where it can.
    """

    constraints: tuple[Constraint, ...] = ()
    reason: str = ""


ANY_VERSION = Versions()
