"""Defaults that depend on the provider's version, and those that AWS dated."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from iacreview.catalog.catalog import Catalog
from iacreview.catalog.occurrence import Occurrence, statement
from iacreview.catalog.world import World
from iacreview.engine.load import load_catalog
from iacreview.evaluate.terraform.constraints import newest
from iacreview.languages.terraform import TERRAFORM
from iacreview.model.value import Known, Unknown
from iacreview.pipeline import graphs
from tests.trees import MemoryTree

CLUSTER = 'resource "aws_redshift_cluster" "c" {}\n'
LOCK = 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "%s"\n}\n'
BAD, GOOD, OPEN = True, False, None


def occurrence(files: Mapping[str, str], name: str = "public", catalog: Catalog | None = None) -> Occurrence:
    catalog = catalog or load_catalog()
    (graph,) = (each for each in graphs(MemoryTree(files), (), catalog) if each.unit.path == "")
    (view,) = World(graph, catalog).of_kind("redshift.cluster")
    (found,) = view.occurrences(name)
    return found


def terraform(entry: str) -> dict[str, str]:
    return {"main.tf": f"terraform {{\n  required_providers {{\n    {entry}\n  }}\n}}\n{CLUSTER}"}


def requiring(version: str) -> dict[str, str]:
    return terraform(f'aws = {{ source = "hashicorp/aws", version = "{version}" }}')


TREES: list[tuple[dict[str, str], bool | None]] = [
    ({"main.tf": CLUSTER}, GOOD),
    (requiring("~> 5"), BAD),
    (requiring("~> 5.40"), BAD),
    (requiring("~> 6.0"), GOOD),
    (requiring(">= 5.0"), GOOD),
    (requiring(">= 5.0, < 6"), BAD),
    (requiring("> 4.67, <= 6.0.0"), GOOD),
    (requiring("5.100.0"), BAD),
    (requiring("= 6.0.0"), GOOD),
    (requiring("< 7, != 6.0.0"), GOOD),
    (requiring("~> 5.0, >= 6"), OPEN),
    (requiring("newest"), OPEN),
    (requiring(""), OPEN),
    (terraform('aws = "~> 5.0"'), BAD),
    (terraform('amazon = { source = "registry.opentofu.org/hashicorp/aws", version = "~> 5.0" }'), BAD),
    (terraform('aws = { source = "example.com/own/aws", version = "~> 5.0" }'), GOOD),
    (terraform('awscc = { source = "hashicorp/awscc", version = "~> 1.0" }'), GOOD),
    (terraform('aws = { source = "hashicorp/aws", version = var.version }'), OPEN),
    ({"main.tf": 'provider "aws" {\n  version = "~> 2.70"\n}\n' + CLUSTER}, BAD),
    ({**requiring(">= 5.0"), ".terraform.lock.hcl": LOCK % "5.100.0"}, BAD),
    ({**requiring(">= 5.0"), ".terraform.lock.hcl": LOCK % "6.2.0"}, GOOD),
    ({**requiring(">= 5.0"), ".terraform.lock.hcl": LOCK % "none"}, OPEN),
    ({**requiring(">= 5.0"), ".terraform.lock.hcl": LOCK.replace("version", "versions") % "5.1.0"}, OPEN),
    ({**requiring("~> 5.0"), ".terraform.lock.hcl": LOCK.replace("aws", "random") % "3.0.0"}, BAD),
    ({**requiring(">= 6.0"), "x_override.tf": requiring("~> 5.0")["main.tf"].replace(CLUSTER, "")}, BAD),
    (
        {
            "main.tf": CLUSTER + 'module "m" {\n  source = "./m"\n}\n',
            "m/v.tf": requiring("< 6")["main.tf"].replace(CLUSTER, ""),
        },
        BAD,
    ),
    (
        {
            "main.tf.json": '{"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.1.0"}}},'
            ' "resource": {"aws_redshift_cluster": {"c": {}}}}'
        },
        BAD,
    ),
]


@pytest.mark.parametrize(("files", "expected"), TREES)
def test_the_constraint_decides(files: dict[str, str], expected: bool | None) -> None:
    found = occurrence(files).value
    assert isinstance(found, Unknown) if expected is OPEN else isinstance(found, Known) and found.data is expected


def test_the_message_names_the_versions_and_the_constraints_place() -> None:
    found = occurrence(requiring("~> 5.40"), "encrypted")
    assert statement(found) == "`encrypted` is not set, and the default is false in versions of the provider before 6"
    assert found.value is not None
    assert [each.span.text for each in found.value.via if each.span] == ['"~> 5.40"']


def test_a_dated_default_names_its_date() -> None:
    prop = {"tf": "encrypted", "default": True, "since": "January 2025"}
    kind = {"title": "Cluster", "types": {"tf": "aws_redshift_cluster"}, "properties": {"encrypted": prop}}
    found = occurrence({"main.tf": CLUSTER}, "encrypted", Catalog({"redshift.cluster": kind}))
    assert statement(found) == "`encrypted` is not set, and the default is true since January 2025"


def test_what_aws_began_to_decide_names_its_date() -> None:
    prop = {"tf": "encrypted", "since": "February 2026"}
    kind = {"title": "Cluster", "types": {"tf": "aws_redshift_cluster"}, "properties": {"encrypted": prop}}
    found = occurrence({"main.tf": CLUSTER}, "encrypted", Catalog({"redshift.cluster": kind}))
    assert statement(found) == "`encrypted` is not set, and AWS has had a default for it only since February 2026"


def test_a_change_of_the_lock_file_reaches_its_root() -> None:
    from iacreview.discovery import discover

    tree = MemoryTree({"a/main.tf": CLUSTER, "b/main.tf": CLUSTER, "a/.terraform.lock.hcl": LOCK % "5.1.0"})
    units = discover(tree, ()).units["terraform"]
    assert TERRAFORM.reached(tree, units, {"a/.terraform.lock.hcl"}) == {"a"}


@pytest.mark.parametrize(
    ("constraints", "expected"),
    [
        ([], "6.0.1"),
        (["~> 5.40"], "5.1000000.1000000"),
        (["< 6"], "5.1000000.1000000"),
        (["< 5.3"], "5.2.1000000"),
        (["5.3.1"], "5.3.1"),
        (["~> 5.0", ">= 6"], None),
    ],
)
def test_the_newest_version_that_is_allowed(constraints: list[str], expected: str | None) -> None:
    assert newest(constraints, ["6"]) == expected
