"""Resources, the edges between them, and the graph of one unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from iacreview.model.guard import Possible, When, consistent
from iacreview.model.provenance import Step
from iacreview.model.provider import ANY_VERSION, Versions
from iacreview.model.record import NamedTuple
from iacreview.model.source import Skipped, Source, Span
from iacreview.model.value import Choice, Encoded, ListValue, MapValue, Text, Value

# What is written where a module makes something that is not in the tree.
CALL = "module"


class Problem(NamedTuple):
    """Something in an input that could not be read: it becomes a SYN finding.

    `cause` is what keeps other files from being read as well, such as a lock of the whole repository.
    """

    message: str
    span: Span
    cause: str = ""


class Open(NamedTuple):
    """Something that makes resources nobody can know before it is deployed: a macro, a module, a stack set.

    `given` tells that it makes them of its arguments, as a stack does.
    """

    address: str
    type: str
    reason: str
    span: Span
    given: bool = False


class Resource:
    """One resource of a unit, with its attributes evaluated.

    `address` is unit-relative (DESIGN.md, section 5). `attributes` are in the dialect's own names: Terraform's
    nested blocks are a ListValue of MapValue under the block's type, CloudFormation's Properties are as written.
    `header` is what a finding about something missing points at; `block` is the whole definition.
    `conditions` are the guards under which the resource exists, none where that is always.
    `via` are the module calls or nested stacks that led to it, nearest first.
    `calls` are the definitions of those calls.
    `provider` is the address of the provider configuration that makes it, empty where there is none or it is not known.
    It is `dormant` where it is not made by default: then it is what whoever makes it says, and nothing to ask.
    `written_as` is the type that is written where that is made into another one (SAM, an outline), else empty.
    `written_for` has the address and type of the resource that is written, and for which this one is made (SAM).
    `mode` is "managed" or "data"; what is declared beside resources has "parameter", "output", or, with types such as
    `provider.aws`, "provider".
    """

    __slots__ = (
        "address",
        "attributes",
        "block",
        "calls",
        "conditions",
        "dialect",
        "dormant",
        "extras",
        "header",
        "kind",
        "left_alone",
        "mode",
        "provider",
        "type",
        "via",
        "written_as",
        "written_for",
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
        conditions: When = (),
        via: tuple[Step, ...] = (),
        extras: MapValue | None = None,
        calls: tuple[Span, ...] = (),
        provider: str = "",
        left_alone: frozenset[str] = frozenset(),
        dormant: bool = False,
        written_as: str = "",
        written_for: tuple[str, str] | None = None,
    ) -> None:
        self.address = address
        self.type = type
        self.attributes = attributes
        self.header = header
        self.block = block
        self.dialect = dialect
        self.mode = mode
        self.conditions = conditions
        self.via = via
        self.calls = calls
        self.provider = provider
        # Arguments of which only the first value counts (`ignore_changes`); `*` are all.
        self.left_alone = left_alone
        self.dormant = dormant
        self.written_as = written_as
        self.written_for = written_for
        # CloudFormation's resource attributes beside Properties: Metadata, DeletionPolicy, ...
        self.extras = extras
        self.kind: str | None = None

    def leaves_alone(self, place: Span) -> bool:
        """Whether a place is in an argument of which only the first value counts."""
        names = self.attributes.entries if "*" in self.left_alone else self.left_alone
        spans = (self.attributes.entries[name].span for name in names if name in self.attributes.entries)
        return any(
            span is not None and span.path == place.path and span.start <= place.start and place.end <= span.end
            for span in spans
        )

    @property
    def blocks(self) -> tuple[Span, ...]:
        """Its own definition, then those of the calls that lead to it, nearest first."""
        return (self.block, *self.calls)

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
    # Terraform's `moved` blocks: the address before and after.
    moved: Sequence[tuple[str, str]] = ()
    # The text of every file that was read for it and may have comments or be given to companions: a plan is not.
    sources: Sequence[Source] = ()
    # CloudFormation's Metadata of the template as a whole.
    metadata: MapValue | None = None
    # Places with secrets in its sources, whatever the rules make of them.
    secrets: Sequence[Span] = ()
    # The directory with the configuration that this unit, a plan, was made from, where it is in the tree.
    configuration: str | None = None
    # The root module's directory, of a unit that is one with other values.
    variant_of: str | None = None
    # What makes more resources when it is deployed.
    open: Sequence[Open] = ()
    # False for a file that only mentions what templates are made of: it is in `skipped`, and counts as nothing.
    recognised: bool = True
    # Whether guards of its values and resources can hold together.
    possible: Possible = consistent
    # Whether that was too much work for one of its answers so far.
    is_cut: Callable[[], bool] = bool
    # Terraform's `import` blocks: the address, and the id of what exists.
    imported: Sequence[tuple[str, str]] = ()
    # The addresses that Terraform's `removed` blocks forget without destroying what is there.
    kept: Sequence[str] = ()
    # The tags that a stack gives to what it makes, where that is known.
    stack_tags: Mapping[str, str] | None = None
    # The versions of Terraform's AWS provider, on which defaults depend.
    provider: Versions = ANY_VERSION
    # The calls of modules that are not in the tree, with their arguments: what they make is not among the resources.
    unread: Sequence[Resource] = ()
    # Those of its resources that are nested stacks whose templates are not in the tree.
    unread_stacks: Sequence[Resource] = ()
    # What is written where no resource takes it: values that have a name, and what resources would have where a choice
    # falls otherwise than by default. Only secrets count there.
    written: Sequence[Resource] = ()


class Graph(NamedTuple):
    """The resources of a unit, by address. The edges between them follow from the values' references."""

    unit: Unit
    resources: dict[str, Resource]


def edges(graph: Graph) -> list[Edge]:
    """The mentions of one resource in another, each once, in the order of the graph."""
    found: dict[Edge, None] = {}
    for resource in graph.resources.values():
        for part in (resource.attributes, resource.extras):
            for path, address, attribute in _mentions(part, "") if part is not None else ():
                if address in graph.resources and address != resource.address:
                    found[Edge(resource.address, path, address, attribute)] = None
    return list(found)


def _mentions(value: Value, path: str) -> Iterator[tuple[str, str, str]]:
    for reference in value.references:
        yield path, reference.address, reference.attribute
    if isinstance(value, MapValue):
        for key, entry in value.entries.items():
            yield from _mentions(entry, f"{path}.{key}" if path else key)
    elif isinstance(value, ListValue):
        for item in value.items:
            yield from _mentions(item, path)
    elif isinstance(value, Text):
        for part in value.parts:
            yield from _mentions(part, path)
    elif isinstance(value, Encoded):
        yield from _mentions(value.structure, path)
    elif isinstance(value, Choice):
        for _, branch in value.branches:
            yield from _mentions(branch, path)
