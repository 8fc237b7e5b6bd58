"""`iacreview graph`: the resources of every unit and the references between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from iacreview.commands.project import open_project
from iacreview.pipeline import graphs, veil_over
from iacreview.report.graphs import GRAPH_FORMATS
from iacreview.semantics.credentials import MASK, mask
from iacreview.semantics.secret_names import names_secret
from iacreview.veil import is_opaque

_WORD = re.compile(r"[A-Za-z0-9]+")


def graph(paths: Sequence[str], format: str, deployed: bool) -> str:
    """The graphs of all units under the paths, in one of GRAPH_FORMATS. For `deployed` see pipeline.graphs."""
    project = open_project(paths)
    found = graphs(project.tree, project.paths, project.catalog, deployed)
    masking = [rule for rule in project.rules if rule.family == "secrets"]
    veil = veil_over(found, project.catalog, masking)
    return GRAPH_FORMATS[format](found, veil, concealing(veil))


def concealing(veil: Callable[[str], str]) -> Callable[[str, str], str]:
    """How values are shown: without what a rule finds, what looks like a secret, and what is called one."""

    def conceal(name: str, text: str) -> str:
        # A secret that is no more than a word is known by its quotes.
        quoted = f'"{text}"'
        shown = veil(mask(quoted))[1:-1] if veil(quoted).startswith('"') else MASK
        if not name:
            return _WORD.sub(lambda found: MASK if is_opaque(found[0]) else found[0], shown)
        return MASK if names_secret(name) and text else shown

    return conceal
