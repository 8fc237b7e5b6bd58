"""Plans in the shape that `terraform show -json` prints, made from a few words each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from iacreview.catalog.catalog import Catalog
from iacreview.engine.load import load_catalog, load_rules
from iacreview.engine.rule import Rule
from iacreview.evaluate.plan.unit import evaluate_plan
from iacreview.model.finding import Report
from iacreview.model.graph import Resource, Unit
from iacreview.model.source import Source
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree

PLAN = "plan.json"


def instance(
    address: str,
    values: Mapping[str, Any],
    unknown: Mapping[str, Any] | None = None,
    sensitive: Mapping[str, Any] | None = None,
    expressions: Mapping[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One resource of a plan with all that its sections say of it."""
    own = address.rsplit("].", 1)[-1] if address.startswith("module.") else address
    own = own.removeprefix("module.").split(".", 1)[-1] if own.startswith("module.") else own
    mode = "data" if own.startswith("data.") else "managed"
    type, name = own.removeprefix("data.").split("[")[0].rsplit(".", 2)[-2:]
    return {
        "resource": {
            "address": address,
            "mode": mode,
            "type": type,
            "name": name,
            **({"index": more["index"]} if "index" in more else {}),
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "schema_version": 0,
            "values": values,
            "sensitive_values": sensitive or {},
        },
        "change": {"actions": ["create"], "before": None, "after": values, "after_unknown": unknown or {}},
        "configuration": {
            "address": f"{type}.{name}",
            "mode": mode,
            "type": type,
            "name": name,
            "expressions": expressions or {},
            **({"for_each_expression": more["for_each"]} if "for_each" in more else {}),
        },
    }


def configured(resources: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The resource blocks of a module of the configuration section, each once."""
    return list({each["configuration"]["address"]: each["configuration"] for each in resources}.values())


def plan(
    resources: Sequence[Mapping[str, Any]] = (),
    modules: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    given: Mapping[str, Any] | None = None,
    **configuration: Any,
) -> dict[str, Any]:
    """A plan. `modules` are resources by the address of their module, `given` the values of variables; `configuration` adds to the root module's."""
    children = [
        {"address": address, "resources": [each["resource"] for each in inside]}
        for address, inside in (modules or {}).items()
    ]
    everything = [*resources, *(each for inside in (modules or {}).values() for each in inside)]
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        **({"variables": given} if given else {}),
        "planned_values": {
            "root_module": {
                "resources": [each["resource"] for each in resources],
                **({"child_modules": children} if children else {}),
            }
        },
        "resource_changes": [
            {"address": each["resource"]["address"], "mode": each["resource"]["mode"], "change": each["change"]}
            for each in everything
        ],
        "configuration": {"root_module": {"resources": configured(resources), **configuration}},
    }


def text_of(data: Mapping[str, Any]) -> str:
    """A plan as Terraform prints it: on one line."""
    return json.dumps(data, separators=(",", ":"))


def unit_of(data: Mapping[str, Any] | str, files: Mapping[str, str] | None = None, path: str = PLAN) -> Unit:
    text = data if isinstance(data, str) else text_of(data)
    return evaluate_plan(MemoryTree({**(files or {}), path: text}), Source(path, text))


def resources_of(unit: Unit) -> dict[str, Resource]:
    return {each.address: each for each in unit.resources}


@cache
def _rules() -> list[Rule]:
    return load_rules()


@cache
def _catalog() -> Catalog:
    return load_catalog()


def report_of(data: Mapping[str, Any] | str, files: Mapping[str, str] | None = None, path: str = PLAN) -> Report:
    """What a review of the whole tree says, the plan beside the files."""
    text = data if isinstance(data, str) else text_of(data)
    rules = _rules()
    masking = [rule for rule in rules if rule.family == "secrets"]
    return check(MemoryTree({**(files or {}), path: text}), (), Options(rules, _catalog(), masking, profile="strict"))


def reported(report: Report, code: str) -> set[str]:
    """The addresses that a rule is reported for."""
    return {each.resource.address for each in report.findings if each.rule == code and each.resource is not None}


def undecided(report: Report, code: str) -> set[str]:
    return {each.resource.address for each in report.undecided if each.rule == code}
