"""Images and hosts that nothing searches for vulnerabilities."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.catalog.occurrence import branches, doubt_reason, statement
from iacreview.catalog.settings import holds_for
from iacreview.catalog.view import View
from iacreview.model.logic import NO, UNKNOWN, YES, Truth, all_of, any_of, truth
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.value import HOLE, Known, Unknown, scalar_text
from iacreview.model.words import called, say, vouched
from iacreview.semantics.items import items_of

_SCANNING = ("SCAN_ON_PUSH", "CONTINUOUS_SCAN")
# What Inspector is switched on for, by the kinds that it then searches.
_SEARCHED = {"EC2": ("ec2.instance", "autoscaling.group"), "ECR": ("ecr.repository",), "LAMBDA": ("lambda.function",)}


def unscanned_images(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A repository whose images are not scanned when they are pushed, unless a rule of the registry scans them.

    "Scan images for software vulnerabilities in Amazon ECR": the rules of the registry are for all repositories that
    their filters match, whatever the repository says.
    """
    for occurrence in (each for found in view.occurrences("scan_on_push") for each in branches(found)):
        if isinstance(occurrence.value, Known) and scalar_text(occurrence.value.data).lower() == "true":
            continue
        scanned = _scanned_by_registry(view)
        if scanned is YES:
            continue
        if scanned is UNKNOWN:
            yield Doubt("scan_on_push", occurrence.span, say("whether a rule of the registry scans it is not known"))
        elif isinstance(occurrence.value, Unknown):
            yield Doubt("scan_on_push", occurrence.span, doubt_reason(occurrence))
        else:
            yield Violation("scan_on_push", occurrence.span, statement(occurrence), when=occurrence.when)


def _scanned_by_registry(view: View) -> Truth:
    answers = [NO]
    for registry in view.world.of_kind("ecr.registry_scanning"):
        here = holds_for(registry.resource, view.resource, view.world.graph.resources)
        answers += [UNKNOWN for _ in registry.unread("rules")]
        answers += [all_of((here, _scans(rule, view))) for rule in registry.members("rules")]
    return any_of(answers)


def _scans(rule: View, repository: View) -> Truth:
    frequency = rule.first("frequency")
    often = truth(frequency.data in _SCANNING) if isinstance(frequency, Known) else UNKNOWN
    filters = [item.pattern for each in rule.occurrences("filters") for item in items_of(each.value)]
    return all_of((often, any_of(_matches(text, repository.known("name")) for text in filters)))


def _matches(text: str | None, name: object) -> Truth:
    """Whether a filter matches a repository's name; one without a wildcard matches what contains it."""
    if text == "*":
        return YES
    if text is None or not isinstance(name, str):
        return UNKNOWN
    parts = re.split(rf"[*{HOLE}]", text) if "*" in text else ["", *text.split(HOLE), ""]
    if re.fullmatch(".*".join(map(re.escape, parts)), name) is None:
        return NO
    return UNKNOWN if HOLE in text else YES


def unsearched_kinds(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """Inspector switched on for accounts (`types`), without a type of what the unit deploys."""
    for occurrence in (each for found in view.occurrences("types") for each in branches(found)):
        items = items_of(occurrence.value)
        named = {item.pattern.upper() for item in items if item.pattern is not None}
        for type, kinds in _SEARCHED.items():
            deployed = view.world.of_kind(*kinds)
            if type in named or not deployed:
                continue
            if any(item.pattern is None for item in items):
                yield Doubt("types", occurrence.span, doubt_reason(occurrence))
                return
            what = called(deployed[0].resource.address)
            text = say("it leaves out {}, and there is {}", vouched(type), what)
            yield Violation(f"types.{type}", occurrence.span, text, when=occurrence.when)
