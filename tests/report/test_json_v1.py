from __future__ import annotations

import json
from typing import Any

from iacreview.model.finding import Report
from iacreview.report import Context, render

KEYS = [
    "schema_version",
    "tool",
    "findings",
    "undecided",
    "suppressed",
    "skipped",
    "errors",
    "suppressions",
    "stale",
    "summary",
]
FINDING_KEYS = [
    "rule",
    "name",
    "family",
    "severity",
    "message",
    "resource",
    "location",
    "related",
    "fingerprint",
    "aliases",
    "status",
    "remediation",
]


def data(report: Report, context: Context) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(render("json", report, context))
    return loaded


def test_keys_are_those_of_the_contract(report: Report, context: Context) -> None:
    found = data(report, context)
    assert list(found) == KEYS
    assert all(list(each) == FINDING_KEYS for each in found["findings"])
    assert all(list(each) == [*FINDING_KEYS, "reason"] for each in found["suppressed"])
    assert found["tool"] == {"name": "iacreview", "version": "1.2.3"}


def test_a_finding(report: Report, context: Context) -> None:
    found = data(report, context)["findings"][1]
    assert found["resource"] == {"address": "aws_db_instance.main", "type": "aws_db_instance", "kind": "rds.instance"}
    assert found["location"] == {
        "path": "main.tf",
        "start": {"line": 2, "column": 23},
        "end": {"line": 2, "column": 28},
    }
    assert found["related"][0]["message"] == "default of var.encrypted"


def test_what_is_hostile_comes_back_as_it_was(report: Report, context: Context) -> None:
    found = data(report, context)["findings"]
    assert found[0]["location"]["path"] == "bad\udcff.yaml"
    assert found[0]["resource"] == {"address": "bad\udcff.yaml", "type": "file", "kind": ""}
    assert found[-1]["location"]["path"] == "mod\x1b[31mules/a b%#?:é/\u202egpj.tf"
    assert found[-1]["message"] == "Anyone may connect\x1b[2J."


def test_summary_counts_everything(report: Report, context: Context) -> None:
    assert data(report, context)["summary"] == {
        "files": 3,
        "units": 2,
        "resources": 1,
        "findings": 5,
        "by_severity": {"critical": 1, "high": 2, "medium": 1, "low": 1, "info": 0},
        "by_family": {"iam": 1, "network": 1, "logging": 0, "encryption": 1, "secrets": 1, "operations": 1},
        "suppressed": 1,
        "undecided": 1,
        "skipped": 12,
        "errors": 2,
    }


def test_an_empty_report_has_all_keys(context: Context) -> None:
    found = data(Report(()), context)
    assert list(found) == KEYS
    assert found["findings"] == []
