"""The protections as they ship: compiled, so that starting costs nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable

from iacreview.engine.load import COMPILED
from iacreview.engine.rule import Rule
from iacreview.protection.definition import Definitions, ProtectionKind, definitions, kind_from


def protection_kinds() -> list[ProtectionKind]:
    """The protections that ship with the package."""
    with open(os.path.join(COMPILED, "protections.json"), encoding="utf-8") as stream:
        return [kind_from(name, spec) for name, spec in json.load(stream).items()]


def load_protections(rules: Iterable[Rule]) -> Definitions:
    """The protections that ship with the package, with the rules that they name."""
    return definitions(protection_kinds(), rules)
