"""Terraform's conditions as guards, and what they mean to the unit's solver.

An expression is compared with others by what it is made of: `var.env == "prod"`, `!`, `&&`, `||`, bare bool variables,
through locals and the arguments of module calls. What is none of these is one thing that holds or not, the same
wherever it is written alike in a module.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from itertools import islice

from iacreview.evaluate.formula import FALSE, TRUE, All, Any, Formula, Is, Not, Term, equal
from iacreview.evaluate.solver import Solver
from iacreview.evaluate.terraform.numbers import parse_number, scalar_text
from iacreview.evaluate.terraform.scope import Meaning, Scope, Settable
from iacreview.model.guard import Guard, Says, When, none_of
from iacreview.model.parts import is_sensitive, walk
from iacreview.model.patterns import later
from iacreview.model.value import Choice, Known, Scalar, Unknown, Value
from iacreview.parse.terraform.nodes import Binary, Expression, GetAttr, Literal, Name, Parens, Unary

Evaluate = Callable[[Expression, Scope], Value]

# How many nested conditions, and names that stand for names, are followed.
_MAX_DEPTH = 20
_MAX_IDENTITY = 30
_KINDS = ("bool", "number", "string", "")
_JOINED = ("&&", "||")
_COMPARED = ("==", "!=")
_NAME = later(r"[A-Za-z_][\w-]*")


def condition(node: Expression, scope: Scope, evaluate: Evaluate) -> Guard:
    """That an expression holds."""
    guard = Guard(scope.words(node), Says.HOLDS, scope=_place(node, scope))
    solver = scope.run.solver
    if not solver.knows(guard.key):
        formula = _Reader(evaluate).formula(node, scope, 0)
        solver.conditions[guard.key] = lambda: formula
    return guard


def nonzero(node: Expression, scope: Scope, evaluate: Evaluate) -> Guard:
    """That a number is not 0."""
    guard = Guard(f"{scope.words(node)} is not 0", Says.HOLDS, scope=_place(node, scope))
    formula = Not(equal(_Reader(evaluate).operand(node, scope), (Term(TRUE, _tagged(0)),)))
    scope.run.solver.conditions[guard.key] = lambda: formula
    return guard


def equals(node: Expression, text: str, scope: Scope, evaluate: Evaluate) -> Guard:
    """That an expression is a text."""
    guard = Guard(scope.words(node), text, scope=_place(node, scope), hidden=is_sensitive(evaluate(node, scope)))
    solver = scope.run.solver
    if guard.key not in solver.operands:
        solver.operands[guard.key] = _Reader(evaluate).operand(node, scope, ("string",))
    return guard


def remainder(node: Expression, divisor: int, number: int, scope: Scope) -> Guard:
    """What is left of a number when it is divided."""
    return Guard(f"{scope.words(node)} % {divisor}", str(number), scope=_place(node, scope))


def selected(
    node: Expression, options: Mapping[str, Value], scope: Scope, evaluate: Evaluate, otherwise: Value | None = None
) -> list[tuple[When, Value]]:
    """What a key that is not known selects: each option where the key is its name, `otherwise` where it is none."""
    of_none = equals(node, "", scope, evaluate)
    branches: list[tuple[When, Value]] = [((of_none._replace(value=name),), value) for name, value in options.items()]
    if otherwise is not None:
        branches.append(((none_of([when for when, _ in branches]),), otherwise))
    return branches


def narrowed(variable: Settable, value: Value, assume: When, solver: Solver) -> Value:
    """What a variable, that is `value` unless someone says otherwise, is where some guards hold."""
    if not isinstance(value, (Known, Unknown)):
        return value
    if isinstance(value, Known) and solver.possible((*assume, Guard(variable.address, _tagged(value.data)))):
        return value
    texts = solver.texts(variable.address, assume) or ()
    scalars = [_untagged(text) for text in texts]
    if variable.kind == "bool" and not scalars:
        others = (value.data is not True,) if isinstance(value, Known) else (True, False)
        scalars = [each for each in others if solver.possible((*assume, Guard(variable.address, _tagged(each))))]
    if len(scalars) == 1:
        return Known(scalars[0], value.span, (), value.references)
    if isinstance(value, Unknown):
        return value
    return Unknown(f"{variable.address} is not its default here", value.span, references=value.references)


def note(phrase: str, node: Expression, scope: Scope) -> Guard:
    """A circumstance that is an expression's, and that nothing else is compared with."""
    return Guard(f"{phrase} {scope.words(node)}", Says.NOTE, scope=_place(node, scope))


def _place(node: Expression, scope: Scope) -> str:
    """What tells an expression from others that are written alike: its module, and what its names are bound to."""
    text = scope.source.text[node.start : node.end]
    shown = scope.words(node)
    whole = f"{text} " if shown.endswith("...") else ""
    if len(scope.names) <= 1:
        return f"{scope.module.prefix}{whole}"
    mentioned = dict.fromkeys(name for name in _NAME.findall(text) if name in scope.names and name != "path")
    bound = "".join(f"{name}={_identity(scope.names[name])} " for name in mentioned)
    return f"{scope.module.prefix}{bound}{whole}"


