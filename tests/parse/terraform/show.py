"""Expressions written out with their structure visible, and a walk over all nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iacreview.parse.terraform.nodes import (
    Attribute,
    Binary,
    Block,
    Body,
    Call,
    Conditional,
    For,
    GetAttr,
    Index,
    Label,
    Literal,
    Name,
    Node,
    Object,
    Parens,
    Splat,
    SplatItem,
    Template,
    TemplateFor,
    TemplateIf,
    TemplateText,
    Tuple,
    Unary,
)


def show(node: Any) -> str:
    """One text per structure: operators in parentheses, Parens in <>, the item of a splat as @."""
    match node:
        case Literal():
            return repr(node.value)
        case Name():
            return node.name
        case GetAttr():
            return f"{show(node.object)}.{node.name}"
        case Index():
            return f"{show(node.object)}[{show(node.key)}]"
        case SplatItem():
            return "@"
        case Splat():
            return f"{show(node.object)}{'[*]' if node.full else '.*'}({show(node.each)})"
        case Call():
            return f"{node.name}({', '.join(map(show, node.args))}{'...' if node.expand else ''})"
        case Unary():
            return f"({node.operator} {show(node.operand)})"
        case Binary():
            return f"({show(node.left)} {node.operator} {show(node.right)})"
        case Conditional():
            return f"({show(node.condition)} ? {show(node.then)} : {show(node.otherwise)})"
        case Parens():
            return f"<{show(node.inner)}>"
        case Tuple():
            return f"[{', '.join(map(show, node.items))}]"
        case Object():
            return f"{{{', '.join(f'{show(key)}: {show(value)}' for key, value in node.items)}}}"
        case _:
            return _show_template(node)


def _show_template(node: Any) -> str:
    match node:
        case TemplateText():
            return repr(node.value)
        case Template():
            mark = "" if not node.parts or isinstance(node.parts[0], TemplateText) or len(node.parts) > 1 else "~"
            return mark + _show_parts(node.parts) if node.parts else "''"
        case TemplateIf():
            return f"if({show(node.condition)}; {_show_parts(node.then)}; {_show_parts(node.otherwise)})"
        case TemplateFor():
            variables = f"{node.key}, {node.value}" if node.key else node.value
            mark = "~" if len(node.body) == 1 else ""
            return f"for({variables} in {show(node.collection)}; {mark}{_show_parts(node.body)})"
        case For():
            variables = f"{node.key}, {node.value}" if node.key else node.value
            result = f"{show(node.result_key)} => {show(node.result)}" if node.result_key else show(node.result)
            condition = f" if {show(node.condition)}" if node.condition else ""
            grouping = "..." if node.grouping else ""
            text = f"for {variables} in {show(node.collection)} : {result}{grouping}{condition}"
            return f"{{{text}}}" if node.result_key else f"[{text}]"
    raise AssertionError(node)


def _show_parts(parts: list[Any]) -> str:
    return " ".join(map(show, parts))


def children(node: Node) -> Iterator[Node]:
    """The nodes directly inside a node, whatever its slots are."""
    for slot in type(node).__slots__:
        yield from _nodes_in(getattr(node, slot))


def _nodes_in(value: Any) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _nodes_in(item)
    elif isinstance(value, dict):
        yield from value.values()


def nodes_of(root: Node) -> Iterator[tuple[Node, Node]]:
    """All (parent, node) below a root, without recursion."""
    stack = [root]
    while stack:
        parent = stack.pop()
        for node in children(parent):
            yield parent, node
            stack.append(node)


__all__ = ["Attribute", "Block", "Body", "Label", "children", "nodes_of", "show"]
