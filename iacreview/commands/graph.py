"""`iacreview graph`: the resources of every unit and the references between them."""

from __future__ import annotations

from collections.abc import Sequence

from iacreview.commands.project import open_project
from iacreview.pipeline import graphs, veil_over
from iacreview.report.graphs import GRAPH_FORMATS


def graph(paths: Sequence[str], format: str, deployed: bool) -> str:
    """The graphs of all units under the paths, in one of GRAPH_FORMATS. For `deployed` see pipeline.graphs."""
    project = open_project(paths)
    found = graphs(project.tree, project.paths, project.catalog, deployed)
    masking = [rule for rule in project.rules if rule.family == "secrets"]
    return GRAPH_FORMATS[format](found, veil_over(found, project.catalog, masking))
