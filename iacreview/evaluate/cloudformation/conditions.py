"""Conditions: which are settled whatever is deployed, and what each means where others are assumed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from iacreview.evaluate.cloudformation.parameters import Parameters
from iacreview.evaluate.cloudformation.texts import scalar_text
from iacreview.model.value import Known, Value
from iacreview.parse.cloudformation.nodes import DataNode, ListNode, MapNode, ScalarNode

# Conditions that are assumed to hold or not, sorted by name.
Assumptions: TypeAlias = "tuple[tuple[str, bool], ...]"

# Past this depth a condition counts as open, which is always right: only less is settled.
MAX_DEPTH = 50
# How deep an operand of Fn::Equals may be, and how much work assumptions may make.
MAX_OPERAND_DEPTH = 20
MAX_WORK = 500_000


class Limits(NamedTuple):
    """What a parameter can be where some conditions are assumed: one of `only` (None: anything), none of `never`."""

    only: frozenset[str] | None = None
    never: frozenset[str] = frozenset()

    def permits(self, text: str) -> bool:
        return text not in self.never and (self.only is None or text in self.only)

    def both(self, other: Limits) -> Limits:
        only = other.only if self.only is None else self.only if other.only is None else self.only & other.only
        return Limits(only, self.never | other.never)


class Conditions:
    """The conditions of a template.

    A parameter's default does not settle a condition, since a deployment may override it; a value the caller has
    given, AllowedValues, literals and the assertions of `rules` do.
    """

    def __init__(
        self, declared: MapNode, rules: MapNode, parameters: Parameters, evaluate: Callable[[DataNode], Value]
    ) -> None:
        self.declared = declared.entries
        self.rules = [node for _, node in rules.entries.values() if isinstance(node, MapNode)]
        self.parameters = parameters
        self.evaluate = evaluate
        self._settled: dict[tuple[str, Assumptions], bool | None] = {}
        self._operands: dict[int, frozenset[str] | None] = {}
        self._limits: dict[Assumptions, dict[str, Limits]] = {}
        self._evaluating = False
        self._work = 0

    def settled(self, name: str, assume: Assumptions = (), depth: int = 0) -> bool | None:
        """Whether a condition holds in each deployment (True), in none (False), or it depends (None).

        Conditions that lead back to themselves, and missing ones, depend.
        """
        for assumed, holds in assume:
            if assumed == name:
                return holds
        if self._work > MAX_WORK:
            assume = ()
        key = (name, assume)
        if key not in self._settled:
            # Only conditions have functions of conditions, so none is asked for inside of an operand.
            if name not in self.declared or depth > MAX_DEPTH or self._evaluating:
                return None
            self._settled[key] = None
            self._settled[key] = self._truth(self.declared[name][1], assume, depth + 1)
        return self._settled[key]

    def _truth(self, node: DataNode, assume: Assumptions, depth: int) -> bool | None:
        name, argument = _function(node)
        if depth > MAX_DEPTH:
            return None
        if assume:
            self._work += 1
        if name == "Condition" and isinstance(argument, ScalarNode):
            return self.settled(argument.text, assume, depth)
        if not isinstance(argument, ListNode):
            return None
        if name == "Fn::Equals":
            return self._equal(argument, assume)
        answers = [self._truth(item, assume, depth + 1) for item in argument.items]
        if name == "Fn::Not" and len(answers) == 1:
            return None if answers[0] is None else not answers[0]
        if name == "Fn::And":
            return False if False in answers else None if None in answers else True
        if name == "Fn::Or":
            return True if True in answers else None if None in answers else False
        return None

    def limits(self, assume: Assumptions) -> dict[str, Limits]:
        """What the assumptions and the template's rules say of parameters, by name: what compares one with literals."""
        if assume not in self._limits:
            found: dict[str, Limits] = {}
            self._limits[assume] = found
            for name, holds in assume:
                if name in self.declared:
                    self._imply(self.declared[name][1], holds, found, 0)
            for rule in self.rules:
                self._imply_assertions(rule, assume, found)
        return self._limits[assume]

    def _imply_assertions(self, rule: MapNode, assume: Assumptions, found: dict[str, Limits]) -> None:
        """Adds what a rule asserts, where it certainly applies ("Rules", AWS CloudFormation User Guide)."""
        condition, assertions = rule.get("RuleCondition"), rule.get("Assertions")
        if condition is not None and self._truth(condition, assume, 0) is not True:
            return
        for assertion in assertions.items if isinstance(assertions, ListNode) else ():
            expression = assertion.get("Assert") if isinstance(assertion, MapNode) else None
            if expression is not None:
                self._imply(expression, True, found, 0)

    def _imply(self, node: DataNode, holds: bool, found: dict[str, Limits], depth: int) -> None:
        """Adds what follows from an expression that holds, or does not."""
        name, argument = _function(node)
        if depth > MAX_DEPTH or argument is None:
            return
        if name == "Condition" and isinstance(argument, ScalarNode) and argument.text in self.declared:
            self._imply(self.declared[argument.text][1], holds, found, depth + 1)
        if not isinstance(argument, ListNode):
            return
        if name == "Fn::Equals" and len(argument.items) == 2:
            self._imply_equal(argument.items, holds, found)
        elif name == "Fn::Contains" and len(argument.items) == 2:
            self._imply_contained(argument.items, holds, found)
        elif name == "Fn::Not":
            for item in argument.items[:1]:
                self._imply(item, not holds, found, depth + 1)
        elif (name, holds) in (("Fn::And", True), ("Fn::Or", False)):
            for item in argument.items:
                self._imply(item, holds, found, depth + 1)
        elif name in ("Fn::And", "Fn::Or"):
            self._imply_any(argument.items, holds, found, depth + 1)

    def _imply_any(self, items: list[DataNode], holds: bool, found: dict[str, Limits], depth: int) -> None:
        """What follows where one of several holds: a parameter that each of them limits is one of all their values."""
        ways: list[dict[str, Limits]] = []
        for item in items:
            way: dict[str, Limits] = {}
            self._imply(item, holds, way, depth)
            ways.append(way)
        for name in set.intersection(*(set(way) for way in ways)) if ways else ():
            only = [way[name].only for way in ways]
            if all(each is not None for each in only):
                union = frozenset(text for each in only if each is not None for text in each)
                found[name] = found.get(name, Limits()).both(Limits(union))

    def _imply_contained(self, items: list[DataNode], holds: bool, found: dict[str, Limits]) -> None:
        name, argument = _function(items[1])
        texts = [item.text for item in getattr(items[0], "items", ()) if isinstance(item, ScalarNode) and not item.tag]
        if name != "Ref" or not isinstance(argument, ScalarNode) or not self.parameters.is_open(argument.text):
            return
        if isinstance(items[0], ListNode) and len(texts) == len(items[0].items):
            limits = Limits(frozenset(texts)) if holds else Limits(None, frozenset(texts))
            found[argument.text] = found.get(argument.text, Limits()).both(limits)

    def _imply_equal(self, items: list[DataNode], holds: bool, found: dict[str, Limits]) -> None:
        for one, other in (items, items[::-1]):
            name, argument = _function(one)
            if name != "Ref" or not isinstance(argument, ScalarNode) or not self.parameters.is_open(argument.text):
                continue
            if isinstance(other, ScalarNode) and other.tag is None:
                text = frozenset((other.text,))
                limits = Limits(text) if holds else Limits(None, text)
                found[argument.text] = found.get(argument.text, Limits()).both(limits)

    def _equal(self, argument: ListNode, assume: Assumptions) -> bool | None:
        if len(argument.items) != 2:
            return None
        left, right = (self._limited(item, assume) for item in argument.items)
        if any(self._refuses(one, other, assume) for one, other in (argument.items, argument.items[::-1])):
            return False
        if left is None or right is None:
            return None
        if not left & right:
            return False
        return True if len(left) == len(right) == 1 else None

    def _limited(self, node: DataNode, assume: Assumptions) -> frozenset[str] | None:
        """The strings an operand can be where conditions are assumed."""
        possible = self._possible(node)
        name, argument = _function(node)
        limits = self.limits(assume).get(argument.text) if name == "Ref" and isinstance(argument, ScalarNode) else None
        if limits is None:
            return possible
        if possible is None:
            return limits.only
        return frozenset(text for text in possible if limits.permits(text))

    def _refuses(self, one: DataNode, other: DataNode, assume: Assumptions) -> bool:
        """Whether what is assumed of a parameter rules the literal out that it is compared with."""
        name, argument = _function(one)
        if name != "Ref" or not isinstance(argument, ScalarNode) or not isinstance(other, ScalarNode) or other.tag:
            return False
        limits = self.limits(assume).get(argument.text)
        return limits is not None and not limits.permits(other.text)

    def _possible(self, node: DataNode) -> frozenset[str] | None:
        """All strings an operand can be, over all deployments; None where they cannot be listed."""
        if id(node) not in self._operands:
            self._operands[id(node)] = self._evaluated(node)
        return self._operands[id(node)]

    def _evaluated(self, node: DataNode) -> frozenset[str] | None:
        name, argument = _function(node)
        if name == "Ref" and isinstance(argument, ScalarNode) and self.parameters.is_open(argument.text):
            return frozenset(item.text for item in self.parameters.allowed(argument.text)) or None
        if not _is_shallow(node, MAX_OPERAND_DEPTH):
            return None
        self._evaluating = True
        value = self.evaluate(node)
        self._evaluating = False
        if not isinstance(value, Known) or any(self.parameters.is_open(ref.address) for ref in value.references):
            return None
        return frozenset((scalar_text(value.data),))


def assuming(assume: Assumptions, name: str, holds: bool) -> Assumptions:
    return tuple(sorted({**dict(assume), name: holds}.items()))


def label(name: str, holds: bool) -> str:
    """How people say that a condition holds or not."""
    return f"when {name} is {'true' if holds else 'false'}"


def _function(node: DataNode) -> tuple[str, DataNode | None]:
    """The function a node calls and its argument; an empty name where it calls none."""
    if node.tag is not None:
        short = node.tag[1:]
        return (short if short in ("Ref", "Condition") else f"Fn::{short}"), node
    if isinstance(node, MapNode) and len(node.entries) == 1:
        ((name, (_, argument)),) = node.entries.items()
        return name, argument
    return "", None


def _is_shallow(node: DataNode, levels: int) -> bool:
    if isinstance(node, ScalarNode):
        return True
    inner = node.items if isinstance(node, ListNode) else [child for _, child in node.entries.values()]
    return levels > 0 and all(_is_shallow(child, levels - 1) for child in inner)