def _identity(value: Value) -> str:
    return ",".join(map(_identity_part, islice(walk(value), _MAX_IDENTITY)))


def _identity_part(value: Value) -> str:
    if isinstance(value, Known):
        return repr(value.data)
    return f"{type(value).__name__}{'+'.join(map(str, value.references))}"


class _Reader:
    """Reads expressions as formulas. Texts of other types than string are tagged with their type."""

    def __init__(self, evaluate: Evaluate) -> None:
        self.evaluate = evaluate

    def formula(self, node: Expression, scope: Scope, depth: int) -> Formula:
        node, scope = _followed(node, scope)
        if depth > _MAX_DEPTH:
            return Is(_name(node, scope), "true")
        if isinstance(node, Literal) and isinstance(node.value, bool):
            return TRUE if node.value else FALSE
        if isinstance(node, Unary) and node.operator == "!":
            return Not(self.formula(node.operand, scope, depth + 1))
        if isinstance(node, Binary) and node.operator in _JOINED:
            parts = tuple(self.formula(part, scope, depth + 1) for part in (node.left, node.right))
            return All(parts) if node.operator == "&&" else Any(parts)
        if isinstance(node, Binary) and node.operator in _COMPARED:
            same = equal(self.operand(node.left, scope), self.operand(node.right, scope))
            return same if node.operator == "==" else Not(same)
        return _truth(node, scope)

    def operand(self, node: Expression, scope: Scope, kinds: Container[str] = _KINDS) -> tuple[Term, ...]:
        """What an expression is; a variable itself where it is of one of some types."""
        inner, around = _followed(node, scope)
        variable = _variable(inner, around)
        if variable is not None and variable.kind in kinds:
            return (Term(TRUE, None, variable.address),)
        return tuple(_terms(self.evaluate(node, scope), TRUE, node, scope))


def _truth(node: Expression, scope: Scope) -> Formula:
    """That something which is not a comparison holds."""
    variable = _variable(node, scope)
    if variable is None:
        return Is(_name(node, scope), "true")
    spellings = {"bool": (_tagged(True),), "string": ("true",)}.get(variable.kind, (_tagged(True), "true"))
    return Any(tuple(Is(variable.address, text) for text in spellings))


def _terms(value: Value, where: Formula, node: Expression, scope: Scope) -> Iterator[Term]:
    if isinstance(value, Choice):
        for when, branch in value.branches:
            yield from _terms(branch, All((where, *map(scope.run.solver.meaning, when))), node, scope)
    elif isinstance(value, Known) and not scope.module.is_overridable(value):
        yield Term(where, _tagged(value.data))
    else:
        yield Term(where, None, _name(node, scope))


def _followed(node: Expression, scope: Scope, depth: int = 0) -> tuple[Expression, Scope]:
    """The expression that a local, or a variable of a called module, stands for."""
    while isinstance(node, Parens):
        node = node.inner
    found = _meant(node, scope)
    if not isinstance(found, Meaning) or depth > _MAX_DEPTH:
        return node, scope
    inner = _followed(found.expression, found.scope, depth + 1)
    return inner if _keeps(found.kind, *inner) else (node, scope)


def _keeps(kind: str, node: Expression, scope: Scope) -> bool:
    """Whether an expression is still the same after its conversion to the type of a variable."""
    variable = _variable(node, scope)
    if not kind or variable is not None:
        return not kind or (variable is not None and variable.kind == kind)
    logical = isinstance(node, (Unary, Binary)) and node.operator in ("!", *_JOINED, *_COMPARED)
    return kind == "bool" and logical


def _meant(node: Expression, scope: Scope) -> Meaning | Settable | None:
    if isinstance(node, GetAttr) and isinstance(node.object, Name) and node.object.name not in scope.names:
        return scope.module.definition(node.object.name, node.name)
    return None


def _variable(node: Expression, scope: Scope) -> Settable | None:
    found = _meant(node, scope)
    return found if isinstance(found, Settable) else None


def _name(node: Expression, scope: Scope) -> str:
    """The name that an expression has in formulas."""
    return f"{_place(node, scope)}{scope.words(node)}"


def _untagged(text: str) -> Scalar:
    """The scalar that a text stands for."""
    if not text.startswith("\0"):
        return text
    kind, _, rest = text[1:].partition(" ")
    return {"bool": rest == "true", "null": None}.get(kind) if kind != "number" else parse_number(rest)


def _tagged(data: Scalar) -> str:
    """A text for a scalar that differs from those of other types."""
    if isinstance(data, str):
        return data
    return "\0null" if data is None else f"\0{'bool' if isinstance(data, bool) else 'number'} {scalar_text(data)}"
