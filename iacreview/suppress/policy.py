"""What a project allows suppressions to do."""

from __future__ import annotations

from collections.abc import Iterable

from iacreview.engine.rule import Rule
from iacreview.model.record import NamedTuple


class SuppressionPolicy(NamedTuple):
    """`today` is an ISO date. `words` name what ran (codes, names, aliases, lower case), `known` the same of all rules.

    `inline` allows any suppression in the reviewed files, `foreign` those in the words of other tools; with `reasons`
    those without a reason have no effect.
    """

    today: str
    words: frozenset[str]
    known: frozenset[str]
    inline: bool = True
    foreign: bool = True
    reasons: bool = False


def policy_for(
    rules: Iterable[Rule],
    all_rules: Iterable[Rule],
    profile: str,
    today: str,
    inline: bool,
    foreign: bool,
    reasons: bool,
) -> SuppressionPolicy:
    """The policy of a run with some of all rules."""
    words: set[str] = {"*", "syn001", "unreadable-source"}
    for rule in rules:
        rows = [row for row in rule.rows if profile == "strict" or row.profile == "default"]
        words.update(word.lower() for row in rows for word in (rule.code, rule.name, *row.aliases))
    known = frozenset(word.lower() for rule in all_rules for word in (rule.code, rule.name, *rule.aliases))
    return SuppressionPolicy(today, frozenset(words), known, inline, foreign, reasons)
