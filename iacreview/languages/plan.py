"""What `terraform show -json` prints for a plan: a file is a unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from iacreview.errors import TooLargeError
from iacreview.languages.language import CandidateFile, Claim, Given, Search, Target, Units
from iacreview.model.finding import InputError
from iacreview.model.graph import Resource, Unit
from iacreview.model.patterns import later
from iacreview.model.source import Skipped, Source
from iacreview.parse.unreadable import unreadable
from iacreview.tree import Tree

_OBJECT = later(r"\s*\{")
_HEAD = later(r'\s*\{\s*"format_version"\s*:\s*"[^"]*"\s*,\s*"terraform_version"\s*:\s*"[^"]*"(?:\s*,\s*"(\w+)")?')
_VERSIONS = ('"format_version"', '"terraform_version"')
_PLANNED = ('"planned_values"', '"resource_changes"')


class _Plan:
    name = "plan"
    title = "Terraform"
    noun = ""
    suffixes = (".json",)
    separator = " = "
    hiding = "sensitive"
    guards_outputs = True

    def member(self, collection: str, told: str, setting: str) -> str:
        """See Language.member."""
        return f"set `{setting}` in the `{collection}` block with `{told}`"

    def claim(self, file: CandidateFile) -> Claim | None:
        """See Language.claim. A state, which begins alike, is not reviewed."""
        if not file.named and not file.path.lower().endswith(self.suffixes):
            return None
        if looks_like_plan(file.text):
            if isinstance(file.error, TooLargeError):
                return Claim(error=InputError(file.path, file.error.message, file.error.hint))
            problem = unreadable(file.path, file.error) if file.error is not None else None
            return Claim(Target(self.name, file.path, Source(file.path, file.text), problem=problem))
        if file.error is None and _HEAD.match(file.text):
            reason = "a Terraform state in JSON is not read: give the plan or the configuration"
            return Claim(skipped=Skipped(file.path, reason))
        return None

    def units(self, search: Search, claimed: Sequence[Target]) -> Units:
        """See Language.units."""
        return Units(claimed, {})

    def target(self, tree: Tree, path: str) -> Target | None:
        """See Language.target."""
        claim = self.claim(CandidateFile(tree, path, named=True)) if tree.exists(path) else None
        return claim.target if claim is not None else None

    def evaluate(self, tree: Tree, target: Target, given: Given, deployed: bool) -> Unit:
        """See Language.evaluate."""
        from iacreview.evaluate.plan.unit import evaluate_plan

        assert target.source is not None
        return evaluate_plan(tree, target.source, target.problem)

    def calls(self, tree: Tree, target: Target, given: Given) -> Sequence[Resource]:
        """See Language.calls. What a module makes is in the plan."""
        return ()

    def reached(self, tree: Tree, units: Units, touched: set[str]) -> set[str]:
        """See Language.reached."""
        return touched & {target.path for target in units.targets}

    def covered(self, files: Iterable[str]) -> set[str]:
        """See Language.covered. Nothing calls a plan."""
        return set()

    def given_files(self, given: Given) -> Sequence[str]:
        """See Language.given_files. A plan has its values."""
        return ()

    def origin(self, tree: Tree, path: str) -> str:
        """See Language.origin. Nothing of it is installed."""
        return ""

    def syntax(self, source: Source) -> str:
        """See Language.syntax."""
        return ""

    def has_type(self, type: str) -> bool:
        """See Language.has_type. Its resources are of the language that it was made from."""
        return False

    def replacement(self, old: str, new: str) -> str:
        """See Language.replacement."""
        return f"{old} is destroyed, and {new} is created"

    def spells(self, path: str) -> bool:
        """See Language.spells."""
        return False

    def comments(self, source: Source, wanted: Callable[[str], bool]) -> list[tuple[int, int]]:
        """See Language.comments. JSON has none."""
        return []

    def extent(self, source: Source, line: int) -> tuple[int, int]:
        """See Language.extent."""
        from iacreview.parse.data.comments import extent

        return extent(source, line)


def looks_like_plan(text: str) -> bool:
    """Whether a text is, or begins like, what `terraform show -json` prints for a plan, told without parsing it.

    A state, which begins alike, goes on with `values`. Source: Terraform's documentation, "JSON Output Format".
    """
    if not _OBJECT.match(text):
        return False
    head = _HEAD.match(text)
    if head is not None:
        return head[1] != "values"
    return all(word in text for word in _VERSIONS) and any(word in text for word in _PLANNED)


PLAN = _Plan()
