"""What a template and the stacks that it nests collect together, beside their resources."""

from __future__ import annotations

from iacreview.evaluate.cloudformation.nesting import MAX_STACKS
from iacreview.evaluate.solver import Solver
from iacreview.model.graph import Open, Problem, Resource
from iacreview.model.source import Skipped, Source
from iacreview.parse.data.nodes import DataNode


class Collected:
    """What is said of a unit's templates, and the conditions of all of them."""

    __slots__ = ("deployed", "open", "problems", "skipped", "solver", "sources", "stacks", "unread", "written")

    def __init__(self, deployed: bool) -> None:
        self.deployed = deployed
        self.problems: list[Problem] = []
        self.skipped: list[Skipped] = []
        self.sources: dict[str, Source] = {}
        self.open: list[Open] = []
        self.written: list[Resource] = []
        self.unread: list[Resource] = []
        self.stacks = 0
        self.solver = Solver()

    def skip(self, reason: str, source: Source, node: DataNode) -> None:
        """Says once that something is left out, and why."""
        skipped = Skipped(source.path, reason, source.position(node.start).line)
        if skipped not in self.skipped:
            self.skipped.append(skipped)

    def leave_open(self, open: Open) -> None:
        """Says once what only a deployment knows."""
        if open not in self.open:
            self.open.append(open)

    def tell_of_too_many(self, stack: Resource) -> None:
        """Says once that no more nested stacks are reviewed."""
        reason = f"more than {MAX_STACKS} nested stacks: from here on they are not reviewed"
        if all(each.message != reason for each in self.problems):
            self.problems.append(Problem(reason, stack.header))
