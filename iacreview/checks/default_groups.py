"""The check of the security group that every VPC has by default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.catalog.occurrence import Occurrence, branches, doubt_reason
from iacreview.catalog.view import View
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.value import Known, ListValue, is_input
from iacreview.model.words import say

_GROUP = "ec2.default_security_group"
# The properties of a group that have its rules, and what these are called in findings.
_RULES = {"ingress": "default_ingress", "egress": "default_egress", "separate_rules": "default_rules"}


def default_group_rules(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """The rules of a VPC's default group, written in it or by themselves; those of one whose VPC is not here are told
    at the group.
    """
    for group in _groups(view):
        for name, path in _RULES.items():
            for occurrence in group.occurrences(name):
                for each in branches(occurrence):
                    yield from _rule(path, each)


def _groups(view: View) -> Iterator[View]:
    if view.kind.name == _GROUP:
        vpc = view.world.target(view.first("vpc"))
        yield from () if vpc is not None and vpc.kind == "ec2.vpc" else (view,)
        return
    found = (view.world.view(each) for each in view.world.referrers(view, _GROUP, "vpc"))
    yield from (each for each in found if each is not None)


def _rule(path: str, occurrence: Occurrence) -> Iterator[Outcome]:
    value = occurrence.value
    none = isinstance(value, ListValue) and not value.items
    if is_input(value) or (isinstance(value, ListValue) and none and not value.complete):
        yield Doubt(path, occurrence.span, doubt_reason(occurrence))
    elif not none and value is not None and not (isinstance(value, Known) and value.data in ("", None)):
        yield Violation(path, occurrence.span, say("it has a rule, `{}`", occurrence.name), when=occurrence.when)
