"""Names of security policies, as the services of AWS have them: the oldest version of TLS that each accepts.

The table is data/tls_policies.txt, with its sources and its date; names that are newer say it themselves.
"""

from __future__ import annotations

import re
from functools import cache

from iacreview.semantics.parts import lines_of

_LONGEST = 100


def oldest_version(policy: str) -> tuple[int, int] | None:
    """The oldest version of TLS that a policy accepts, as (1, 2) for TLS 1.2; None where its name does not tell."""
    found = _table().get(policy)
    if found is not None or len(policy) > _LONGEST:
        return found
    match = _versions().search(policy)
    return (1, int(match[1])) if match else None


@cache
def _table() -> dict[str, tuple[int, int]]:
    rows = (line.split(" | ") for line in lines_of("tls_policies.txt"))
    return {name: (int(version[0]), int(version[2])) for name, version in rows}


@cache
def _versions() -> re.Pattern[str]:
    """`TLS13-1-2-Res-2021-06`, `TLS-1-2-2017-01`, `FS-1-2-2019-08`, `TLSv1.2_2021`, `Min-TLS-1-2-2019-07`."""
    return re.compile(r"(?<![A-Za-z0-9])(?:TLS(?:1[0-9])?|FS)[-_]?[vV]?1[-_.]([0-9])(?![0-9])")
