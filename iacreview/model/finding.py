"""Findings, what stands beside them, and the report that holds them all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

from iacreview.model.record import NamedTuple
from iacreview.model.source import Skipped, Span

if TYPE_CHECKING:
    from iacreview.model.delta import Deltas
    from iacreview.model.edit import Edit


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


FAMILIES = ("iam", "network", "logging", "encryption", "secrets", "operations")
# The worst first.
SEVERITIES = tuple(severity.label for severity in sorted(Severity, reverse=True))
# Who wants a rule: `default` is quiet, `strict` has all.
PROFILES = ("default", "strict")


# How the line of a program that made a resource is called among the related places.
MADE_HERE = "made here"
# How the resource that SAM made another one of begins there.
MADE_BY_SAM = "made by SAM for "
# How it begins that a place was left out, and before what conditions stand in what is said.
NOT_REVIEWED = "not reviewed: "
UNDER = " (when "


class ResourceName(NamedTuple):
    """Which resource a finding is about."""

    address: str
    type: str
    kind: str


class Related(NamedTuple):
    """A second place that explains a finding."""

    message: str
    span: Span


def each_once(related: Iterable[Related]) -> tuple[Related, ...]:
    """Places that explain a finding, each once, however often its file was read."""
    return tuple({(each.message, *place_of(each.span)): each for each in related}.values())


def place_of(span: Span) -> tuple[str, int, int]:
    """A place that is the same one however often its file was read."""
    return span.path, span.start, span.end


class Extent(NamedTuple):
    """How far something at fault goes, so that two of a kind can be compared.

    `kind` is `network` (a CIDR), `ports` (`tcp 20-80`), `action`, `resource` or `principal` (IAM patterns), `secret` (a
    digest that only tells whether it is another one, never shown) or `value` (any other scalar). `except` and
    `condition` are what limits the others: an IAM pattern that is left out, and a condition as it is written. What is
    `hidden` is compared and never shown.
    """

    kind: str
    text: str
    hidden: bool = False


class Finding(NamedTuple):
    """One thing that must not be merged.

    `resource` is None for what is not about a resource (SYN001). `span` is the offending value, or the
    resource's header where something is missing. `property` names the place in canonical terms. `message` never
    holds a secret.

    `units` are the units that say so. `blocks` are the definitions it lies in: the resource's, then those of the
    module calls that lead to it, nearest first. `values` are what is at fault, the value
    at `span` first, where that can be compared.
    `status` is one of STATUSES where a head is compared with a base, and `changed` tells that its own lines changed.
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
    # What is at risk, where that is not the resource itself: addresses, or `name ...`; see engine.subject.
    subject: str = ""
    units: tuple[str, ...] = ()
    blocks: tuple[Span, ...] = ()
    values: tuple[Extent, ...] = ()
    changed: bool = False
    # The message without the rule's title, and without what the comparison with a base adds.
    said: str = ""
    # The whole that was decided there (a statement, a rule of a group), where that is less than the resource.
    decision: Span | None = None
    # What other rules say of the same decision, told as part of this one.
    also: tuple[Finding, ...] = ()
    # The addresses of all that one line makes, where that is more than the resource.
    instances: tuple[str, ...] = ()
    # Of one that ended: others of the same decision go on.
    partly: bool = False
    # What remedies it, where that is certain and was asked for.
    edits: tuple[Edit, ...] = ()
    # Where the files say that it does not count.
    suppressed_by: Span | None = None


# What a change makes of a finding. The first two fail a review.
STATUSES = ("introduced", "worsened", "unchanged", "fixed")
FAILING = (None, "introduced", "worsened")


class Undecided(NamedTuple):
    """A rule that is undecided for a resource, and why. `units` are the units that leave it open.

    `property` names what is open in canonical terms, `instances` are the addresses of all that one line makes.
    """

    rule: str
    resource: ResourceName
    reason: str
    span: Span
    units: tuple[str, ...] = ()
    property: str = ""
    instances: tuple[str, ...] = ()


class InputError(NamedTuple):
    """An input that could not be read at all."""

    path: str
    message: str
    hint: str = ""


# The state of a suppression that is another tool's business.
FOREIGN = "foreign"


class Suppression(NamedTuple):
    """Where the reviewed files say that findings do not count.

    `tool` is whose grammar it is (`iacreview`, `checkov`, `tfsec`, `trivy`, `cfn_nag`, `kics`, `cfn-lint`); `rules`
    are what it names, as written. `until` is an ISO date or empty. `state` is `used`, `unused`, `expired`,
    `unreasoned` (a reason is required and there is none) or `unreadable`; only a used one has an effect. One of another
    tool that is about no finding of ours is `foreign`. `new` tells that a change adds it.
    """

    tool: str
    rules: tuple[str, ...]
    reason: str
    until: str
    span: Span
    state: str
    new: bool = False
    approved_by: str = ""
    ticket: str = ""


class Applied(NamedTuple):
    """What is left of findings, those that are suppressed with the reason, and every suppression with its state."""

    findings: Sequence[Finding]
    suppressed: Sequence[tuple[Finding, str]] = ()
    suppressions: Sequence[Suppression] = ()


class Accepted(NamedTuple):
    """An entry of the baseline: a finding that is accepted for now. `path` is where it stood.

    It holds in its units and as far as its extents (`action s3:*`) go; without units, which no entry of an older
    version has, wherever it stands. `name` is the resource's type and physical name, empty where that is not known.
    """

    rule: str
    fingerprint: str
    path: str
    resource: str
    units: tuple[str, ...] = ()
    extents: tuple[str, ...] = ()
    name: str = ""


