"""A template's source to a unit."""

from __future__ import annotations

from iacreview.evaluate.cloudformation.template import evaluate_template
from iacreview.model.graph import Problem, Unit
from iacreview.model.source import Source, Span
from iacreview.parse.cloudformation.document import parse_document
from iacreview.parse.cloudformation.nodes import MapNode
from iacreview.tree import Tree


def evaluate_source(tree: Tree, source: Source) -> Unit:
    """Parses and evaluates one template. What cannot be read is among the unit's problems."""
    root, problems = parse_document(source)
    if not isinstance(root, MapNode):
        if not problems:
            problems = [Problem("expected a template: a mapping with `Resources`", Span(source, 0, 0))]
        return Unit(source.path, "cloudformation", (), problems, files=(source.path,), sources=(source,))
    unit = evaluate_template(tree, source, root)
    return unit._replace(problems=(*problems, *unit.problems))
