"""cfn-lint. Source: its documentation, "Usage" and "Configuration"."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from iacreview.companions.process import Result, offset
from iacreview.model.source import Source, Span

FILES = (".yaml", ".yml", ".json", ".template")
_SEVERITIES = {"Error": "high", "Warning": "medium", "Informational": "info"}
# What it cannot read, we report ourselves.
_UNREADABLE = ("E0000", "E0001", "E0002")
# Its checks of the grammar, names and ARNs of policies, each of which says many things of one policy.
_OF_POLICIES = dict.fromkeys(("E3510", "E3512", "E3513", "E3514", "E3530", "I3510", "W3037"), "IAM015")


def command(program: str, root: str, paths: Sequence[str]) -> list[str]:
    """How it is started; it exits with a mask of levels, which says no more than its output."""
    return [program, "--format", "json", "--non-zero-exit-code", "none", "--", *(os.path.join(root, p) for p in paths)]


def results(output: str, sources: Mapping[str, Source], root: str) -> list[Result]:
    """What it says. Raises ValueError, KeyError, TypeError or AttributeError for what is not its output."""
    found = []
    for match in json.loads(output or "[]"):
        path = os.path.relpath(match["Filename"], root).replace(os.sep, "/")
        if path in sources and match["Rule"]["Id"] not in _UNREADABLE:
            found.append(_result(match, sources[path]))
    return found


def _result(match: Mapping[str, Any], source: Source) -> Result:
    first, last = match["Location"]["Start"], match["Location"]["End"]
    start = offset(source, first["LineNumber"], first["ColumnNumber"])
    end = offset(source, last["LineNumber"], last["ColumnNumber"])
    names = [str(part) for part in match["Location"].get("Path") or () if not isinstance(part, int)]
    return Result(
        check=match["Rule"]["Id"],
        title=match["Rule"]["ShortDescription"],
        message=" ".join(match["Message"].split()),
        severity=_SEVERITIES.get(match["Level"], "medium"),
        span=Span(source, start, max(start, end)),
        address=names[1] if names[:1] == ["Resources"] and len(names) > 1 else "",
        key=".".join(names[2:]),
        page=match["Rule"].get("Source") or "",
        rule=_OF_POLICIES.get(match["Rule"]["Id"], ""),
    )
