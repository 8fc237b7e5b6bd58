"""Templates: interpolation and directives."""

from __future__ import annotations

from collections.abc import Callable

from iacreview.evaluate.terraform.comprehension import iterate
from iacreview.evaluate.terraform.convert import require_bool, to_text
from iacreview.evaluate.terraform.guards import condition
from iacreview.evaluate.terraform.scope import Scope
from iacreview.evaluate.terraform.values import (
    MAX_STRING,
    Composed,
    CutOff,
    choice,
    failed,
    is_null,
    references_in,
    unknown_from,
    via_of,
)
from iacreview.model.source import Span
from iacreview.model.value import Choice, Encoded, Failed, Known, Text, Value
from iacreview.parse.terraform.nodes import (
    Expression,
    Template,
    TemplateFor,
    TemplateIf,
    TemplatePart,
    TemplateText,
)

_MAX_PARTS = 20_000

Evaluate = Callable[[Expression, Scope], Value]


def evaluate_template(node: Template, scope: Scope, evaluate: Evaluate) -> Value:
    """A string, known or with holes; a template that is one interpolation is that value itself."""
    span = scope.span(node)
    parts = node.parts
    if not parts:
        return Known("", span)
    if len(parts) == 1 and isinstance(parts[0], Expression) and not node.heredoc:
        return evaluate(parts[0], scope)
    return assemble(template_parts(parts, scope, evaluate), span)


def template_parts(parts: list[TemplatePart], scope: Scope, evaluate: Evaluate) -> list[Value]:
    """The strings a template is made of, each where it stands."""
    found: list[Value] = []
    for part in parts:
        if isinstance(part, TemplateText):
            found.append(Known(part.value, scope.source.span(part.start, part.end)))
        elif isinstance(part, TemplateIf):
            found += _directive_if(part, scope, evaluate)
        elif isinstance(part, TemplateFor):
            found += _directive_for(part, scope, evaluate)
        else:
            found.append(_interpolated(part, scope, evaluate))
    return found


def _interpolated(part: Expression, scope: Scope, evaluate: Evaluate) -> Value:
    value = evaluate(part, scope)
    if isinstance(value, Choice):
        return Choice([(when, to_text(item)) for when, item in value.branches], value.span, value.via, value.references)
    text = to_text(value)
    if is_null(text):
        return failed("a template holds null", text.span, [value])
    return text


def _directive_if(part: TemplateIf, scope: Scope, evaluate: Evaluate) -> list[Value]:
    outcome = require_bool(evaluate(part.condition, scope), scope.span(part.condition))
    if isinstance(outcome, bool):
        return template_parts(part.then if outcome else part.otherwise, scope, evaluate)
    span = scope.span(part)
    guard = condition(part.condition, scope, evaluate)
    then = assemble(template_parts(part.then, scope, evaluate), span)
    otherwise = assemble(template_parts(part.otherwise, scope, evaluate), span)
    return [choice([((guard,), then), ((guard.opposite,), otherwise)], span, [outcome])]


def _directive_for(part: TemplateFor, scope: Scope, evaluate: Evaluate) -> list[Value]:
    collection = evaluate(part.collection, scope)
    pairs = iterate(collection)
    if pairs is None:
        return [unknown_from([collection], scope.span(part))]
    found: list[Value] = []
    for key, value in pairs:
        names = {part.value: value} if part.key is None else {part.key: key, part.value: value}
        found += template_parts(part.body, scope.bound(names), evaluate)
        if not scope.run.spend(len(part.body)):
            break
    return found


def assemble(parts: list[Value], span: Span | None) -> Value:
    """One string of parts: Composed where all are known, Text otherwise."""
    flat: list[Value] = []
    for part in parts:
        if isinstance(part, Failed):
            return part
        if isinstance(part, Text):
            flat += part.parts
        elif isinstance(part, Encoded):
            flat.append(_encoded_text(part))
        elif not (isinstance(part, Known) and part.data == ""):
            flat.append(part)
    references, via = references_in(parts), via_of(parts)
    if len(flat) > _MAX_PARTS:
        return CutOff("has too many parts", span, via, references)
    if all(isinstance(part, Known) for part in flat):
        text = "".join([str(part.data) for part in flat if isinstance(part, Known)])
        if len(text) > MAX_STRING:
            return CutOff("is too long", span, via, references)
        return Composed(text, flat, span, via, references)
    return Text(flat, span, via, references)


def _encoded_text(part: Encoded) -> Value:
    from iacreview.evaluate.terraform.encoding import encoded_text

    return encoded_text(part)
