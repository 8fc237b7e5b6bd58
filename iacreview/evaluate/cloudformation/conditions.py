"""Conditions and rules of a template as formulas, and what follows from what is assumed of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from iacreview.evaluate.cloudformation.parameters import Chosen, Parameters, written
from iacreview.evaluate.cloudformation.texts import as_written
from iacreview.evaluate.formula import TRUE, All, Any, Formula, Holds, Is, Not, Term, equal
from iacreview.evaluate.solver import Solver
from iacreview.model.guard import Guard, Says, When
from iacreview.model.value import Choice, Known, Text, Unknown, Value
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode

# Pseudo parameters that are the same in a stack and in those that it nests ("Pseudo parameters reference").
SHARED = ("AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::URLSuffix")
# How deep a condition and an operand of Fn::Equals may be, and how many texts an operand may be one of.
MAX_DEPTH = 50
MAX_OPERAND_DEPTH = 20
MAX_TERMS = 100


class Conditions:
    """The conditions of a template.

    A parameter's default does not settle a condition, since a deployment may override it; a value the caller has
    given, AllowedValues, literals and the assertions of `rules` do. `evaluate` is to leave open what a deployment
    decides. `opened` are the parameters of a nested stack as the template that nests it leaves them open, `always` what
    holds wherever the stack exists.
    """

    def __init__(
        self,
        declared: MapNode,
        rules: MapNode,
        parameters: Parameters,
        evaluate: Callable[[DataNode], Value],
        solver: Solver,
        opened: Mapping[str, Value],
        always: When = (),
    ) -> None:
        self.declared = declared.entries
        self.parameters = parameters
        self.prefix = parameters.prefix
        self.solver = solver
        self.opened = opened
        self.always = always
        self._evaluate = evaluate
        self._building = False
        self._expressions: dict[str, str] = {}
        self._register(rules)

    def _register(self, rules: MapNode) -> None:
        for name, (_, node) in self.declared.items():
            self.solver.conditions[self.prefix + name] = lambda node=node: self._formula(node, 0)  # type: ignore[misc]
        for name in self.parameters.declared:
            subject = self.prefix + name
            if name in self.opened:
                node = ScalarNode(name, name, False, "!Ref", 0, 0)
                self.solver.operands[subject] = tuple(self._terms(self.opened[name], TRUE, node))
            if not self.parameters.is_open(name) or name in self.opened:
                continue
            allowed = tuple(dict.fromkeys(map(written, self.parameters.allowed(name))))
            if allowed:
                self.solver.domains[subject] = allowed
        for name, (_, node) in rules.entries.items():
            if isinstance(node, MapNode):
                rule = f"{self.prefix}Rules.{name}"
                self.solver.conditions[rule] = lambda node=node: self._rule(node)  # type: ignore[misc]
                self.solver.rules.append(Holds(rule))

    def _rule(self, rule: MapNode) -> Formula:
        """What a rule asserts, where it applies ("Rules", AWS CloudFormation User Guide)."""
        condition, assertions = rule.get("RuleCondition"), rule.get("Assertions")
        items = assertions.items if isinstance(assertions, ListNode) else []
        expressions = [item.get("Assert") for item in items if isinstance(item, MapNode)]
        asserted = All(tuple(self._formula(each, 0) for each in expressions if each is not None))
        return asserted if condition is None else Any((Not(self._formula(condition, 0)), asserted))

    def guard(self, name: str, holds: bool) -> Guard:
        """That a condition of this template holds or not."""
        return Guard(self.prefix + name, Says.TRUE, holds)

    def possible(self, guards: Sequence[Guard]) -> bool:
        """Whether all these guards hold in some deployment of this template."""
        return self._building or self.solver.possible((*self.always, *guards))

    def settled(self, name: str, assume: When = ()) -> bool | None:
        """Whether a condition holds wherever the guards do (True), nowhere (False), or it depends (None).

        Missing conditions, and those that lead back to themselves, depend.
        """
        # Only conditions have functions of conditions, so none is asked for inside of an operand.
        if self._building:
            return None
        if not self.possible((*assume, self.guard(name, True))):
            return False
        return None if self.possible((*assume, self.guard(name, False))) else True

    def narrowed(self, name: str, value: Value, assume: When) -> Value | None:
        """What a parameter's value is where the guards hold; None where it is not the value, but not known either."""
        if self._building or not (assume or self.always or self.solver.rules):
            return value
        subject = self.prefix + name
        if isinstance(value, Choice):
            branches = [each for each in value.branches if self.possible((*assume, *each[0]))]
            if len(branches) == 1:
                return branches[0][1]
            return Choice(branches, value.span, value.via, value.references) if branches else value
        if not isinstance(value, (Known, Unknown)) or not self.parameters.is_open(name):
            return value
        known = (*self.always, *assume)
        if isinstance(value, Known) and self.solver.may_be(subject, as_written(value.data), known):
            return value
        texts = self.solver.texts(subject, known) if name not in self.opened else None
        if not texts or (len(texts) > 1 and self.parameters.is_hidden(name)):
            return value if isinstance(value, Unknown) else None
        values = [Known(text, value.span, (), value.references) for text in texts]
        if len(values) == 1:
            return values[0]
        branches = [((Guard(subject, text),), each) for text, each in zip(texts, values, strict=True)]
        return Choice(branches, value.span, references=value.references)

    def _formula(self, node: DataNode, depth: int) -> Formula:
        name, argument = function_of(node)
        if name == "Condition" and isinstance(argument, ScalarNode):
            return Holds(self.prefix + argument.text)
        if not isinstance(argument, ListNode) or depth > MAX_DEPTH:
            return self._opaque(node)
        items = argument.items
        if name == "Fn::Equals" and len(items) == 2:
            return equal(self.operand(items[0]), self.operand(items[1]))
        if name == "Fn::Contains" and len(items) == 2 and isinstance(items[0], ListNode) and items[0].tag is None:
            return Any(tuple(equal(self.operand(item), self.operand(items[1])) for item in items[0].items))
        if name == "Fn::Not" and len(items) == 1:
            return Not(self._formula(items[0], depth + 1))
        if name == "Fn::And":
            return All(tuple(self._formula(item, depth + 1) for item in items))
        if name == "Fn::Or":
            return Any(tuple(self._formula(item, depth + 1) for item in items))
        return self._opaque(node)

    def _opaque(self, node: DataNode) -> Formula:
        """Something that holds or not, nobody knows; the same wherever it is written alike."""
        return Is(self.expression(node), "true")

    def operand(self, node: DataNode) -> tuple[Term, ...]:
        """What an operand of a condition is, over all deployments."""
        name, argument = function_of(node)
        if name == "Ref" and isinstance(argument, ScalarNode):
            given = self.solver.operands.get(self.prefix + argument.text)
            if given is not None:
                return tuple(given)
            if self.parameters.is_open(argument.text):
                return (Term(TRUE, None, self.prefix + argument.text),)
            if argument.text.startswith("AWS::") and argument.text != "AWS::NoValue":
                return (Term(TRUE, None, argument.text if argument.text in SHARED else self.prefix + argument.text),)
        if isinstance(node, ScalarNode) and node.tag is None:
            return (Term(TRUE, written(node)),)
        if not _is_shallow(node, MAX_OPERAND_DEPTH):
            return (Term(TRUE, None, self.expression(node)),)
        terms = tuple(self._terms(self.open_value(node), TRUE, node))
        return terms if 0 < len(terms) <= MAX_TERMS else (Term(TRUE, None, self.expression(node)),)

    def open_value(self, node: DataNode) -> Value:
        """What a node evaluates to in any deployment."""
        before, self._building = self._building, True
        value = self._evaluate(node)
        self._building = before
        return value

    def _terms(self, value: Value, where: Formula, node: DataNode) -> Iterator[Term]:
        if isinstance(value, Choice):
            for when, branch in value.branches:
                yield from self._terms(branch, All((where, *map(self.solver.meaning, when))), node)
        elif isinstance(value, Known) and value.data is not None:
            yield Term(where, as_written(value.data))
        elif isinstance(value, Chosen):
            yield Term(where, None, value.address)
        elif isinstance(value, Text):
            yield from self._text_terms(value, where, node)
        else:
            yield Term(where, None, self.expression(node))

    def _text_terms(self, value: Text, where: Formula, node: DataNode) -> Iterator[Term]:
        """A text with holes: what is known of it at both ends, and what is between."""
        first, last = value.parts[0], value.parts[-1]
        before = as_written(first.data) if isinstance(first, Known) else ""
        after = as_written(last.data) if isinstance(last, Known) else ""
        between = value.parts[isinstance(first, Known) : len(value.parts) - isinstance(last, Known)]
        variable = f"{self.expression(node)} between {before} and {after}"
        if len(between) == 1 and isinstance(between[0], Chosen):
            variable = between[0].address
        yield Term(where, None, variable, before, after)

    def expression(self, node: DataNode) -> str:
        """A variable for an expression, the same for all that are written alike."""
        text = _canonical(node) if _is_shallow(node, MAX_OPERAND_DEPTH) else str(id(node))
        return self._expressions.setdefault(text, f"{self.prefix}expression {len(self._expressions)}")


def function_of(node: DataNode) -> tuple[str, DataNode | None]:
    """The function a node calls and its argument; an empty name where it calls none."""
    if node.tag is not None:
        short = node.tag[1:]
        return (short if short in ("Ref", "Condition") else f"Fn::{short}"), node
    if isinstance(node, MapNode) and len(node.entries) == 1:
        ((name, (_, argument)),) = node.entries.items()
        return name, argument
    return "", None


def _canonical(node: DataNode) -> str:
    """The same text for expressions that are written alike, in short or long form."""
    name, argument = function_of(node)
    if argument is not None:
        return f"{name}({_content(argument)})"
    return _content(node)


def _content(node: DataNode) -> str:
    if isinstance(node, ScalarNode):
        return repr(node.text)
    if isinstance(node, ListNode):
        return f"[{','.join(map(_canonical, node.items))}]"
    return f"{{{','.join(f'{name!r}:{_canonical(child)}' for name, (_, child) in node.entries.items())}}}"


def _is_shallow(node: DataNode, levels: int) -> bool:
    if isinstance(node, ScalarNode):
        return True
    inner = node.items if isinstance(node, ListNode) else [child for _, child in node.entries.values()]
    return levels > 0 and all(_is_shallow(child, levels - 1) for child in inner)
