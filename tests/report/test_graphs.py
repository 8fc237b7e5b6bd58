"""Graphs: module instances, and edges through modules and outputs."""

from __future__ import annotations

import json

import pytest

from iacreview.commands.graph import concealing
from iacreview.engine.load import load_catalog, load_rules
from iacreview.graph import build_graph
from iacreview.languages.language import Target
from iacreview.model.graph import Graph
from iacreview.pipeline import evaluate, graphs, veil_over
from iacreview.report.graphs import GRAPH_FORMATS, module_of
from tests.trees import MemoryTree

FILES = {
    "main.tf": (
        'module "m" {\n  source = "./m"\n  for_each = toset(["a.b", "c"])\n  key = aws_kms_key.k.arn\n}\n'
        'resource "aws_kms_key" "k" {}\n'
        'resource "aws_sns_topic" "t" {\n  kms_master_key_id = module.m["c"].inner\n}\n'
    ),
    "m/main.tf": (
        'variable "key" {}\nmodule "n" {\n  source = "../n"\n  key = var.key\n}\noutput "inner" {\n  value = module.n.id\n}\n'
    ),
    "n/main.tf": (
        'variable "key" {}\nresource "aws_sqs_queue" "q" {\n  kms_master_key_id = var.key\n}\n'
        'output "id" {\n  value = aws_sqs_queue.q.id\n}\n'
    ),
}


def graph() -> Graph:
    return build_graph(evaluate(MemoryTree(FILES), Target("terraform", "")), load_catalog())


@pytest.mark.parametrize(
    ("address", "module"),
    [
        ("aws_s3_bucket.b", ""),
        ("module.a.aws_s3_bucket.b", "module.a"),
        ('module.a["x.y"].module.b[0].aws_s3_bucket.b["z"]', 'module.a["x.y"].module.b[0]'),
        ("Bucket", ""),
    ],
)
def test_module_of(address: str, module: str) -> None:
    assert module_of(address) == module


def test_json() -> None:
    (unit,) = json.loads(GRAPH_FORMATS["json"]([graph()]))["units"]
    assert [(each["address"], each["location"]["path"]) for each in unit["modules"]] == [
        ('module.m["a.b"]', "main.tf"),
        ('module.m["a.b"].module.n', "m/main.tf"),
        ('module.m["c"]', "main.tf"),
        ('module.m["c"].module.n', "m/main.tf"),
    ]
    queues = {each["address"]: each["module"] for each in unit["resources"] if each["type"] == "aws_sqs_queue"}
    assert queues == {
        f"{each}.aws_sqs_queue.q": each for each in ('module.m["a.b"].module.n', 'module.m["c"].module.n')
    }
    edges = {(each["source"], each["target"]) for each in unit["edges"]}
    assert edges == {
        ("aws_sns_topic.t", 'module.m["c"].module.n.aws_sqs_queue.q'),
        ('module.m["c"].module.n.aws_sqs_queue.q', "aws_kms_key.k"),
        ('module.m["a.b"].module.n.aws_sqs_queue.q', "aws_kms_key.k"),
    }


@pytest.mark.parametrize("format", ["dot", "mermaid"])
def test_every_module_instance_has_its_box(format: str) -> None:
    text = GRAPH_FORMATS[format]([graph()])
    assert text.count("subgraph") == 5
    opened = text.count("{") - text.count("}") if format == "dot" else text.count("subgraph") - text.count("  end\n")
    assert opened == 0


VALUES = (
    'variable "size" {\n  default = 20\n}\nvariable "name" {}\n'
    'resource "aws_db_instance" "d" {\n  allocated_storage = var.size\n  password = "Sommer-2024!"\n'
    '  identifier = "db-${var.name}"\n  engine = var.name == "x" ? "mysql" : "postgres"\n}\n'
)


def test_values_have_their_provenance_and_no_secret() -> None:
    tree = MemoryTree({"main.tf": VALUES})
    found = graphs(tree, (), load_catalog())
    veil = veil_over(found, load_catalog(), [rule for rule in load_rules() if rule.family == "secrets"])
    text = GRAPH_FORMATS["json"](found, veil, concealing(veil))
    assert "Sommer" not in text
    (resource,) = (each for each in json.loads(text)["units"][0]["resources"] if each["type"] == "aws_db_instance")
    values = resource["attributes"]
    assert values["password"]["value"] == "****"
    assert values["allocated_storage"]["value"] == 20
    (step,) = values["allocated_storage"]["via"]
    assert (step["message"], step["location"]["start"]["line"]) == ("default of var.size", 2)
    known, hole = values["identifier"]["parts"]
    assert (known["value"], hole["unknown"]) == ("db-", "var.name has no default")
    assert [each["value"] for each in values["engine"]["choice"]] == ["mysql", "postgres"]
