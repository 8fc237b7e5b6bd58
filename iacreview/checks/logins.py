"""Ports through which people log in to hosts, whoever may reach them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacreview.catalog.view import View
from iacreview.grants.ports import PORTS, ports_of
from iacreview.model.finding import Extent, Related
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.words import say

# A rule for more ports is not meant for one of them.
_MOST = 1000


def direct_login(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A rule of a security group for a port of administration, from any source: private networks and groups as well.

    A rule for very many ports is not meant for one of these, and left to the rules about what is open.
    """
    for case in view.cases(PORTS):
        yield from _direct_login(case)


def _direct_login(view: View) -> Iterator[Outcome]:
    ports = ports_of(view)
    if ports.range is None:
        yield Doubt("from_port", view.span, ports.words)
        return
    asked = view.world.operations
    found = [port for port in asked.administration_ports if ports.range.opens(port)]
    if not found or ports.range.last - ports.range.first > _MOST:
        return
    occurrence = next(iter(view.occurrences("from_port")))
    related = [
        Related(each.asker.words, each.asker.span) for each in asked.ports if each.port in found and each.asker.span
    ]
    span = occurrence.span if occurrence.value is not None else view.span
    values = (Extent("ports", f"{ports.range.protocol} {ports.range.first}-{ports.range.last}"),)
    yield Violation(
        "from_port", span, say("it is for {}", ports.words), when=view.when, related=tuple(related), values=values
    )
