"""Findings, what stands beside them, and the report that holds them all."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from iacreview.model.source import Span


class Severity(IntEnum):
    """How bad it is. Ordered: a higher one is worse."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def label(self) -> str:
        return self.name.lower()


class ResourceName(NamedTuple):
    """Which resource a finding is about."""

    address: str
    type: str
    kind: str


class Related(NamedTuple):
    """A second place that explains a finding."""

    message: str
    span: Span


class Finding(NamedTuple):
    """One thing that must not be merged.

    `resource` is None for what is not about a resource (SYN001). `span` is the offending value, or the
    resource's header where something is missing. `property` names the place in canonical terms. `message` never
    holds a secret.
    """

    rule: str
    name: str
    family: str
    severity: Severity
    message: str
    resource: ResourceName | None
    span: Span
    related: tuple[Related, ...] = ()
    fingerprint: str = ""
    aliases: tuple[str, ...] = ()
    remediation: str = ""
    status: str | None = None
    property: str = ""


class Undecided(NamedTuple):
    """A rule that could not be answered for a resource, and why."""

    rule: str
    resource: ResourceName
    reason: str
    span: Span


class SkippedInput(NamedTuple):
    """An input, or a part of one, that was left out on purpose."""

    path: str
    reason: str
    line: int | None = None


class InputError(NamedTuple):
    """An input that could not be read at all."""

    path: str
    message: str
    hint: str = ""


class Report(NamedTuple):
    """All that a run has to say. `suppressed` are findings with the reason they do not count."""

    findings: tuple[Finding, ...]
    undecided: tuple[Undecided, ...] = ()
    suppressed: tuple[tuple[Finding, str], ...] = ()
    skipped: tuple[SkippedInput, ...] = ()
    errors: tuple[InputError, ...] = ()
    files: int = 0
    units: int = 0
    resources: int = 0
    # Where secrets stand in the sources: no output shows what is inside.
    secrets: tuple[Span, ...] = ()
