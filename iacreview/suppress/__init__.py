"""What the reviewed files say does not count: comments and Metadata, in our words and in those of other tools."""

from __future__ import annotations

from collections.abc import Iterable

# Cheap to look for: no suppression in a comment, or in Metadata, is without one of these.
MARKS = (":ignore", ":skip=", "kics-scan", "iacreview", "iac-review", "iac_review")
METADATA_MARKS = ("rules_to_suppress", "ignore_checks", "checkov", "SuppressedRules")


def may_suppress(texts: Iterable[str]) -> bool:
    """Whether there can be a suppression in any of the texts, told without parsing them."""
    return any(mark in text for text in texts for mark in (*MARKS, *METADATA_MARKS))
