"""What a run is asked to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from typing import TYPE_CHECKING

from iacreview.catalog.catalog import Catalog
from iacreview.engine.rule import Rule
from iacreview.languages.language import Given
from iacreview.model.finding import Report, Severity
from iacreview.model.operations import Operations
from iacreview.model.record import NamedTuple
from iacreview.model.source import Source

if TYPE_CHECKING:
    from iacreview.protection.definition import Definitions
    from iacreview.suppress.policy import SuppressionPolicy

# Adds to a report what other tools say of the sources (by path, with the units that each belongs to).
Companions = Callable[[Report, Mapping[str, Source], Mapping[str, Sequence[str]]], Report]
# Is told how many of how many units are done.
Progress = Callable[[int, int], None]


class Options(NamedTuple):
    """What a run is asked to do. `rules` are those to report; `masking` those that only tell where secrets are.

    `protections` are what a comparison of two sides looks for. With `fixing`, findings carry the edits that remedy
    them. `naming` are addresses in a baseline: the names of resources there, and of those with findings, are told
    (None: of none).
    """

    rules: Sequence[Rule]
    catalog: Catalog
    masking: Sequence[Rule] = ()
    profile: str = "default"
    severities: Mapping[str, Severity] = {}
    excluded: Sequence[str] = ()
    variants: Sequence[str] = ()
    inputs: Given = Given()
    suppression: SuppressionPolicy | None = None
    companions: Companions | None = None
    progress: Progress | None = None
    protections: Definitions | None = None
    operations: Operations = Operations()
    fixing: bool = False
    naming: Set[str] | None = None
