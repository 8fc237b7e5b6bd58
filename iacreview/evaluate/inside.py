"""Templates inside of other resources (`template_body`, `TemplateBody`), which are judged where they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from iacreview.model.graph import Resource, Unit
from iacreview.model.guard import Guard, Possible
from iacreview.model.provenance import Step
from iacreview.model.record import NamedTuple
from iacreview.model.source import Source, Span
from iacreview.model.value import Encoded, Known, ListValue, MapValue, Value, scalar_text
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode
from iacreview.tree import Tree

# Sources: the provider's pages of these resources; "AWS::CloudFormation::StackSet" (AWS CloudFormation User Guide).
_BODIES = {
    "aws_cloudformation_stack": ("template_body", "parameters"),
    "aws_cloudformation_stack_set": ("template_body", "parameters"),
    "AWS::CloudFormation::StackSet": ("TemplateBody", ""),
    "AWS::CloudFormation::Stack": ("TemplateBody", ""),
}
_HEREDOC, _BLOCK = "<<", ("|", ">")


class _Inside(NamedTuple):
    """A template with offsets in the source that it stands in."""

    source: Source
    root: MapNode


def with_templates_inside(unit: Unit, tree: Tree) -> Unit:
    """The unit with the resources of the templates that stand in its resources, each below the address of its host."""
    for host in unit.resources:
        names = _BODIES.get(host.type)
        body = host.attributes.entries.get(names[0]) if names is not None and host.mode == "managed" else None
        found = _template_in(body) if body is not None else None
        if found is not None and names is not None:
            unit = _joined(unit, _evaluated(found, host, host.attributes.entries.get(names[1]), tree), host)
    return unit


def _evaluated(found: _Inside, host: Resource, parameters: Value | None, tree: Tree) -> Unit:
    from iacreview.evaluate.cloudformation.nesting import StackPlace
    from iacreview.evaluate.cloudformation.template import evaluate_template

    step = Step(f"the template of {host.address}", host.header)
    place = StackPlace(tree, f"{host.address}.", (), (step, *host.via), host.blocks, {}, host.conditions)
    given = parameters.entries if isinstance(parameters, MapValue) else {}
    return evaluate_template(tree, found.source, found.root, given, place=place)


def _joined(unit: Unit, inner: Unit, host: Resource) -> Unit:
    """A unit with the one inside of it; guards of both are told apart by their names."""
    return unit._replace(
        resources=[*unit.resources, *inner.resources],
        problems=[*unit.problems, *inner.problems],
        skipped=[*unit.skipped, *inner.skipped],
        open=[*(each for each in unit.open if each.address != host.address), *inner.open],
        possible=_both(unit.possible, inner.possible),
        is_cut=lambda: unit.is_cut() or inner.is_cut(),
        written=[*unit.written, *inner.written],
        unread_stacks=[*unit.unread_stacks, *inner.unread_stacks],
    )


def _both(one: Possible, other: Possible) -> Possible:
    def possible(guards: Sequence[Guard]) -> bool:
        return one(guards) and other(guards)

    return possible


def _template_in(body: Value) -> _Inside | None:
    """The template that a value holds; None where a file holds it, which is a unit, or where it is not wholly known."""
    if body.span is None or any(step.message.startswith("file ") for step in body.via):
        return None
    if isinstance(body, Encoded):
        root = _node(body.structure, body.span)
    elif isinstance(body, Known) and isinstance(body.data, str):
        root = _written(body.span) or _anywhere(body.data, body.span)
    else:
        return None
    return _Inside(body.span.source, root) if isinstance(root, MapNode) and "Resources" in root.entries else None


def _written(span: Span) -> DataNode | None:
    """The template as it is written at a place, where it is a text over several lines; None where it is none."""
    text = span.text
    first = text.find("\n") + 1
    if not first or not text.lstrip().startswith((_HEREDOC, *_BLOCK)):
        return None
    last = text.rstrip().rfind("\n") if text.lstrip().startswith(_HEREDOC) else len(text)
    content = text[first:last]
    if "${" in content or "%{" in content:
        return None
    # White space in the place of what is around it: each character keeps its offset.
    before = "".join(character if character == "\n" else " " for character in span.source.text[: span.start])
    return _parsed(before + " " * (first - 1) + "\n" + content)


def _anywhere(text: str, span: Span) -> DataNode | None:
    """The template of a text that is written in another way: all of it stands at the place of the whole."""
    root = _parsed(text)
    if root is not None:
        _move(root, lambda _: (span.start, span.end))
    return root


def _parsed(text: str) -> DataNode | None:
    from iacreview.parse.cloudformation.recognition import parse_template

    root, problems = parse_template(Source("", text))
    return None if problems else root


def _move(root: DataNode, place: Callable[[DataNode], tuple[int, int]]) -> None:
    pending: list[DataNode] = [root]
    while pending:
        node = pending.pop()
        node.start, node.end = place(node)
        if isinstance(node, MapNode):
            pending += [part for pair in node.entries.values() for part in pair]
        elif isinstance(node, ListNode):
            pending += node.items


def _node(value: Value, around: Span) -> DataNode | None:
    """A known structure as nodes, with its places as far as they are in the same source; None where it is not known."""
    span = value.span if value.span is not None and value.span.source is around.source else around
    if isinstance(value, Known):
        text = "" if value.data is None else scalar_text(value.data)
        return ScalarNode(value.data, text, not isinstance(value.data, str), None, span.start, span.end)
    if isinstance(value, ListValue) and value.complete:
        items = _all(_node(item, around) for item in value.items)
        return None if items is None else ListNode(items, None, span.start, span.end)
    if isinstance(value, MapValue) and value.complete:
        nodes = _all(_node(item, around) for item in value.entries.values())
        if nodes is not None:
            keys = (_key(key, value.keys, span) for key in value.entries)
            return MapNode(
                {key.text: (key, node) for key, node in zip(keys, nodes, strict=True)}, None, span.start, span.end
            )
    return None


def _key(text: str, keys: Mapping[str, Span], around: Span) -> ScalarNode:
    span = keys.get(text, around)
    span = span if span.source is around.source else around
    return ScalarNode(text, text, True, None, span.start, span.end)


def _all(nodes: Iterable[DataNode | None]) -> list[DataNode] | None:
    found = list(nodes)
    return [each for each in found if each is not None] if None not in found else None
