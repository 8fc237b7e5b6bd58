"""Hosts and what they are started from: launch templates, images, the account's defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iacreview.catalog.occurrence import Occurrence, branches, doubt_reason
from iacreview.catalog.view import View
from iacreview.model.finding import Related
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.parts import walk
from iacreview.model.value import Known, Unknown, Value, scalar_text
from iacreview.model.words import called, first_reason, say

# What a host is started from, by the kind and the property that names it.
STARTED_FROM = {
    "ec2.instance": (("template", "ec2.launch_template"),),
    "autoscaling.group": (
        ("launch_template", "ec2.launch_template"),
        ("launch_configuration", "autoscaling.launch_configuration"),
    ),
}
# "Amazon Linux 2023 AMIs have IMDSv2 required": the images, and the public parameters that name them.
_REQUIRING = "al2023-ami"


def tokens_not_required(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A host, or what one is started from, that does not say whether the metadata service needs a token.

    A template that the unit starts hosts from is asked about at these. "Configure the Instance Metadata Service
    options": the launch parameters come before the account's defaults, and these before the image's.
    """
    if view.kind.name not in STARTED_FROM and _starts_hosts(view):
        return
    for case in view.cases(_asked_of(view)):
        yield from _of_host(case)


def _asked_of(view: View) -> list[str]:
    names = ["http_tokens", "metadata_endpoint", *(name for name, _ in STARTED_FROM.get(view.kind.name, ()))]
    return [name for name in names if view.has(name)]


def _of_host(view: View) -> Iterator[Outcome]:
    if not view.has("http_tokens"):
        yield from _through_templates(view, None)
        return
    for occurrence in view.occurrences("http_tokens"):
        if occurrence.value is not None:
            if isinstance(occurrence.value, Unknown):
                yield Doubt("http_tokens", occurrence.span, doubt_reason(occurrence))
        elif view.known("metadata_endpoint") != "disabled":
            yield from _through_templates(view, occurrence)


def _through_templates(view: View, missing: Occurrence | None) -> Iterator[Outcome]:
    """What holds for a host that does not say so itself."""
    named = [(name, each) for name, _ in STARTED_FROM.get(view.kind.name, ()) for each in written(view, name)]
    for name, occurrence in named:
        for template in started_from(view, name, occurrence):
            if template is None:
                yield Doubt("http_tokens", occurrence.span, say("`{}` is defined elsewhere", occurrence.name))
            else:
                yield from _of_template(view, template, occurrence)
    if not named and missing is not None:
        yield from _by_default(view, view, missing.span, ())


def _of_template(view: View, template: View, occurrence: Occurrence) -> Iterator[Outcome]:
    """A host whose template does not say so either. Of one that says so, its own finding speaks."""
    for tokens in template.occurrences("http_tokens"):
        if isinstance(tokens.value, Unknown):
            yield Doubt("http_tokens", tokens.span, doubt_reason(tokens))
        elif tokens.value is None and template.known("metadata_endpoint") != "disabled":
            related = (Related(say("{}, which says nothing of it", called(template.resource.address)), tokens.span),)
            yield from _by_default(view, template, occurrence.span, related)


def _by_default(view: View, source: View, span: Any, related: tuple[Related, ...]) -> Iterator[Outcome]:
    decided = view.world.decided(view.resource, "ec2.metadata_defaults.http_tokens", span)
    if isinstance(decided, Unknown):
        yield Doubt("http_tokens", span, first_reason(decided))
    elif not (isinstance(decided, Known) and decided.data == "required") and not (
        image_requires(source) or image_requires(view)
    ):
        words = say("`{}` is not set", called(source.property("http_tokens").native(source.dialect)))
        yield Violation("http_tokens", span, words, when=view.when, related=related)


def image_requires(view: View) -> bool:
    """Whether the image of a host makes the metadata service require tokens."""
    if not view.has("image"):
        return False
    for occurrence in view.occurrences("image"):
        for target in view.world.targets(occurrence.value):
            image = view.world.view(target)
            if image is not None and image.kind.name == "ec2.ami" and image.known("imds_support") == "v2.0":
                return True
    return any(_REQUIRING in text for text in image_texts(view))


def image_texts(view: View) -> Iterator[str]:
    """What is known of how the image of a host is called: its id, and the names and filters that look it up."""
    for occurrence in view.occurrences("image"):
        values: list[Value] = [occurrence.value] if occurrence.value is not None else []
        values += [each.attributes for each in view.world.targets(occurrence.value) if each.mode != "managed"]
        values += [each.attributes for each in view.world.parameters(occurrence.value)]
        for value in values:
            yield from (scalar_text(each.data) for each in walk(value) if isinstance(each, Known))


def written(view: View, name: str) -> list[Occurrence]:
    """Where a property is written, under each branch of its choices."""
    if not view.has(name) or not view.applies(name):
        return []
    found = [each for occurrence in view.occurrences(name) for each in branches(occurrence)]
    return [each for each in found if each.value is not None and not each.defaulted]


def started_from(view: View, name: str, occurrence: Occurrence) -> Sequence[View | None]:
    """The templates of the unit that a property names; None for one from elsewhere."""
    return named(view, name, occurrence, dict(STARTED_FROM[view.kind.name])[name])


def named(view: View, name: str, occurrence: Occurrence, kind: str) -> Sequence[View | None]:
    """The resources of a kind that a property names, by reference or by name; None for one from elsewhere."""
    targets = [view.world.view(each) for each in view.world.targets(occurrence.value) if each.kind == kind]
    found = [each for each in targets if each is not None]
    if not found and isinstance(occurrence.value, Known):
        texts = {scalar_text(occurrence.value.data)}
        found = [each for each in view.world.of_kind(kind) if each.has("name") and each.known("name") in texts]
    return found or [None]


def _starts_hosts(template: View) -> bool:
    """Whether the unit starts hosts from a template."""
    pairs = [(host, name) for host, named in STARTED_FROM.items() for name, kind in named if kind == template.kind.name]
    return any(template.world.referrers(template, host, name) for host, name in pairs)
