"""What a language is: the contract of its object, and the data that passes through it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from iacreview.errors import EncodingError, TooLargeError, TreeError
from iacreview.model.finding import InputError
from iacreview.model.graph import Problem, Resource, Unit
from iacreview.model.record import NamedTuple
from iacreview.model.source import Skipped, Source
from iacreview.tree import Tree

# Which units call which others, by path.
Calls = Mapping[str, set[str]]


class Given(NamedTuple):
    """Values that a user gives beside the tree; files are paths in it.

    `parameter_files` are for templates; `variable_files`, `variables` (`--var`) and `environment` (`TF_VAR_x`) for
    root modules. `templates` says which folder of the tree has what is uploaded to a URL.
    """

    parameter_files: Sequence[str] = ()
    variable_files: Sequence[str] = ()
    variables: Mapping[str, str] = {}
    environment: Mapping[str, str] = {}
    templates: Mapping[str, str] = {}


class Target(NamedTuple):
    """One unit to be evaluated, by the name of its language: a directory, or the source of one file.

    `within` are the directories or files that what is said of it is to be about; none: all. What cannot be read as a
    whole has a `problem`: its source is as much as there is.
    """

    language: str
    path: str
    source: Source | None = None
    within: tuple[str, ...] = ()
    problem: Problem | None = None


class CandidateFile:
    """A file that may be reviewed; it is read once, when a language first asks for its text.

    Of one that is `changed`, it is said that it is not reviewed whatever its name is.
    """

    __slots__ = ("_text", "_tree", "changed", "error", "named", "path")

    def __init__(self, tree: Tree, path: str, named: bool, changed: bool = False) -> None:
        self.path = path
        self.named = named
        self.changed = changed
        self.error: TreeError | None = None
        self._tree = tree
        self._text: str | None = None

    @property
    def text(self) -> str:
        """Its text; as much as there is of it where it cannot be read as a whole: see `error`."""
        if self._text is None:
            try:
                self._text = self._tree.read(self.path)
            except TooLargeError as error:
                self._text, self.error = error.beginning, error
            except EncodingError as error:
                self._text, self.error = error.text, error
            except TreeError as error:
                self._text, self.error = "", error
        return self._text


class Claim(NamedTuple):
    """What a language says of a file that is its own: which unit it is of, or why there is none."""

    target: Target | None = None
    skipped: Skipped | None = None
    error: InputError | None = None


class Search(NamedTuple):
    """What is looked through. `walked` are the files below the given folders, `named` those given by name.

    It is `narrowed` unless that is everything. `around` has the files below a directory, without the excluded ones, for
    what calls the walked ones: none, which is told, where there are too many. A file with values that is a variant has
    a unit of its own. By a language's name, what some directories name may be `known`.
    """

    tree: Tree
    walked: Sequence[str]
    named: Sequence[str]
    narrowed: bool
    around: Callable[[str], list[str]]
    is_variant: Callable[[str], bool]
    templates: Mapping[str, str] = {}
    known: Mapping[str, Calls] = {}


class Units(NamedTuple):
    """The units to be evaluated, and which paths call which others, as far as their text tells.

    Those in `waiting` are said to be called by others: each is a unit of its own unless one of these really reads it.
    `named` has for each directory those that its files name, whether there is something or not.
    """

    targets: Sequence[Target]
    calls: Calls
    waiting: Sequence[Target] = ()
    skipped: Sequence[Skipped] = ()
    named: Mapping[str, set[str]] = {}


class Language(Protocol):
    """One language: which files are its own, what makes a unit, and how it is written."""

    # As targets, resources and the catalog have it.
    @property
    def name(self) -> str: ...

    # As people call it, and a file of it.
    @property
    def title(self) -> str: ...
    @property
    def noun(self) -> str: ...

    # How the names of files end that are worth reading to see whether they are its own.
    @property
    def suffixes(self) -> tuple[str, ...]: ...

    # What stands between a property and its value.
    @property
    def separator(self) -> str: ...

    def member(self, collection: str, told: str, setting: str) -> str:
        """How to write that the member of a collection that is told by one setting has another one."""

    # The attribute of an input that says it is secret.
    @property
    def hiding(self) -> str: ...

    # Whether an output that shows a secret input is refused before it is deployed.
    @property
    def guards_outputs(self) -> bool: ...

    def claim(self, file: CandidateFile) -> Claim | None:
        """What it says of a file; None where it is not its own."""

    def units(self, search: Search, claimed: Sequence[Target]) -> Units:
        """The units that the claimed targets make, those that others call waiting for these."""

    def target(self, tree: Tree, path: str) -> Target | None:
        """The unit of a path, whatever calls it; None where that is none of its own."""

    def evaluate(self, tree: Tree, target: Target, given: Given, deployed: bool) -> Unit:
        """Parses and evaluates one unit, as it is written or (as far as that can be told) `deployed`."""

    def calls(self, tree: Tree, target: Target, given: Given) -> Sequence[Resource]:
        """The calls in a unit of what may stand in other files, with their arguments, in the tree or not."""

    def reached(self, tree: Tree, units: Units, touched: set[str]) -> set[str]:
        """The paths of those units whose findings the touched paths may alter: rather too many than too few."""

    def covered(self, files: Iterable[str]) -> set[str]:
        """The paths of its units that were read with others: those that the files which were read belong to."""

    def given_files(self, given: Given) -> Sequence[str]:
        """The files with given values that its units read."""

    def origin(self, tree: Tree, path: str) -> str:
        """Where a file that is installed comes from, in words; empty where that is not known."""

    def syntax(self, source: Source) -> str:
        """How a source of it is written: `hcl`, `json` or `yaml`; empty for what a program made, which nobody edits."""

    def has_type(self, type: str) -> bool:
        """Whether resources of that native type are written in it."""

    def replacement(self, old: str, new: str) -> str:
        """In words: what deploying it does where a resource goes and one of the same content comes."""

    def spells(self, path: str) -> bool:
        """Whether a file of that name has its comments and blocks."""

    def comments(self, source: Source, wanted: Callable[[str], bool]) -> list[tuple[int, int]]:
        """Where the comments are whose text is wanted."""

    def extent(self, source: Source, line: int) -> tuple[int, int]:
        """What begins on a line: where it starts and ends."""
