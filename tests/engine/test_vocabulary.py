"""Families, severities, profiles and formats stand in one place each; the schema of rules has the same."""

from __future__ import annotations

import json
from pathlib import Path

import iacreview
from iacreview.engine.load import load_rules
from iacreview.model.finding import FAMILIES, PROFILES, SEVERITIES

SCHEMA = Path(iacreview.__file__).parent / "schemas" / "rule.schema.json"


def test_the_schema_of_rules() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert schema["properties"]["family"]["description"].startswith(", ".join(FAMILIES))
    assert {rule.family for rule in load_rules()} <= set(FAMILIES)
    assert tuple(schema["$defs"]["severity"]["enum"]) == SEVERITIES
    assert tuple(schema["$defs"]["profile"]["enum"]) == PROFILES
