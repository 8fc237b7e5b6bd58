"""One decision is one finding, whatever rules, actions and instances say of it."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest

from iacreview.decisions import decided, decisions, in_part
from iacreview.engine.load import load_catalog, load_rules
from iacreview.engine.rule import Rule
from iacreview.model.finding import Finding, Report
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree


@cache
def rules() -> list[Rule]:
    return load_rules()


def within() -> dict[str, tuple[str, ...]]:
    return {rule.code: rule.within for rule in rules()}


def told(files: dict[str, str], profile: str = "strict", select: str = "") -> list[Finding]:
    chosen = [rule for rule in rules() if not select or rule.code == select]
    report = check(MemoryTree(files), (), Options(chosen, load_catalog(), profile=profile))
    return list(decided(report, within()).findings)


def policy(actions: list[str], resources: object = "*", name: str = "p") -> str:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)
    return f'resource "aws_iam_policy" "{name}" {{\n  name   = "{name}"\n  policy = <<EOT\n{document}\nEOT\n}}\n'


def codes(findings: list[Finding]) -> list[str]:
    return [each.rule for each in findings if each.family == "iam"]


def test_services_of_one_statement_are_one_finding() -> None:
    (found,) = told({"main.tf": policy(["s3:*", "sqs:*", "sns:*", "glue:*"])}, select="IAM002")
    assert found.message.count("is allowed") == 3
    assert "and 1 more" in found.message
    assert [each.message for each in found.related if "allowed" in each.message][-1].startswith('"glue:*"')


def test_action_and_resource_are_both_places() -> None:
    (found,) = told({"main.tf": policy(["sqs:SendMessage", "sqs:DeleteMessage"])}, select="IAM003")
    assert found.span.text == '"sqs:SendMessage"'
    assert {each.span.text for each in found.related} == {'"*"', '"sqs:DeleteMessage"'}
    (found,) = told({"main.tf": policy(["sqs:*"])}, select="IAM002")
    assert (found.span.text, [each.message for each in found.related]) == ('"sqs:*"', ['on "*"'])


def test_the_gravest_tells_the_others() -> None:
    (found,) = told({"main.tf": policy(["iam:PassRole", "ec2:RunInstances"])}, profile="default")
    assert (found.rule, [each.rule for each in found.also]) == ("IAM004", [])
    (found,) = told({"main.tf": policy(["iam:Put*"])})
    assert (found.rule, [each.rule for each in found.also]) == ("IAM007", ["IAM013"])
    assert any(each.message.startswith("also IAM013 wildcard-hides-actions: ") for each in found.related)
    assert all(each.fingerprint for each in found.also)


def test_a_default_and_what_it_is_given_to_are_one_finding() -> None:
    text = """
variable "db_password" {
  default = "corect-hrse-7-battery"
}

resource "aws_db_instance" "orders" {
  password = var.db_password
}

resource "aws_redshift_cluster" "events" {
  master_password = var.db_password
}
"""
    first, second = [each for each in told({"main.tf": text}) if each.family == "secrets" and each.rule != "SEC006"]
    assert [first.rule, second.rule] == ["SEC001", "SEC001"]
    assert [each.rule for each in (*first.also, *second.also)] == ["SEC002"]
    assert "instances" not in first.message
    assert [each.message.partition(":")[0] for each in first.related] == ["also SEC002 secret-default"]
    (alone,) = told({"main.tf": text.partition("resource")[0]}, select="SEC002")
    assert alone.rule == "SEC002"


def test_a_default_is_told_where_it_goes_whatever_the_type() -> None:
    text = """
variable "git_password" {
  default = "corect-hrse-7-battery"
}

