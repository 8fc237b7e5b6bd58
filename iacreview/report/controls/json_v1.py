"""Controls as JSON, version 1."""

from __future__ import annotations

from typing import Any

from iacreview.model.control import Assessment, ControlReport, Evidence
from iacreview.report.controls.words import counts
from iacreview.report.json_v1 import SCHEMA_VERSION, location_data, protection_data, resource_data
from iacreview.report.jsontext import document


def render(report: ControlReport, version: str) -> str:
    """One JSON object, with all evidence."""
    data = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "iacreview", "version": version},
        "framework": {"name": report.name, "title": report.title, "source": report.source, "note": report.note},
        "base": report.base or None,
        "controls": [_control(each) for each in report.assessments],
        "errors": [{"path": path, "message": why} for path, why in report.unread],
        "summary": {
            "units": report.units,
            "resources": report.resources,
            "controls": len(report.assessments),
            "reached": sum(1 for each in report.assessments if each.reached),
            "by_state": counts(report),
        },
    }
    return document(data, depth=2)


def _control(each: Assessment) -> dict[str, Any]:
    return {
        "control": each.control,
        "title": each.title,
        "state": each.state,
        "rules": list(each.rules),
        "protections": list(each.protections),
        "why": each.why or None,
        "shown": list(map(_evidence, each.shown)),
        "contradicted": list(map(_evidence, each.contradicted)),
        "undecided": list(map(_evidence, each.undecided)),
        "lost": list(map(protection_data, each.lost)),
    }


def _evidence(each: Evidence) -> dict[str, Any]:
    return {
        "by": each.by,
        "resource": resource_data(each.resource),
        "said": each.said,
        "location": location_data(each.span),
    }
