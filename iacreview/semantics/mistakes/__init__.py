"""What is wrong with a policy, as AWS would say: what it refuses, and what does not do what it says."""

from __future__ import annotations

from collections.abc import Iterator

from iacreview.model.value import Value
from iacreview.semantics.mistakes.grammar import in_document, in_statement
from iacreview.semantics.mistakes.mistake import (
    IDENTITY,
    INERT,
    MISSPELT,
    REFUSED,
    RESOURCE,
    RESOURCE_CONTROL,
    SERVICE_CONTROL,
    TRUST,
    UNKNOWN_NAME,
    Mistake,
)
from iacreview.semantics.mistakes.names import in_actions, in_trust_actions
from iacreview.semantics.mistakes.resources import acting_on_nothing, in_resources
from iacreview.semantics.policy import Policy

__all__ = [
    "IDENTITY",
    "INERT",
    "MISSPELT",
    "REFUSED",
    "RESOURCE",
    "RESOURCE_CONTROL",
    "SERVICE_CONTROL",
    "TRUST",
    "UNKNOWN_NAME",
    "Mistake",
    "mistakes_in",
]


def mistakes_in(policy: Policy, document: Value, kind: str = "") -> Iterator[Mistake]:
    """The mistakes of a policy that are certain. `kind` is what it is attached to; empty where that is not known."""
    yield from in_document(policy, document)
    for statement in policy.statements:
        yield from in_statement(statement, kind)
        yield from in_actions(statement, kind)
        if statement.conditions:
            from iacreview.semantics.mistakes.conditions import in_conditions

            yield from in_conditions(statement)
        if statement.principals or statement.not_principals:
            from iacreview.semantics.mistakes.principals import in_principals

            yield from in_principals(statement)
        if kind == TRUST:
            yield from in_trust_actions(statement)
            continue
        yield from acting_on_nothing(statement)
        if kind not in (RESOURCE, RESOURCE_CONTROL):
            yield from in_resources(statement)
