"""Defaults that depend on the version of Terraform's AWS provider."""

from __future__ import annotations

from collections.abc import Mapping

from iacreview.evaluate.terraform.constraints import newest, satisfies
from iacreview.model.provenance import Step
from iacreview.model.provider import Versions
from iacreview.model.source import Span
from iacreview.model.value import Known, Scalar, Unknown, Value
from iacreview.model.words import NOTHING, Phrase, say, vouched


def versioned(defaults: Mapping[str, Scalar], allowed: Versions, span: Span) -> tuple[Value, Phrase]:
    """The default in the newest version that is allowed, and which versions have it.

    Unknown where the allowed versions cannot be known: the catalog has only defaults that differ.
    """
    if allowed.reason:
        return Unknown(allowed.reason, span), NOTHING
    version = newest([each.text for each in allowed.constraints], [mark.strip("<>=") for mark in defaults])
    found = next((mark for mark in defaults if version is not None and satisfies(version, mark)), None)
    if found is None:
        return Unknown("no version of the provider is allowed by all that is required", span), NOTHING
    via = tuple(Step("version of the provider", each.span) for each in allowed.constraints)
    return Known(defaults[found], span, via), _spoken(found)


def _spoken(mark: str) -> Phrase:
    version = vouched(mark.strip("<>="))
    if mark.startswith("<"):
        return say("in versions of the provider before {}", version)
    return say("in versions of the provider from {} on", version)
