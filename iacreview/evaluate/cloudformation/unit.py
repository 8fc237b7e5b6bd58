"""A template's source to a unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from iacreview.evaluate.cloudformation.nesting import StackPlace
from iacreview.evaluate.cloudformation.stack_tags import stack_tags
from iacreview.evaluate.cloudformation.template import evaluate_template
from iacreview.model.graph import Problem, Unit
from iacreview.model.source import Skipped, Source
from iacreview.model.value import Value
from iacreview.parse.cloudformation.recognition import (
    claims_to_be_template,
    is_template,
    mentions_resources,
    parse_template,
)
from iacreview.parse.data.nodes import MapNode
from iacreview.tree import Tree


def evaluate_source(
    tree: Tree,
    source: Source,
    parameter_files: Sequence[str] = (),
    problem: Problem | None = None,
    deployed: bool = True,
    templates: Mapping[str, str] = MappingProxyType({}),
) -> Unit:
    """Parses and evaluates one template, with the values of parameter files (UsageError where one is none).

    What cannot be read of the template is among the unit's problems. Of one with a `problem`, which cannot be read as a
    whole, that is all. For `deployed` see evaluate_template.
    """
    if problem is not None:
        return _unread(source, [problem])
    root, problems = parse_template(source)
    if root is None and problems and claims_to_be_template(source.text):
        return _unread(source, problems)
    if not isinstance(root, MapNode) or not is_template(root):
        return _unrecognised(source, problems if root is None else ())
    given: dict[str, Value] = {}
    if parameter_files:
        from iacreview.evaluate.cloudformation.parameter_files import given_parameters

        given = given_parameters(tree, parameter_files)
    unit = evaluate_template(tree, source, root, given, deployed, StackPlace(tree, templates=templates))
    return unit._replace(problems=(*problems, *unit.problems), stack_tags=stack_tags(tree, source.path))


def _unrecognised(source: Source, problems: Sequence[Problem]) -> Unit:
    """A file that mentions resources but is not a template: one inside a text, the Serverless Framework's, a chart."""
    if not mentions_resources(source.text):
        return Unit(source.path, "cloudformation", (), recognised=False)
    reason, line = "mentions resources of CloudFormation, but is not a template", None
    if problems:
        reason, line = f"{problems[0].message}; by its first keys it is not a template", problems[0].span.first.line
    skipped = [Skipped(source.path, reason, line)]
    return Unit(source.path, "cloudformation", (), (), skipped, recognised=False)


def _unread(source: Source, problems: Sequence[Problem]) -> Unit:
    return Unit(source.path, "cloudformation", (), problems, files=(source.path,), sources=(source,))
