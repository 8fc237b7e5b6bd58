"""Other tools run side by side with ours on the same files, their results in the same report.

They run as programs, on copies of the reviewed files alone, in an empty folder and without the user's environment:
settings and plug-ins that a change brings along are not there for them to load.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from iacreview.model.finding import Report
from iacreview.model.source import Source

Join = Callable[[Report, Mapping[str, Source], Mapping[str, Sequence[str]]], Report]


def companions(names: Sequence[str], aliases: Mapping[str, tuple[str, str]]) -> Join | None:
    """A function that adds the results of some COMPANIONS to a report; None where none are named.

    `aliases` tells the family and the severity that our rules give to a check of another tool. Raises UsageError for
    a tool that is not installed.
    """
    if not names:
        return None
    from iacreview.companions.process import installed, run_all

    programs = {name: installed(name) for name in dict.fromkeys(names)}

    def join(report: Report, sources: Mapping[str, Source], units: Mapping[str, Sequence[str]]) -> Report:
        from iacreview.companions.merge import merged

        return merged(report, run_all(programs, sources), units, aliases)

    return join
