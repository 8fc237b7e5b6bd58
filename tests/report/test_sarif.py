from __future__ import annotations

import importlib.metadata
import json
import re
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import jsonschema
import pytest

from iacreview.commands import finishing
from iacreview.model.finding import Related, Report
from iacreview.model.source import Source
from iacreview.report import Context, render
from iacreview.report.placing import placed
from tests.report.conftest import UNENCRYPTED, span

SCHEMA = json.loads((Path(__file__).parent.parent / "data" / "sarif-schema-2.1.0.json").read_text("utf-8"))
_URI_REFERENCE = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")


def log(report: Report, context: Context) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(render("sarif", report, context))
    return data


def uris(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [item for key, item in value.items() if key == "uri"] + [
            found for item in value.values() for found in uris(item)
        ]
    return [found for item in value for found in uris(item)] if isinstance(value, list) else []


@pytest.mark.parametrize("empty", [False, True])
def test_follows_the_published_schema(report: Report, context: Context, empty: bool) -> None:
    data = log(Report(()) if empty else report, context)
    jsonschema.Draft4Validator(SCHEMA).validate(data)


def test_the_schema_is_not_satisfied_by_anything(report: Report, context: Context) -> None:
    data = log(report, context)
    data["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert not jsonschema.Draft4Validator(SCHEMA).is_valid(data)


def test_uris_lead_back_to_the_paths(report: Report, context: Context) -> None:
    found = uris(log(report, context))
    assert all(_URI_REFERENCE.fullmatch(uri) and not urlsplit(uri).scheme and not urlsplit(uri).query for uri in found)
    paths = {unquote_to_bytes(uri).decode("utf-8", "surrogateescape") for uri in found}
    assert {finding.span.path for finding in report.findings} <= paths


def test_results_name_their_rule(report: Report, context: Context) -> None:
    run = log(report, context)["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [r["ruleId"] for r in run["results"]]
    described = {rule["id"]: rule for rule in rules}
    assert described["ENC001"]["name"] == "UnencryptedAtRest"
    assert described["ENC001"]["helpUri"] == "https://docs.aws.amazon.com/securityhub/"
    assert described["ENC001"]["properties"]["security-severity"] == "8.0"
    assert described["SEC001"]["defaultConfiguration"]["level"] == "error"
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in rules)


def test_one_result_in_full(report: Report, context: Context) -> None:
    run = log(report, context)["runs"][0]
    (result,) = (each for each in run["results"] if each["ruleId"] == "IAM001")
    assert result["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 6,
        "startColumn": 12,
        "endLine": 8,
        "endColumn": 5,
    }
    assert result["message"]["text"] == "The policy allows \\[all\\](https://evil.example) actions."
    assert result["partialFingerprints"] == {"iacreview/v1": "f3", "primaryLocationLineHash": "8bf6ba316d16b2a6:1"}
    assert result["baselineState"] == "new"
    assert run["columnKind"] == "unicodeCodePoints"


def test_nothing_vanishes(report: Report, context: Context) -> None:
    run = log(report, context)["runs"][0]
    suppressed = [each for each in run["results"] if "suppressions" in each]
    assert [each["suppressions"][0]["justification"] for each in suppressed] == ["accepted in JIRA-1 until 2027"]
    invocation = run["invocations"][0]
    levels = [each["level"] for each in invocation["toolExecutionNotifications"]]
    assert levels == ["error"] * 2 + ["note"] * 12
    assert invocation["executionSuccessful"] is False
    assert run["properties"]["summary"]["undecided"] == 1
    related = next(each for each in run["results"] if each["ruleId"] == "ENC001")["relatedLocations"]
    assert [each["id"] for each in related] == [1, 2]


def test_what_a_change_makes_is_shown_on_the_line_that_changed(reviewed: Report, context: Context) -> None:
    """GitHub shows alerts of a pull request only where they stand on lines of its difference."""
    run = log(reviewed, context)["runs"][0]
    (result,) = (each for each in run["results"] if each["ruleId"] == "ENC001")
    region = result["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == (2, 3)  # the cause, not the value
    first = result["relatedLocations"][0]
    assert first["physicalLocation"]["region"]["startColumn"] == 23
    assert result["message"]["text"].endswith(f" ([it takes effect here]({first['id']}))")


def test_nothing_is_shown_in_a_file_that_is_made(report: Report, context: Context) -> None:
    """Of a module that was fetched, the call is shown; of what a program makes, the program's line."""
    made = span(Source(".terraform/modules/db/main.tf", "x = false"), "false")
    program = span(Source("lib/stack.ts", "new Bucket()"), "new Bucket()")
    call = span(Source("main.tf", 'module "db" {}'), "module")
    places = [
        UNENCRYPTED._replace(span=made, related=(Related("module.db is called", call),)),
        UNENCRYPTED._replace(span=made, related=(Related("made here", program), Related("x", call))),
        UNENCRYPTED._replace(span=made, related=()),
    ]
    assert [placed(each).span.path for each in places] == ["main.tf", "lib/stack.ts", made.path]


def test_what_code_scanning_reads(report: Report, context: Context) -> None:
    pages = "https://git.example.com/iacreview/docs/rules/{code}.md"
    told = context._replace(rule_pages=pages, help=lambda code: f"# {code}\n")
    run = log(report, told)["runs"][0]
    driver = run["tool"]["driver"]
    assert driver["semanticVersion"] == "1.2.3"
    assert driver["informationUri"] == pages.partition("{code}")[0]
    rules = {each["id"]: each for each in driver["rules"]}
    assert rules["SEC001"]["helpUri"] == pages.replace("{code}", "SEC001")
    assert rules["SEC001"]["help"]["markdown"] == "# SEC001\n"
    keys = [each["partialFingerprints"]["primaryLocationLineHash"] for each in run["results"]]
    assert len(set(keys)) == len(keys)
    assert {each["properties"]["severity"]: each["properties"]["security-severity"] for each in run["results"]} == {
        "critical": "9.5",
        "high": "8.0",
        "medium": "5.5",
        "low": "3.0",
        "info": "0.0",
    }


@pytest.mark.parametrize(
    ("urls", "pages"),
    [
        (
            ["Documentation, https://docs.example.com/iacreview/"],
            "https://docs.example.com/iacreview/rules/{code}.html",
        ),
        (["Source, https://git.example.com/iacreview"], ""),
        (["Documentation, javascript:alert(1)"], ""),
        ([], ""),
    ],
)
def test_rule_pages_that_the_package_names(urls: list[str], pages: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Message()
    for url in urls:
        found["Project-URL"] = url
    monkeypatch.setattr(importlib.metadata, "metadata", lambda name: found)
    assert finishing._published_pages() == pages
