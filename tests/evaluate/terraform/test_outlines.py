"""What calls of known modules make where the modules are not in the tree."""

from __future__ import annotations

import pytest

from iacreview.evaluate.terraform.outlines import Outlines
from iacreview.evaluate.terraform.root import evaluate_root
from iacreview.model.graph import CALL, Resource, Unit
from iacreview.model.value import Known, Unknown, Value
from tests.trees import MemoryTree

BUCKET = "terraform-aws-modules/s3-bucket/aws"
GITHUB = "github.com/terraform-aws-modules/terraform-aws-s3-bucket"


def unit_of(text: str) -> Unit:
    return evaluate_root(MemoryTree({"main.tf": text}), "")


def made(text: str) -> dict[str, Resource]:
    return {each.address: each for each in unit_of(text).resources}


def block(source: str, version: str = "") -> Value:
    """What `block_public_acls` is for a call of a version."""
    wanted = f'  version = "{version}"\n' if version else ""
    found = made(f'module "b" {{\n  source = "{source}"\n{wanted}}}\n')
    return found["module.b.aws_s3_bucket_public_access_block.this[0]"].attributes.entries["block_public_acls"]


@pytest.mark.parametrize(
    ("source", "version", "expected"),
    [
        (BUCKET, "3.2.0", False),
        (BUCKET, "~> 3.0", True),  # the newest that it allows
        (BUCKET, "4.1.0", True),
        (BUCKET, "~> 4.0, < 4.3", True),
        (f"registry.terraform.io/{BUCKET}", "4.1.0", True),
        (f"git::https://{GITHUB}.git?ref=v3.8.2", "", False),
        (f"git::ssh://git@{GITHUB}.git?ref=v3.9.0&depth=1", "", True),
        (f"{GITHUB}?ref=v5.0.0", "", True),
        # Nobody knows which version it is, or what a version that came later does.
        (BUCKET, "", None),
        (BUCKET, ">= 3.0", None),
        (BUCKET, "99.0.0", None),
        (f"git::https://{GITHUB}.git?ref=0123456789abcdef", "", None),
    ],
)
def test_a_default_is_that_of_the_version(source: str, version: str, expected: bool | None) -> None:
    value = block(source, version)
    if expected is None:
        assert isinstance(value, Unknown)
        assert value.reason == (
            "the default of block_public_acls differs between the versions of the module that may be meant"
        )
    else:
        assert isinstance(value, Known)
        assert value.data is expected


def test_what_all_versions_agree_on_holds_without_one() -> None:
    known = Outlines().known("terraform-aws-modules/vpc/aws", None)
    assert known is not None
    assert known.undecided == ("manage_default_network_acl", "map_public_ip_on_launch", "manage_default_security_group")


def test_a_module_inside_differs_in_defaults() -> None:
    found = made('module "s" {\n  source = "terraform-aws-modules/security-group/aws//modules/ssh"\n}\n')
    rule = found["module.s.aws_security_group_rule.ingress_rules[0]"].attributes.entries
    assert [rule[name].data for name in ("from_port", "protocol") if isinstance(rule[name], Known)] == [22, "tcp"]


def test_values_stand_where_the_call_has_them() -> None:
    text = f'module "b" {{\n  source = "{BUCKET}"\n  version = "4.0.0"\n  ignore_public_acls = false\n}}\n'
    found = made(text)["module.b.aws_s3_bucket_public_access_block.this[0]"]
    spans = {name: value.span for name, value in found.attributes.entries.items() if value.span is not None}
    assert (spans["ignore_public_acls"].first.line, spans["ignore_public_acls"].text) == (4, "false")
    assert (spans["block_public_acls"].first.line, spans["block_public_acls"].text) == (1, 'module "b"')
    assert (found.header.text, found.written_as) == ('module "b"', CALL)
    assert [each.text for each in found.calls] == [text.strip()]


def test_the_call_stays_among_what_is_not_in_the_tree() -> None:
    unit = unit_of(f'module "b" {{\n  source = "{BUCKET}"\n  tags   = {{ a = "b" }}\n}}\n')
    assert [each.address for each in unit.unread] == ["module.b"]
    assert [each.reason for each in unit.skipped] == [
        f"module source {BUCKET} is not in the tree; run terraform get; what is known of its arguments is judged"
    ]
    assert not unit.problems


def test_outputs_lead_to_what_is_made_and_others_are_not_known() -> None:
    found = made(
        f'module "b" {{\n  source = "{BUCKET}"\n}}\n'
        'resource "aws_s3_bucket_policy" "p" {\n  bucket = module.b.s3_bucket_id\n  policy = module.b.something\n}\n'
    )["aws_s3_bucket_policy.p"].attributes.entries
    assert found["bucket"].references[0].address == "module.b.aws_s3_bucket.this[0]"
    assert isinstance(found["policy"], Unknown)
    assert found["policy"].references[0].address == "module.b"


def test_a_module_in_the_tree_is_read_itself() -> None:
    tree = MemoryTree(
        {
            "main.tf": f'module "b" {{\n  source = "{BUCKET}"\n}}\n',
            ".terraform/modules/modules.json": f'{{"Modules": [{{"Key": "b", "Source": "{BUCKET}", "Dir": "m"}}]}}',
            "m/main.tf": 'resource "aws_s3_bucket" "own" {}\n',
        }
    )
    assert [each.address for each in evaluate_root(tree, "").resources] == ["module.b.aws_s3_bucket.own"]


def test_an_error_in_a_list_is_one() -> None:
    found = made('locals {\n  each = { a = 1 }\n}\nresource "t" "t" {\n  x = try([local.each.b], ["no"])\n}\n')
    assert str(found["t.t"].attributes.entries["x"]) == "ListValue([Known('no')])"


def test_the_json_syntax_has_blocks_as_objects_beside_dynamic_ones() -> None:
    text = (
        '{"resource": {"t": {"t": {"rule": {"x": 1}, "dynamic": {"rule": {"for_each": [2], '
        '"content": {"x": "${rule.value}"}}}}}}}'
    )
    unit = evaluate_root(MemoryTree({"main.tf.json": text}), "")
    assert str(unit.resources[0].attributes.entries["rule"]) == (
        "ListValue([MapValue({'x': Known(1)}), MapValue({'x': Known(2)})])"
    )
