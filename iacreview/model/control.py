"""What reviewed files say of the controls of a framework: no more than what stands in them."""

from __future__ import annotations

from iacreview.model.finding import Protection, ResourceName
from iacreview.model.record import NamedTuple
from iacreview.model.source import Span

# What the files say of a control, and never that it is met: that is for people to say.
SHOWN, CONTRADICTED, PARTLY, UNDECIDED = "shown", "contradicted", "partly", "undecided"
NOTHING_HERE, ELSEWHERE, NOT_IN_CODE = "nothing here", "elsewhere", "not in code"
STATES = (SHOWN, PARTLY, CONTRADICTED, UNDECIDED, NOTHING_HERE, ELSEWHERE, NOT_IN_CODE)


class Evidence(NamedTuple):
    """A place that speaks for a control, against it, or leaves it open.

    `by` is a rule's code or a protection, `like` what tells that from others of its kind (which Config rule it is).
    """

    by: str
    resource: ResourceName
    said: str
    span: Span
    like: tuple[str, ...] = ()


class Assessment(NamedTuple):
    """All that the files say of one control. `why` is the reason where it is not in code, or elsewhere."""

    control: str
    title: str
    state: str
    rules: tuple[str, ...]
    protections: tuple[str, ...]
    shown: tuple[Evidence, ...]
    contradicted: tuple[Evidence, ...]
    undecided: tuple[Evidence, ...]
    lost: tuple[Protection, ...]
    why: str = ""

    @property
    def reached(self) -> bool:
        """Whether any rule or protection stands for it."""
        return bool(self.rules or self.protections)


class ControlReport(NamedTuple):
    """The controls of a framework. `base` is what the losses are counted from, empty where nothing was compared.

    `unread` is what could not be read: paths with the reason.
    """

    name: str
    title: str
    source: str
    note: str
    assessments: tuple[Assessment, ...]
    units: int
    resources: int
    base: str = ""
    unread: tuple[tuple[str, str], ...] = ()
