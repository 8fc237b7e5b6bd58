"""Transforms: what the files that they name add to a template, and what only a deployment knows of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from iacreview.evaluate.cloudformation.collected import Collected
from iacreview.evaluate.cloudformation.scope import TemplateScope
from iacreview.model.graph import Open
from iacreview.parse.cloudformation.recognition import spelled_out
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode

_TRANSFORM, _SHORT = "Fn::Transform", "!Transform"
MACRO = "AWS::CloudFormation::Macro"
# The name of a transform, and how it is written.
Macro: TypeAlias = "tuple[ScalarNode, DataNode]"


def macros_of(root: MapNode) -> Iterator[Macro]:
    """The template's transforms."""
    node = root.get("Transform")
    for item in node.items if isinstance(node, ListNode) else [node]:
        name = item.get("Name") if isinstance(item, MapNode) else item
        if isinstance(name, ScalarNode) and item is not None:
            yield name, item


def add_included(scope: TemplateScope, macros: Sequence[Macro], collected: Collected) -> dict[str, TemplateScope]:
    """Adds the resources of files that AWS::Include names, at the top or under Resources; names other macros.

    What is added has scopes of its own, which are returned by logical ids.
    """
    elsewhere: dict[str, TemplateScope] = {}
    own = scope.resources
    scope.resources = MapNode(dict(own.entries), None, own.start, own.end)
    key, transform = scope.resources.entries.pop(_TRANSFORM, (None, None))
    if key is not None and transform is not None and not _add_resources(scope, scope.opened(transform), elsewhere):
        reason = "what a macro adds to the resources is known at deployment"
        collected.leave_open(Open(key.text, MACRO, reason, scope.span(key)))
    for macro, node in macros:
        if isinstance(node, MapNode) and _add_template(scope, scope.opened(node), elsewhere):
            continue
        if isinstance(node, MapNode) or not macro.text.startswith("AWS::"):
            reason = f"what the macro {macro.text} changes is known at deployment"
            collected.leave_open(Open(macro.text, MACRO, reason, scope.span(macro)))
    return elsewhere


def _add_template(
    scope: TemplateScope, opened: tuple[TemplateScope, DataNode] | None, elsewhere: dict[str, TemplateScope]
) -> bool:
    """Adds what a file says beside the template; False where that is more than resources."""
    if opened is None or not isinstance(opened[1], MapNode) or set(opened[1].entries) != {"Resources"}:
        return False
    return _add_resources(scope, (opened[0], opened[1].entries["Resources"][1]), elsewhere)


def _add_resources(
    scope: TemplateScope, opened: tuple[TemplateScope, DataNode] | None, elsewhere: dict[str, TemplateScope]
) -> bool:
    if opened is None or not isinstance(opened[1], MapNode):
        return False
    for name, entry in opened[1].entries.items():
        if name not in scope.resources.entries:
            elsewhere[name] = opened[0]
            scope.resources.entries[name] = entry
    return True


def calls_of(scope: TemplateScope) -> Iterator[tuple[str, DataNode, MapNode]]:
    """The macros that a template calls, but for files that are read: where in it, the place, and what each is given."""
    named = ((f"Transform.{name.text}", name, node) for name, node in macros_of(scope.root))
    inside = _calls(scope.root) if _may_call(scope.source.text) else ()
    for address, key, node in (*named, *inside):
        if isinstance(node, MapNode) and scope.opened(node) is None:
            yield address, key, node


def _may_call(text: str) -> bool:
    """Whether a text may have the call of a macro inside, told without looking through its tree."""
    text = spelled_out(text)
    return _TRANSFORM in text or _SHORT in text


def _calls(root: MapNode) -> Iterator[tuple[str, DataNode, DataNode]]:
    """Each call of a macro inside of a template: the keys that lead to it, where it is, and what it is given."""
    seen: set[int] = set()
    left: list[tuple[tuple[str, ...], DataNode]] = [((), root)]
    while left:
        path, node = left.pop()
        # What aliases stand for is one node, which may be in thousands of places.
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.tag == _SHORT and isinstance(node, MapNode):
            yield ".".join((*path, _TRANSFORM)), node, node
        inner = node.items if isinstance(node, ListNode) else ()
        left += (((*path, str(at)), item) for at, item in enumerate(inner))
        for name, (key, child) in node.entries.items() if isinstance(node, MapNode) else ():
            if name == _TRANSFORM:
                yield ".".join((*path, name)), key, child
            left.append(((*path, name), child))


def leave_open(scope: TemplateScope, address: str, type: str, collected: Collected) -> None:
    """Says of a resource that macros which only a deployment knows add to it, or put other values in."""
    for span in scope.macros:
        collected.leave_open(Open(address, type, f"what a macro makes of {address} is known at deployment", span))
    scope.macros.clear()