resource "aws_opsworks_application" "shop" {
  app_source {
    password = var.git_password
  }
}
"""
    (found,) = [each for each in told({"main.tf": text}) if each.family == "secrets"]
    assert found.resource is not None
    assert (found.rule, found.resource.address) == ("SEC001", "aws_opsworks_application.shop")
    assert [each.rule for each in found.also] == ["SEC002"]


def test_what_is_swallowed_can_be_selected() -> None:
    assert codes(told({"main.tf": policy(["iam:Put*"])}, select="IAM013")) == ["IAM013"]


def test_other_actions_and_other_statements_stay_apart() -> None:
    assert sorted(codes(told({"main.tf": policy(["sns:*", "iam:PutRolePolicy"])}, "default"))) == ["IAM002", "IAM007"]
    two = policy(["glue:*"]) + policy(["sqs:*"], name="q")
    assert codes(told({"main.tf": two}, select="IAM002")) == ["IAM002", "IAM002"]


DATABASE = """\
resource "aws_db_instance" "d" {
  COUNT
  identifier          = "d"
  publicly_accessible = VALUE
}
"""


def database(count: str, value: str = "true") -> dict[str, str]:
    return {"main.tf": DATABASE.replace("COUNT", count).replace("VALUE", value)}


def test_instances_are_one_finding() -> None:
    (found,) = told(database("count = 34"), select="NET004")
    assert len(found.instances) == 34
    assert "34 instances: aws_db_instance.d[0], aws_db_instance.d[1]" in found.message
    (one,) = told(database("count = 1"), select="NET004")
    assert one.instances == ()


def test_instances_that_differ_stay_apart() -> None:
    files = {
        "main.tf": 'resource "aws_iam_policy" "p" {\n  for_each = { a = "s3:*", b = "sqs:*" }\n  policy = jsonencode({\n'
        '    Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = each.value, Resource = "*" }]\n  })\n}\n'
    }
    assert len(told(files, select="IAM002")) == 2


def test_callers_of_a_module_are_named() -> None:
    module = {"modules/db/main.tf": database("")["main.tf"]}
    call = 'module "NAME" {\n  source = "../modules/db"\n}\n'
    roots = {f"{name}/main.tf": call.replace("NAME", name) for name in ("blue", "green")}
    (found,) = told({**module, **roots}, select="NET004")
    assert found.units == ("blue", "green")
    assert {each.span.path for each in found.related} == {"blue/main.tf", "green/main.tf"}
    assert found.instances == ("module.blue.aws_db_instance.d", "module.green.aws_db_instance.d")


def test_an_address_of_two_units_is_named_by_both() -> None:
    module = {"modules/db/main.tf": database("")["main.tf"]}
    call = 'module "db" {\n  source = "../modules/db"\n}\n'
    (found,) = told({**module, "blue/main.tf": call, "green/main.tf": call}, select="NET004")
    assert found.units == ("blue", "green")
    assert sorted(each.span.path for each in found.related) == ["blue/main.tf", "green/main.tf"]


@pytest.mark.parametrize(
    ("statuses", "wanted"),
    [
        (("unchanged", "unchanged"), "unchanged"),
        (("introduced", "introduced"), "introduced"),
        (("introduced", "unchanged"), "worsened"),
        (("unchanged", "worsened"), "worsened"),
    ],
)
def test_what_a_change_adds_to_a_decision_makes_it_worse(statuses: tuple[str, str], wanted: str) -> None:
    report = check(
        MemoryTree({"main.tf": policy(["s3:*", "sqs:*"])}),
        (),
        Options([rule for rule in rules() if rule.code == "IAM002"], load_catalog()),
    )
    pairs = zip(report.findings, statuses, strict=True)
    changed = Report(tuple(each._replace(status=status) for each, status in pairs))
    (found,) = decided(changed, within()).findings
    assert found.status == wanted
    new = next((at for at, each in enumerate(statuses) if each in ("introduced", "worsened")), 0)
    assert found.span.text == ('"s3:*"', '"sqs:*"')[new]


def test_a_decision_ends_with_all_that_is_said_of_it() -> None:
    files = {"main.tf": policy(["s3:*", "sqs:*"])}
    found = check(MemoryTree(files), (), Options(rules(), load_catalog())).findings
    both = [each for each in found if each.rule == "IAM002"]
    assert decisions(both, within()) == [[0, 1]]
    assert [each.partly for each in in_part(both[:1], both, within())] == [True]
    assert [each.partly for each in in_part(both, both, within())] == [False, False]


CONDITIONAL = """\
Parameters:
  Env:
    Type: String
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsDev: !Equals [!Ref Env, dev]
Resources:
  P:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: ACTION
            Resource: RESOURCE
