"""JSON as text: one entry of a list on a line, so that it reads well, compares well and is quick to write."""

from __future__ import annotations

import json
from typing import Any

from iacreview.report.escape import json_escaped

_encode = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": ")).encode


def document(value: Any, depth: int) -> str:
    """A JSON text with a newline at its end; containers down to `depth` levels are broken into lines."""
    return json_escaped(_broken(value, depth, "\n")) + "\n"


def _broken(value: Any, depth: int, newline: str) -> str:
    if not depth or not value or not isinstance(value, (dict, list)):
        return _encode(value)
    inner = newline + "  "
    if isinstance(value, dict):
        entries = [f"{_encode(key)}: {_broken(item, depth - 1, inner)}" for key, item in value.items()]
        return "{" + inner + ("," + inner).join(entries) + newline + "}"
    return "[" + inner + ("," + inner).join(_broken(item, depth - 1, inner) for item in value) + newline + "]"
