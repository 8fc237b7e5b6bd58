"""What an expression can see: names bound around it, the module it stands in, the state of the evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from iacreview.evaluate.terraform.cells import Run
from iacreview.model.guard import Guard, Says, When, together
from iacreview.model.provenance import Reference, Step
from iacreview.model.record import NamedTuple
from iacreview.model.source import Source, Span
from iacreview.model.value import Value
from iacreview.parse.terraform.nodes import Expression, GetAttr, Index, Node

if TYPE_CHECKING:
    from iacreview.evaluate.terraform.falling import Falling

# What is evaluated under more assumptions than these costs more than it tells.
_MAX_ASSUMED = 3
# Where it is assumed, conditions that rest on defaults fall both ways.
EITHER = Guard("whatever the defaults are", Says.NOTE)


class Origin(NamedTuple):
    """What the head of a traversal (`var.cidr`, `aws_s3_bucket.b[0]`) stands for.

    `consumed` steps of the traversal are part of the head. `message` and `reference` are what a value taken
    from it adds to its provenance; no message adds none. `arrived` is the value with these, if it is made beforehand.
    """

    value: Value
    consumed: int
    message: str = ""
    reference: Reference | None = None
    arrived: Value | None = None


def named(value: Value, message: str, reference: Reference | None = None) -> Origin:
    """What a variable or a local stands for: it is mentioned in many places."""
    step = Step(message, value.span) if message else None
    return Origin(value, 1, message, reference, value.moved(None, step, reference))


class Settable(NamedTuple):
    """What whoever deploys chooses: its address, and its type where one is declared."""

    address: str
    kind: str = ""


class Meaning(NamedTuple):
    """The expression that a name stands for, and where it stands; the type of a variable where one is declared."""

    expression: Expression
    scope: Scope
    kind: str = ""


class ModuleNames(Protocol):
    """A module, as expressions see it."""

    directory: str

    @property
    def prefix(self) -> str:
        """What addresses in it begin with."""

    def definition(self, root: str, name: str) -> Meaning | Settable | None:
        """What `var.name` or `local.name` is in any deployment; None where that is not told by its expression."""

    def is_overridable(self, value: Value) -> bool:
        """Whether whoever deploys may make the value another one."""

    def origin(self, root: str, steps: Sequence[GetAttr | Index], scope: Scope) -> Origin | None:
        """What a name that is not bound locally means; None where it means nothing."""

    def read(self, path: str) -> Source | None:
        """A file named by an expression, relative to the root module; None where it cannot be read."""

    def is_unread(self, path: str, tell: bool = False) -> bool:
        """Whether a file that is there cannot be read as text; `tell` makes a problem of it."""

    def resolve(self, path: str) -> str | None:
        """The tree's path for one relative to the root module; None where it leads out of the tree."""

    @property
    def conditions(self) -> Falling:
        """Which of its expressions have conditions that may fall otherwise."""

    def files(self, directory: str) -> Sequence[str]:
        """The files below a directory of the tree; none where there is no such directory."""


class Scope:
    """The surroundings of an expression. Immutable: `bound` makes an inner one. `assume` is what holds there."""

    __slots__ = ("_elsewhere", "assume", "module", "names", "run", "source")

    def __init__(
        self, module: ModuleNames, source: Source, run: Run, names: Mapping[str, Value], assume: When = ()
    ) -> None:
        self.module = module
        self.source = source
        self.run = run
        self.names = names
        self.assume = assume
        # The same in another file: it is asked for again and again, for each part of a body.
        self._elsewhere: Scope | None = None

    def bound(self, names: Mapping[str, Value]) -> Scope:
        """The scope with more names."""
        return Scope(self.module, self.source, self.run, {**self.names, **names}, self.assume)

    def within(self, source: Source) -> Scope:
        """The same names for an expression of another file."""
        if source is self.source:
            return self
        found = self._elsewhere
        if found is None or found.source is not source:
            found = self._elsewhere = Scope(self.module, source, self.run, self.names, self.assume)
        return found

    def where(self, when: When) -> Scope:
        """The same names where more guards hold."""
        more = together(self.assume, when) if self.assume else when
        return self if more == self.assume else Scope(self.module, self.source, self.run, self.names, more)

    def assuming(self, when: When) -> Scope:
        """The scope of a branch that is taken where some guards hold, as long as these are few."""
        return self.where(when) if len(self.assume) < _MAX_ASSUMED else self

    def needed(self, node: Node) -> Scope:
        """The scope with what of the assumptions means something to an expression."""
        if not self.assume:
            return self
        assume = felt(self.assume, node, self.module)
        return self if assume is self.assume else Scope(self.module, self.source, self.run, self.names, assume)

    def span(self, node: Node) -> Span:
        return self.source.span(node.start, node.end)

    def words(self, node: Node) -> str:
        """The text of an expression on one line, for people; made once and kept with it."""
        try:
            return node.words
        except AttributeError:
            node.words = _words(self.source.text[node.start : node.end])
            return node.words


def _words(written: str) -> str:
    text = " ".join(written.split())
    # An expression of the JSON syntax, or of those who write so.
    if text.startswith('"${') and text.endswith('}"') and text.count("${") == 1:
        text = text[3:-2].strip()
    return text if len(text) <= 100 else text[:97] + "..."


def felt(assume: When, node: Node, module: ModuleNames) -> When:
    """What of some assumptions means something to an expression: without a condition, EITHER leaves it as it is."""
    if EITHER not in assume or module.conditions.may_fall(node):
        return assume
    return tuple(each for each in assume if each != EITHER)
