"""What a deployment settles, and how people say it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from iacreview.model.choices import opposite, separate


class Fact(NamedTuple):
    """That a condition holds or not (`value` is a bool), or what a parameter is (`value` is its text).

    `subject` is the name, after the names of the nested stacks that lead to it (`Database.IsProd`).
    """

    subject: str
    value: bool | str


Facts: TypeAlias = "tuple[Fact, ...]"


class Labels:
    """The facts that the labels of choices and resources stand for, and the steps that values have come by."""

    def __init__(self) -> None:
        self._facts: dict[str, Fact | None] = {}

    def of(self, fact: Fact) -> str:
        """How people say it: `when IsProd is false`. `facts` knows it from then on, and the contrary of a condition."""
        if isinstance(fact.value, str):
            return self.mean(f"when {fact.subject} is {fact.value}", fact)
        label = f"when {fact.subject} is {str(fact.value).lower()}"
        self.mean(opposite(label), Fact(fact.subject, not fact.value))
        return self.mean(label, fact)

    def mean(self, label: str, fact: Fact) -> str:
        """The label; from now on `facts` takes it for the fact, as long as it is said of no other one."""
        if self._facts.setdefault(label, fact) != fact:
            self._facts[label] = None
        return label

    def facts(self, labels: Iterable[str]) -> Facts:
        """The facts of labels, also of several in one (`when A is true and B is true`); what is none is left out."""
        parts = [part for label in labels for part in ([label] if label in self._facts else separate(label))]
        found = (self._facts.get(part) for part in parts)
        return tuple(dict.fromkeys(fact for fact in found if fact is not None))
