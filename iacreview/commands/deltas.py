"""`iacreview access` and `iacreview reach`: who may do what, and what reaches what, in one revision."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from textwrap import wrap
from typing import Any

from iacreview.catalog.world import World
from iacreview.commands.project import open_project
from iacreview.model.delta import Access, Deltas, Opening
from iacreview.model.source import Span
from iacreview.model.value import HOLE
from iacreview.pipeline import graphs, veil_over
from iacreview.report.delta_blocks import text_blocks
from iacreview.report.deltas import as_data, standing_sections
from iacreview.review.deltas import standing, state_of
from iacreview.semantics.network import parse_cidr
from iacreview.semantics.pattern import intersects
from iacreview.veil import through

_UNKNOWN = re.compile(r"\$\{[^{}]*\}")
_WIDTH = 100
_MAX_GAINED = 100


def access(paths: Sequence[str], who: str, what: str, format: str) -> str:
    """Who is allowed what: by the principal `who`, or by the action, with or without a resource, in `what`."""
    action, resource = _asked(what)

    found, called = _standing(paths)

    def chosen(each: Access) -> bool:
        own = (each.principal, called.get(each.principal, ""))
        return (not who or _is(each, own, who)) and (not what or _allows(each, action, resource))

    kept = tuple(filter(chosen, found.access_added))
    return _shown(Deltas(access_added=kept), format, "access", "Nobody is allowed that, as far as these files tell.\n")


def reach(paths: Sequence[str], to: str, source: str, format: str) -> str:
    """What reaches the resource, or the network, `to`, or what the network `source` reaches."""

    def chosen(each: Opening) -> bool:
        if each.outbound:
            return not source and (not to or _is_about(each, to))
        return (not to or fnmatchcase(each.resource, to)) and (not source or _is_about(each, source))

    found, _ = _standing(paths)
    kept = tuple(filter(chosen, found.reach_added))
    return _shown(Deltas(reach_added=kept), format, "reach", "Nothing reaches that, as far as these files tell.\n")


def _standing(paths: Sequence[str]) -> tuple[Deltas, Mapping[str, str]]:
    """What there is, and the names that AWS knows the holders of access by, by their addresses."""
    project = open_project(paths)
    found = graphs(project.tree, project.paths, project.catalog)
    masking = [rule for rule in project.rules if rule.family == "secrets"]
    own = project.config.operations._replace(accounts=frozenset(project.config.accounts))
    states = {each.unit.path: state_of(World(each, project.catalog, own)) for each in found}
    deltas: Deltas = through(standing(states), veil_over(found, project.catalog, masking))
    return deltas, {each.name.address: each.called for state in states.values() for each in state.holders}


def _asked(what: str) -> tuple[str, str]:
    """An action and a resource, as they are written in one word."""
    service, _, rest = what.partition(":")
    name, _, resource = rest.partition(":")
    return f"{service}:{name}" if name else service, resource


def _is(each: Access, names: Sequence[str], who: str) -> bool:
    return who == each.note or each.note.endswith(f" {who}") or any(fnmatchcase(name, who) for name in names if name)


def _allows(each: Access, action: str, resource: str) -> bool:
    if not each.actions:
        return True
    names = each.gained if 0 < len(each.gained) < _MAX_GAINED else each.actions
    about = any(" " in name or intersects(action, name) for name in names)
    return about and (
        not resource or any(intersects(resource, _UNKNOWN.sub(HOLE, own), fold=False) for own in each.resources)
    )


def _is_about(each: Opening, source: str) -> bool:
    """Whether something comes from a network, or some of it, or goes there."""
    wanted = parse_cidr(source)
    blocks = [parse_cidr(text) for text in each.source.split(", ")]
    if wanted is None or all(block is None for block in blocks):
        return fnmatchcase(each.source, source)
    return any(block is not None and block.intersects(wanted) for block in blocks)


def _shown(deltas: Deltas, format: str, key: str, nothing: str) -> str:
    if format == "json":
        entries = as_data(deltas, _location)[key]["added"]
        return json.dumps({"schema_version": 1, key: entries}, indent=2) + "\n"
    blocks = list(text_blocks(standing_sections(deltas), _wrapped, str, most=None))
    return "\n\n".join(blocks) + "\n" if blocks else nothing


def _wrapped(text: str, lead: str, later: str) -> Iterator[str]:
    yield from wrap(text, _WIDTH, initial_indent=lead, subsequent_indent=later, break_long_words=False)


def _location(span: Span) -> dict[str, Any]:
    first, last = span.first, span.last
    return {
        "path": span.path,
        "start": {"line": first.line, "column": first.column},
        "end": {"line": last.line, "column": last.column},
    }
