"""Frameworks as the code uses them: controls, with the rules and protections that stand for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from iacreview.engine.rule import Rule
from iacreview.model.record import NamedTuple
from iacreview.protection.definition import ProtectionKind


class Control(NamedTuple):
    """One control. Only what is about resources of its `kinds` (patterns; none: all) counts.

    With `like`, only protections that are told from others by one of these count (Config rules by their identifiers).
    A finding of one of `against` contradicts it, but that there is none shows nothing. `outside` says why no code can
    show it, `topics` what another repository may provide it as.
    """

    code: str
    title: str
    rules: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    protections: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    outside: str = ""

    def is_about(self, kind: str) -> bool:
        """Whether resources of a kind count for it."""
        return not self.kinds or any(fnmatchcase(kind, pattern) for pattern in self.kinds)

    def has(self, protection: str, like: Sequence[str]) -> bool:
        """Whether a protection, which is told from others by some texts, counts for it."""
        return protection in self.protections and (not self.like or not set(self.like).isdisjoint(like))


class Framework(NamedTuple):
    """A framework with its controls in their order. `note` says what it leaves out."""

    name: str
    title: str
    source: str
    note: str
    controls: tuple[Control, ...]


def framework_from(spec: Mapping[str, Any], rules: Sequence[Rule], protections: Iterable[ProtectionKind]) -> Framework:
    """The framework that a validated specification means (framework.schema.json).

    A control has the rules that it names and, unless it wants no others, those that name it under the framework's key
    in their `controls`; and the protections that it names and those that are made of its rules. A control that only
    rules name is not one.
    """
    kinds = list(protections)
    fill = spec.get("fill", spec["framework"])
    return Framework(
        spec["framework"],
        spec["title"],
        spec.get("source", ""),
        spec.get("note", ""),
        tuple(_control(code, each, fill, rules, kinds) for code, each in spec["controls"].items()),
    )


def _control(
    code: str, spec: Mapping[str, Any], fill: str, rules: Sequence[Rule], protections: Sequence[ProtectionKind]
) -> Control:
    own, named = tuple(spec.get("rules", ())), tuple(spec.get("protections", ()))
    filled = {rule.code for rule in rules if code in rule.controls.get(fill, ())} if spec.get("filled", True) else set()
    chosen = {*own, *filled} - set(spec.get("against", ()))
    found = tuple(rule.code for rule in rules if rule.code in chosen)
    guards = tuple(each.name for each in protections if each.name in named or not set(each.rules).isdisjoint(found))
    against, kinds, like, topics = (tuple(spec.get(key, ())) for key in ("against", "kinds", "like", "topics"))
    return Control(code, spec["title"], found, against, guards, kinds, like, topics, spec.get("outside", ""))
