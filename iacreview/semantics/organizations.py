"""Whether the organization that a condition names is one's own, as the settings say (`organization:`).

An entry is an organization's id (`o-a1b2c3d4e5`), for all of it, or the path of some of its units
(`o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*`).
Source: "AWS global condition context keys", aws:PrincipalOrgID and aws:PrincipalOrgPaths (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from iacreview.model.logic import NO, Truth
from iacreview.semantics.conditions import narrows, restricting
from iacreview.semantics.items import Item
from iacreview.semantics.pattern import covers
from iacreview.semantics.policy import Condition

_IDS = frozenset(("aws:principalorgid", "aws:sourceorgid", "aws:vpceorgid"))
_PATHS = frozenset(("aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"))


def restricting_to_own(conditions: Iterable[Condition], own: Collection[str]) -> Truth:
    """As `restricting`, where a condition that lets another organization in narrows nothing."""
    return restricting(each for each in conditions if next(others(each, own), None) is None)


def others(condition: Condition, own: Collection[str]) -> Iterator[Item]:
    """The values of a condition that are known to be another organization's; none where nobody has said which is one's
    own."""
    key = (condition.key or "").lower()
    if not own or key not in _IDS | _PATHS or narrows(condition) is NO:
        return
    for item in condition.values:
        if item.pattern is not None and item.pattern.startswith("o-") and not _is_own(item.pattern, key, own):
            yield item


def _is_own(text: str, key: str, own: Collection[str]) -> bool:
    if key in _IDS:
        return text in own
    return any(covers(each if "/" in each else f"{each}/*", text, fold=False) for each in own)
