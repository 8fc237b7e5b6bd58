"""The protections as they ship: compiled, so that starting costs nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable

from iacreview.engine.load import COMPILED
from iacreview.engine.rule import Rule
from iacreview.protection.definition import Definitions, definitions, kind_from


def load_protections(rules: Iterable[Rule]) -> Definitions:
    """The protections that ship with the package, with the rules that they name."""
    with open(os.path.join(COMPILED, "protections.json"), encoding="utf-8") as stream:
        specs = json.load(stream)
    return definitions((kind_from(name, spec) for name, spec in specs.items()), rules)
