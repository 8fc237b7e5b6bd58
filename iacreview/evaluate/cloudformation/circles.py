"""What depends on itself: CloudFormation refuses such templates, and no order of deployment exists for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from iacreview.model.graph import Problem, Resource
from iacreview.model.parts import children, inside_of
from iacreview.model.source import Source, Span
from iacreview.model.value import Choice, Value
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode

MAX_NAMED = 5


def circular_resources(resources: Iterable[Resource]) -> Iterator[Problem]:
    """A problem for each group of resources that depend on each other, by what they refer to and by DependsOn.

    What stands in a branch of Fn::If, and resources that have different conditions, may never meet and are left out.
    """
    managed = {each.address: each for each in resources if each.mode == "managed"}
    needs = {address: [name for name in _needed(each) if name in managed] for address, each in managed.items()}
    for circle in circles(needs):
        first = managed[circle[0]]
        if all(managed[name].conditions == first.conditions for name in circle):
            yield Problem(f"circular dependency between resources: {_named(circle)}", first.header)


def circular_conditions(source: Source, declared: Mapping[str, tuple[ScalarNode, DataNode]]) -> Iterator[Problem]:
    """A problem for each group of conditions that are defined by each other."""
    needs = {name: [each for each in _conditions(node) if each in declared] for name, (_, node) in declared.items()}
    for circle in circles(needs):
        key = declared[circle[0]][0]
        message = f"circular dependency between conditions: {_named(circle)}"
        yield Problem(message, Span(source, key.start, key.end))


def circles(needs: Mapping[str, list[str]]) -> Iterator[list[str]]:
    """The groups of names that lead back to themselves, each in the order of `needs` (Tarjan's components)."""
    rank = {name: position for position, name in enumerate(needs)}
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    held: dict[str, None] = {}
    for start in needs:
        path: list[tuple[str, Iterator[str]]] = [(start, iter(needs[start]))] if start not in order else []
        while path:
            name, pending = path[-1]
            if name not in order:
                order[name] = low[name] = len(order)
                held[name] = None
            follow = next(pending, None)
            if follow is not None:
                if follow not in order:
                    path.append((follow, iter(needs[follow])))
                elif follow in held:
                    low[name] = min(low[name], order[follow])
                continue
            path.pop()
            if path:
                low[path[-1][0]] = min(low[path[-1][0]], low[name])
            if low[name] == order[name]:
                group = _released(held, name)
                if len(group) > 1 or name in needs[name]:
                    yield sorted(group, key=rank.__getitem__)


def _released(held: dict[str, None], name: str) -> list[str]:
    group: list[str] = []
    while not group or group[-1] != name:
        group.append(held.popitem()[0])
    return group


def _named(circle: list[str]) -> str:
    shown = ", ".join(circle[:MAX_NAMED])
    return f"{shown} and {len(circle) - MAX_NAMED} more" if len(circle) > MAX_NAMED else shown


def _needed(resource: Resource) -> Iterator[str]:
    depends = resource.extras.entries.get("DependsOn") if resource.extras is not None else None
    pending: list[Value] = [resource.attributes] if depends is None else [resource.attributes, depends]
    while pending:
        value = pending.pop()
        if isinstance(value, Choice):
            continue
        for reference in value.references:
            yield reference.address
        if inside_of(value).referring:
            inner = children(value)
            pending += [each for each in inner if each.references or (each.inside or inside_of(each)).referring]


def _conditions(node: DataNode) -> Iterator[str]:
    """The conditions that a condition's definition names."""
    pending = [node]
    while pending:
        node = pending.pop()
        if isinstance(node, ListNode):
            pending.extend(node.items)
        elif isinstance(node, MapNode):
            named = node.get("Condition")
            if isinstance(named, ScalarNode):
                yield named.text
            pending.extend(child for _, child in node.entries.values())
        elif node.tag == "!Condition":
            yield node.text