class NamedResource(NamedTuple):
    """A resource of a unit with its type and physical name (`text`, empty where that is not known)."""

    path: str
    address: str
    text: str


class Protection(NamedTuple):
    """Something that watches or guards (a trail, a boundary), which a change removes, weakens or adds.

    `what` is lost with it, `name` is its kind. `was` and `now` say what there was and what there is; empty where there
    is nothing. `certain` is false for one that may be lost; `in_base` tells that `span` is a place of the base. `like`
    is what tells it from others of its kind (which Config rule it is).
    """

    resource: ResourceName
    what: str
    span: Span
    name: str = ""
    was: str = ""
    now: str = ""
    certain: bool = True
    in_base: bool = True
    like: tuple[str, ...] = ()


class Argument(NamedTuple):
    """An argument as it is shown, of a list also item by item. `fingerprint` tells it from another one, also where no
    text may.
    """

    name: str
    text: str
    fingerprint: str
    items: tuple[str, ...] = ()


# What is given something that nothing here judges, by what people call it.
MODULE, STACK, RESOURCE = "module", "stack", "resource"
# Those of which the arguments lead to something that is not here.
ELSEWHERE = (MODULE, STACK)


class UnreadModule(NamedTuple):
    """What is given something that nothing here judges, in the unit `units` names.

    It is a call of a module, or a stack, whose source is not in the tree, a custom resource, where the state goes.
    """

    address: str
    span: Span
    arguments: tuple[Argument, ...]
    units: tuple[str, ...]
    sort: str = MODULE


class ChangedArgument(NamedTuple):
    """What a change makes of an argument; empty where a side does not have it. `security` tells that its name does."""

    argument: str
    was: str
    now: str
    security: bool


class UnreadChange(NamedTuple):
    """The arguments that a change gives to a module or nested stack that is not in the tree, or to a custom resource:
    nothing judges what comes of them. It `left` where the base's tree has what the call leads to, and is `gone` where
    the head no longer has it.
    """

    address: str
    span: Span
    arguments: tuple[ChangedArgument, ...]
    sort: str = MODULE
    left: bool = False
    gone: bool = False


# What a change of properties is about that no rule reads.
SETTINGS = "settings"


class CodeChange(NamedTuple):
    """Code that runs and that a change makes another one, which nothing judges: the resource that has or names it, and
    its properties. `noun` is what it is where it is something else: a public key, content, settings that no rule reads.
    `runs_as` is whose rights it has, empty where that is not known; it is `new` with its resource.
    """

    address: str
    span: Span
    noun: str
    properties: tuple[str, ...]
    runs_as: str = ""
    new: bool = False


class NewlyUndecided(NamedTuple):
    """A question that the base answers and the head leaves open; `was` says how it was decided."""

    undecided: Undecided
    was: str


class NewlySuppressed(NamedTuple):
    """A finding that a change introduces or worsens, and that a suppression of the base covers."""

    finding: Finding
    suppression: Suppression


class StrictOnly(NamedTuple):
    """What a change makes true in the strict profile alone; it is `new` with its resource."""

    finding: Finding
    new: bool = False


class Change(NamedTuple):
    """What was compared, in words for people (`main (1a2b3c4)`, `the working tree`), and what else the change does.

    `revealed` are secrets that the head no longer has in its files: they stay in the history. `commit` is the head's
    object id, where it is one. `foreign` are suppressions that it adds for other tools alone.
    `split` and `merged` are what makes the counts of both sides add up: see review.sums.
    """

    base: str
    head: str
    deltas: Deltas
    protection_removed: tuple[Protection, ...] = ()
    protection_added: tuple[Protection, ...] = ()
    unread_modules: tuple[UnreadChange, ...] = ()
    newly_undecided: tuple[NewlyUndecided, ...] = ()
    newly_suppressed: tuple[NewlySuppressed, ...] = ()
    revealed: tuple[Finding, ...] = ()
    newly_skipped: tuple[Skipped, ...] = ()
    commit: str = ""
    foreign: tuple[Suppression, ...] = ()
    code: tuple[CodeChange, ...] = ()
    strict: tuple[StrictOnly, ...] = ()
    split: int = 0
    merged: int = 0


class Report(NamedTuple):
    """All that a run has to say. `suppressed` are findings with the reason they do not count.

    With `change` set, every finding has a status, the fixed ones (which stand in the base's files) included.
    `stale` are entries of the baseline that no longer occur.
    """

    findings: tuple[Finding, ...]
    undecided: tuple[Undecided, ...] = ()
    suppressed: tuple[tuple[Finding, str], ...] = ()
    skipped: tuple[Skipped, ...] = ()
    errors: tuple[InputError, ...] = ()
    files: int = 0
    units: int = 0
    resources: int = 0
    # Where secrets stand in the sources: no output shows what is inside.
    secrets: tuple[Span, ...] = ()
    # Texts of secrets: no output shows them, wherever they stand.
    hidden: tuple[str, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    # Those of other tools that are about no finding of ours: that tool's business.
    foreign: tuple[Suppression, ...] = ()
    stale: tuple[Accepted, ...] = ()
    change: Change | None = None
    unread_modules: tuple[UnreadModule, ...] = ()
    # The units that were reviewed, and what their `moved` blocks say: the unit, from where, to where.
    unit_paths: tuple[str, ...] = ()
    moves: tuple[tuple[str, str, str], ...] = ()
    # The resources that a baseline may know by another address: see Options.naming.
    named: tuple[NamedResource, ...] = ()
