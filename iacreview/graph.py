"""A unit's resources as a graph, each with its canonical kind."""

from __future__ import annotations

from iacreview.catalog.catalog import Catalog
from iacreview.model.graph import Graph, Resource, Unit


def build_graph(unit: Unit, catalog: Catalog) -> Graph:
    """The unit's resources by address, each with its kind where the catalog has its type."""
    resources: dict[str, Resource] = {}
    for resource in unit.resources:
        resource.kind = catalog.kind_of(f"data.{resource.type}" if resource.mode == "data" else resource.type)
        resources[resource.address] = resource
    for call in (*unit.unread, *unit.written):
        call.kind = catalog.kind_of(call.type)
    return Graph(unit, resources)
