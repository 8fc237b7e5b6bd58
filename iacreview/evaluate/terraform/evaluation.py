"""What the modules of one unit share, and where each of them stands."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import Protocol

from iacreview.evaluate.terraform.cells import Run
from iacreview.evaluate.terraform.configuration import Configuration, Configurations, Definition
from iacreview.evaluate.terraform.sources import Calls
from iacreview.model.graph import Open, Problem
from iacreview.model.guard import When
from iacreview.model.provenance import Step
from iacreview.model.record import NamedTuple
from iacreview.model.source import Skipped, Span
from iacreview.model.value import MapValue, Value

# About 30 MB of them.
_FEW_OBJECTS = 300_000


class Releasable(Protocol):
    """A module instance, as far as its end goes."""

    def release(self) -> None:
        """Lets go of everything it refers to."""


class Evaluation:
    """What all modules of one unit share. `files` are configurations, `read` what functions read besides.

    `given` are the root's variables that have values. With `every_call`, the calls of modules that are in the tree
    count among those that are not.
    """

    __slots__ = (
        "calls",
        "configurations",
        "declared",
        "every_call",
        "files",
        "foreign",
        "given",
        "instances",
        "modules",
        "moved",
        "problems",
        "read",
        "required",
        "root",
        "run",
        "skipped",
    )

    def __init__(self, configurations: Configurations, root: str, every_call: bool = False) -> None:
        self.configurations = configurations
        self.root = root
        self.every_call = every_call
        self.run = Run()
        self.problems: list[Problem] = []
        self.skipped: list[Skipped] = []
        self.files: dict[str, None] = {}
        self.read: dict[str, None] = {}
        # What the blocks of variables say.
        self.declared: dict[Definition, MapValue] = {}
        # What each module's directory requires of the AWS provider's version.
        self.required: dict[str, list[Value]] = {}
        # The directories of modules with a provider of the same name that is another's.
        self.foreign: dict[str, Open] = {}
        self.given: frozenset[str] = frozenset()
        self.moved: list[tuple[str, str]] = []
        self.modules = 0
        self.instances: list[Releasable] = []
        self.calls = Calls(configurations, root)

    def enter(self, module: Releasable, configuration: Configuration) -> None:
        """Notes a module instance; its files and problems, once each."""
        self.modules += 1
        self.instances.append(module)
        if configuration.files and configuration.files[0] not in self.files:
            self.problems += configuration.problems
        self.files.update(dict.fromkeys(configuration.files))

    def release(self) -> None:
        """Takes the module instances apart, which refer to each other: they are gone at once, without the collector.

        A process that has few objects keeps them, as it ends before they would be in anyone's way.
        """
        if not gc.isenabled() and gc.get_count()[0] < _FEW_OBJECTS:
            return
        for module in self.instances:
            module.release()
        self.instances.clear()


class Place(NamedTuple):
    """Where a module instance stands: in the tree of calls and in the tree of files.

    `name` is the dotted path of calls without instance keys, `chain` the directories from the root on.
    `providers` are the addresses of the provider configurations that the caller passes, by the name they have here.
    """

    prefix: str = ""
    name: str = ""
    chain: tuple[str, ...] = ()
    via: tuple[Step, ...] = ()
    when: When = ()
    calls: tuple[Span, ...] = ()
    providers: Mapping[str, str] = {}
    dormant: bool = False
