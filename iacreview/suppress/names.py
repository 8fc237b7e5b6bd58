"""The names under which other tools' users know a check, brought to the form that aliases have."""

from __future__ import annotations

import os
import re
from functools import cache

_AVD = re.compile(r"(?:AVD-)?(AWS-\d{4})", re.IGNORECASE)
_NAMES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "trivy_names.txt")


def alias_of(tool: str, word: str) -> str:
    """A check's id as aliases have it, in lower case: `AVD-AWS-0089`, `aws-s3-enable-bucket-logging`: `aws-0089`."""
    if tool not in ("tfsec", "trivy"):
        return word.lower()
    found = _AVD.fullmatch(word)
    return found[1].lower() if found else _names().get(word.lower(), word.lower())


@cache
def _names() -> dict[str, str]:
    with open(_NAMES, encoding="utf-8") as stream:
        pairs = (line.split() for line in stream if not line.startswith("#"))
        return {pair[0].lower(): pair[1].lower() for pair in pairs if len(pair) == 2}
