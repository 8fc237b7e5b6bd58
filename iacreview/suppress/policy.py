"""What a project allows suppressions to do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from iacreview.engine.rule import Rule


class SuppressionPolicy:
    """What a run with `rules`, some of `all_rules`, allows: `today` is an ISO date.

    `inline` allows any suppression in the reviewed files, `foreign` those in the words of other tools; with `reasons`
    those without a reason have no effect.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        all_rules: Sequence[Rule],
        profile: str,
        today: str,
        inline: bool = True,
        foreign: bool = True,
        reasons: bool = False,
    ) -> None:
        self._rules = rules
        self._all_rules = all_rules
        self._profile = profile
        self.today = today
        self.inline = inline
        self.foreign = foreign
        self.reasons = reasons

    @cached_property
    def words(self) -> frozenset[str]:
        """What ran, by codes, names and aliases in lower case."""
        words: set[str] = {"*", "syn001", "unreadable-source"}
        for rule in self._rules:
            rows = [row for row in rule.rows if self._profile == "strict" or row.profile == "default"]
            words.update(word.lower() for row in rows for word in (rule.code, rule.name, *row.aliases))
        return frozenset(words)

    @cached_property
    def known(self) -> frozenset[str]:
        """The same of all rules."""
        return frozenset(word.lower() for rule in self._all_rules for word in (rule.code, rule.name, *rule.aliases))