"""


@pytest.mark.parametrize(
    ("action", "resource", "rule", "wanted"),
    [
        ('!If [IsProd, "sns:*", "sns:*"]', '"*"', "IAM002", []),
        ('!If [IsProd, "sns:*", "sqs:*"]', '"*"', "IAM002", ["when IsProd is false", "when IsProd is true"]),
        (
            '"kms:*"',
            '!If [IsProd, "*", !If [IsDev, "*", "arn:aws:kms:eu-west-1:111122223333:key/a"]]',
            "IAM002",
            ["when IsDev is true", "when IsProd is true"],
        ),
        (
            '[!If [IsProd, "s3:GetObject", "s3:PutObject"], "secretsmanager:GetSecretValue"]',
            '!If [IsDev, "*", "*"]',
            "IAM009",
            ["when IsProd is true"],
        ),
        ('"iam:PassRole"', '!If [IsProd, "*", "*"]', "IAM004", []),
        ('"iam:PassRole"', '!If [IsProd, "*", "arn:aws:iam::111122223333:role/a"]', "IAM004", ["when IsProd is true"]),
        ('"dynamodb:GetItem"', '!If [IsProd, "*", !Ref AWS::NoValue]', "IAM009", ["when IsProd is true"]),
    ],
)
def test_each_branch_is_named_with_its_conditions(action: str, resource: str, rule: str, wanted: list[str]) -> None:
    text = CONDITIONAL.replace("ACTION", action).replace("RESOURCE", resource)
    (found,) = told({"template.yaml": text}, select=rule)
    named = re.findall(r"\((when [^)]*)\)", found.message)
    assert sorted(each for conditions in named for each in conditions.split("; or ")) == wanted
    lines = [(each.message, each.span.first.line) for each in found.related]
    assert len(lines) == len(set(lines))


def assembly(stage: str, trace: str = "") -> dict[str, str]:
    """A stage of a CDK app with a volume; with a trace, the line that made it is known."""
    path = f"{stage}/Shop/Data/Volume"
    volume = {
        "Type": "AWS::EC2::Volume",
        "Properties": {"AvailabilityZone": "a", "Size": 1, "Tags": [{"Key": "stage", "Value": stage}]},
        "Metadata": {"aws:cdk:path": path},
    }
    entry = {"type": "aws:cdk:logicalId", "data": "Volume", **({"trace": [f"new Volume ({trace})"]} if trace else {})}
    artifact = {
        "type": "aws:cloudformation:stack",
        "properties": {"templateFile": f"{stage}Shop.template.json"},
        "metadata": {f"/{path}": [entry]},
    }
    folder = f"cdk.out/assembly-{stage}"
    return {
        f"{folder}/{stage}Shop.template.json": json.dumps({"Resources": {"Volume": volume}}, indent=1),
        f"{folder}/manifest.json": json.dumps({"version": "36.0.0", "artifacts": {f"{stage}Shop": artifact}}),
        "lib/data.ts": "import x\n\nnew Volume(this, 'Volume')\n",
    }


@pytest.mark.parametrize("trace", ["", "/home/me/app/lib/data.ts:3:5"])
def test_the_stages_of_an_app_are_instances(trace: str) -> None:
    (found,) = told({**assembly("Dev", trace), **assembly("Prod", trace)}, select="ENC001")
    assert [each.partition("assembly-")[2].partition("/")[0] for each in found.units] == ["Dev", "Prod"]
    assert found.message.endswith("; also in cdk.out/assembly-Prod/ProdShop.template.json")


def test_a_question_of_several_instances_is_one() -> None:
    files = {
        "main.tf": 'variable "on" {}\nresource "aws_ebs_volume" "v" {\n  count = 3\n  availability_zone = "a"\n'
        "  encrypted = var.on\n}\n"
    }
    report = check(MemoryTree(files), (), Options([each for each in rules() if each.code == "ENC001"], load_catalog()))
    (open,) = decided(report, within()).undecided
    assert open.instances == tuple(f"aws_ebs_volume.v[{index}]" for index in range(3))


def test_what_sam_makes_of_one_property_is_one_decision() -> None:
    """SAM writes the URL and two permissions of its own; they are one answer of one person."""
    url = "Handler: a.b\n      Runtime: python3.12\n      CodeUri: src/\n      FunctionUrlConfig:\n        AuthType: NONE\n"
    text = f"Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      {url}"
    (found,) = (each for each in told({"t.yaml": text}) if each.rule in ("NET004", "IAM011"))
    assert (found.rule, found.severity.label, found.span.text) == ("NET004", "high", "NONE")
    assert {each.rule for each in found.also} <= {"IAM011"}
    by_hand = 'resource "aws_lambda_function_url" "u" {\n  function_name = "f"\n  authorization_type = "NONE"\n}\n'
    by_hand += 'resource "aws_lambda_permission" "p" {\n  function_name = "f"\n  action = "lambda:InvokeFunctionUrl"\n  principal = "*"\n}\n'
    assert {each.rule for each in told({"main.tf": by_hand})} >= {"NET004", "IAM011"}


def test_what_a_file_defines_once_more_is_one_finding() -> None:
    twice = 'variable "a" {}\nvariable "b" {}\n'
    (found,) = told({"main.tf": twice, "copy.tf": twice}, select="IAM001")
    assert (found.rule, found.message) == ("SYN001", "a is defined twice; the same for 1 more place")


def test_conditions_inside_of_a_module_that_is_not_there_are_left_out() -> None:
    """Those of the call itself are told: `local.made` is a name that only the module has."""
    source = "git::https://github.com/cloudposse/terraform-aws-s3-bucket.git?ref=tags/0.3.0"
    text = f'variable "n" {{}}\nmodule "b" {{\n  source = "{source}"\n  count  = var.n == 1 ? 1 : 0\n}}\n'
    (found,) = told({"main.tf": text}, "default", "LOG001")
    assert found.message.count("when") == 1
    assert found.message.endswith("(when var.n == 1)")


def test_the_switches_of_one_access_block_are_one_decision() -> None:
    block = """resource "aws_s3_bucket_public_access_block" "b" {
  bucket              = "b"
  block_public_acls   = false
  block_public_policy = false
}
"""
    [finding] = told({"main.tf": block}, select="NET007")
    switches = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    assert sum(each in finding.message for each in switches) == 3
    assert all(f"set `{each} = true`" in finding.remediation for each in switches)
    assert {"CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56"} <= {*finding.aliases}
