"""Graphs as JSON, Graphviz DOT and Mermaid."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from iacreview.model.graph import Edge, Graph, Resource, edges
from iacreview.model.guard import spoken
from iacreview.model.source import Span
from iacreview.report.escape import clean
from iacreview.report.json_v1 import location_data
from iacreview.report.values import Conceal, value_data

_HIDDEN = ("parameter", "output")

# A text of the reviewed files as it may be shown.
Show = Callable[[str], str]


def _as_it_is(text: str) -> str:
    return text


def _under_any_name(name: str, text: str) -> str:
    return text


def _shown(graph: Graph) -> list[Resource]:
    return [each for each in graph.resources.values() if each.mode not in _HIDDEN]


def _edges(graph: Graph) -> list[Edge]:
    """The edges between what is shown."""
    shown = {each.address for each in _shown(graph)}
    return [each for each in edges(graph) if each.source in shown and each.target in shown]


def module_of(address: str) -> str:
    """The module instance that a resource's address lies in: `module.a["x"].module.b`; empty for the root module."""
    end = at = 0
    while address.startswith("module.", at):
        depth = 0
        at += len("module.")
        while at < len(address) and (depth or address[at] != "."):
            depth += {"[": 1, "]": -1}.get(address[at], 0)
            at += 1
        end, at = at, at + 1
    return address[:end]


def _instances(graph: Graph) -> dict[str, Span]:
    """Every module instance that has anything in it, outermost first, with the call that makes it."""
    found: dict[str, Span] = {}
    for each in graph.resources.values():
        module, calls = module_of(each.address), list(each.calls)
        while module and calls:
            found.setdefault(module, calls.pop(0))
            module = _caller(module)
    return dict(sorted(found.items()))


def _caller(module: str) -> str:
    """The module instance that a module instance is called in."""
    parent = module_of(module)
    while parent == module:
        cut = module.rfind(".module.")
        while cut > 0 and module_of(module[:cut]) != module[:cut]:
            cut = module.rfind(".module.", 0, cut)
        parent = module[:cut] if cut > 0 else ""
    return parent


def _grouped(graph: Graph) -> list[tuple[str, list[Resource]]]:
    """The resources by module instance, those of the root module first."""
    found: dict[str, list[Resource]] = {"": [], **{module: [] for module in _instances(graph)}}
    for each in _shown(graph):
        found.setdefault(module_of(each.address), []).append(each)
    return list(found.items())


def graph_json(graphs: Sequence[Graph], show: Show = _as_it_is, conceal: Conceal = _under_any_name) -> str:
    """{"units": [{"path", "dialect", "resources": [...], "modules": [...], "edges": [...]}]}

    A resource's `attributes` are its values as they were evaluated, each with its place and the way that it came.
    """
    units = [
        {
            "path": graph.unit.path,
            "dialect": graph.unit.dialect,
            "resources": [
                {
                    "address": show(each.address),
                    "type": show(each.type),
                    "kind": each.kind,
                    "mode": each.mode,
                    "module": show(module_of(each.address)),
                    "condition": show(spoken(each.conditions)) or None,
                    "location": location_data(each.block),
                    "attributes": value_data(each.attributes, "", conceal).get("entries", {}),
                }
                for each in _shown(graph)
            ],
            "modules": [
                {"address": show(address), "location": location_data(call)}
                for address, call in _instances(graph).items()
            ],
            "edges": [{key: show(text) for key, text in each._asdict().items()} for each in _edges(graph)],
        }
        for graph in graphs
    ]
    return json.dumps({"schema_version": 1, "units": units}, ensure_ascii=True, indent=2) + "\n"


def graph_dot(graphs: Sequence[Graph], show: Show = _as_it_is, conceal: Conceal = _under_any_name) -> str:
    """One cluster a unit, an edge labelled with the attribute that makes it."""
    lines = ["digraph iacreview {", "  rankdir=LR;", "  node [shape=box];"]
    for index, graph in enumerate(graphs):
        lines.append(f"  subgraph cluster_{index} {{")
        lines.append(f"    label={_dot(graph.unit.path or '.')};")
        for number, (module, resources) in enumerate(_grouped(graph)):
            if module:
                lines += [f"    subgraph cluster_{index}_{number} {{", f"    label={_dot(show(module))};"]
            lines.extend(
                f"    {_dot(show(f'{index}:{each.address}'))} [label={_dot(show(f'{each.address}|{each.type}'))}];"
                for each in resources
            )
            lines += ["    }"] if module else []
        for each in _edges(graph):
            source, target = (_dot(show(f"{index}:{address}")) for address in (each.source, each.target))
            lines.append(f"    {source} -> {target} [label={_dot(show(each.path))}];")
        lines.append("  }")
    return "\n".join([*lines, "}"]) + "\n"


def _dot(text: str) -> str:
    """A quoted string; control, bidirectional and other invisible characters are shown as their numbers."""
    safe = clean(text).replace("\\", "\\\\").replace('"', '\\"').replace("|", "\\n")
    return f'"{safe}"'


def graph_mermaid(graphs: Sequence[Graph], show: Show = _as_it_is, conceal: Conceal = _under_any_name) -> str:
    """A flowchart, one subgraph a unit."""
    lines = ["flowchart LR"]
    for index, graph in enumerate(graphs):
        names = {each.address: f"u{index}n{number}" for number, each in enumerate(_shown(graph))}
        lines.append(f"  subgraph u{index}[{_mermaid(graph.unit.path or '.')}]")
        for number, (module, resources) in enumerate(_grouped(graph)):
            if module:
                lines.append(f"    subgraph u{index}m{number}[{_mermaid(show(module))}]")
            lines.extend(f"    {names[each.address]}[{_mermaid(show(each.address))}]" for each in resources)
            lines += ["    end"] if module else []
        lines.extend(
            f"    {names[each.source]} -->|{_mermaid(show(each.path))}| {names[each.target]}" for each in _edges(graph)
        )
        lines.append("  end")
    return "\n".join(lines) + "\n"


def _mermaid(text: str) -> str:
    safe = "".join(char if char.isalnum() or char in " ._-/:" else f"#{ord(char)};" for char in text)
    return f'"{safe}"'


GRAPH_FORMATS: dict[str, Callable[[Sequence[Graph], Show, Conceal], str]] = {
    "json": graph_json,
    "dot": graph_dot,
    "mermaid": graph_mermaid,
}
