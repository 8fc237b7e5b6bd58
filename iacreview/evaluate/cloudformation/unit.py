"""A template's source to a unit."""

from __future__ import annotations

from collections.abc import Sequence

from iacreview.evaluate.cloudformation.template import evaluate_template
from iacreview.model.graph import Problem, Unit
from iacreview.model.source import Source, Span
from iacreview.model.value import Value
from iacreview.parse.cloudformation.document import parse_document, too_large
from iacreview.parse.cloudformation.nodes import MapNode
from iacreview.tree import Tree


def evaluate_source(tree: Tree, source: Source, parameter_files: Sequence[str] = (), cut_off: bool = False) -> Unit:
    """Parses and evaluates one template, with the values of parameter files (UsageError where one is none).

    What cannot be read of the template is among the unit's problems. Of one that is `cut_off`, that is all of it.
    """
    if cut_off:
        return _unread(source, [too_large(source)])
    root, problems = parse_document(source)
    if not isinstance(root, MapNode):
        expected = Problem("expected a template: a mapping with `Resources`", Span(source, 0, 0))
        return _unread(source, problems or [expected])
    given: dict[str, Value] = {}
    if parameter_files:
        from iacreview.evaluate.cloudformation.parameter_files import given_parameters

        given = given_parameters(tree, parameter_files)
    unit = evaluate_template(tree, source, root, given)
    return unit._replace(problems=(*problems, *unit.problems))


def _unread(source: Source, problems: Sequence[Problem]) -> Unit:
    return Unit(source.path, "cloudformation", (), problems, files=(source.path,), sources=(source,))
