"""Graphs as JSON, Graphviz DOT and Mermaid."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from iacreview.model.graph import Graph, Resource, edges
from iacreview.model.source import Span

_HIDDEN = ("parameter",)


def _shown(graph: Graph) -> list[Resource]:
    return [each for each in graph.resources.values() if each.mode not in _HIDDEN]


def _location(span: Span) -> dict[str, Any]:
    first, last = span.first, span.last
    return {
        "path": span.path,
        "start": {"line": first.line, "column": first.column},
        "end": {"line": last.line, "column": last.column},
    }


def graph_json(graphs: Sequence[Graph]) -> str:
    """{"units": [{"path", "dialect", "resources": [...], "edges": [...]}]}"""
    units = [
        {
            "path": graph.unit.path,
            "dialect": graph.unit.dialect,
            "resources": [
                {
                    "address": each.address,
                    "type": each.type,
                    "kind": each.kind,
                    "mode": each.mode,
                    "condition": each.condition,
                    "location": _location(each.block),
                }
                for each in _shown(graph)
            ],
            "edges": [each._asdict() for each in edges(graph)],
        }
        for graph in graphs
    ]
    return json.dumps({"schema_version": 1, "units": units}, ensure_ascii=True, indent=2) + "\n"


def graph_dot(graphs: Sequence[Graph]) -> str:
    """One cluster a unit, an edge labelled with the attribute that makes it."""
    lines = ["digraph iacreview {", "  rankdir=LR;", "  node [shape=box];"]
    for index, graph in enumerate(graphs):
        lines.append(f"  subgraph cluster_{index} {{")
        lines.append(f"    label={_dot(graph.unit.path or '.')};")
        lines.extend(
            f"    {_dot(f'{index}:{each.address}')} [label={_dot(f'{each.address}|{each.type}')}];"
            for each in _shown(graph)
        )
        lines.extend(
            f"    {_dot(f'{index}:{each.source}')} -> {_dot(f'{index}:{each.target}')} [label={_dot(each.path)}];"
            for each in edges(graph)
        )
        lines.append("  }")
    return "\n".join([*lines, "}"]) + "\n"


def _dot(text: str) -> str:
    safe = text.replace("\\", "\\\\").replace('"', '\\"').replace("|", "\\n")
    return '"' + "".join(char if char >= " " else "?" for char in safe) + '"'


def graph_mermaid(graphs: Sequence[Graph]) -> str:
    """A flowchart, one subgraph a unit."""
    lines = ["flowchart LR"]
    for index, graph in enumerate(graphs):
        names = {each.address: f"u{index}n{number}" for number, each in enumerate(_shown(graph))}
        lines.append(f"  subgraph u{index}[{_mermaid(graph.unit.path or '.')}]")
        lines.extend(f"    {node}[{_mermaid(address)}]" for address, node in names.items())
        lines.extend(
            f"    {names[each.source]} -->|{_mermaid(each.path)}| {names[each.target]}"
            for each in edges(graph)
            if each.source in names and each.target in names
        )
        lines.append("  end")
    return "\n".join(lines) + "\n"


def _mermaid(text: str) -> str:
    safe = "".join(char if char.isalnum() or char in " ._-/:" else f"#{ord(char)};" for char in text)
    return f'"{safe}"'


GRAPH_FORMATS: dict[str, Callable[[Sequence[Graph]], str]] = {
    "json": graph_json,
    "dot": graph_dot,
    "mermaid": graph_mermaid,
}
