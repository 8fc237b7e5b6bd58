"""What is given to modules that are not in the tree: counted, listed by `diff`, and failing where that is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from iacreview.commands.finishing import has_unread
from iacreview.report.changes import unread_changes
from iacreview.review.comparison import compare
from iacreview.review.sides import Side
from tests.repositories import Project, Runner, new_project
from tests.review.changes import options
from tests.trees import MemoryTree

CALL = """module "db" {
  source              = "acme/rds/aws"
  name                = "app"
  publicly_accessible = false
  password            = "Sommer-2019!"
  settings            = { port = 5432 }
}
"""
CHANGED = (
    CALL.replace('"app"', '"shop"')
    .replace("false", "true")
    .replace("Sommer-2019!", "Winter-2020!")
    .replace("5432", "22")
)
TITLE = "Not judged: arguments of modules that are not here"


@pytest.fixture
def project(tmp_path: Path, iacreview: Runner) -> Project:
    made = new_project(tmp_path / "project", {"main.tf": CALL})
    made.write({"main.tf": CHANGED})
    return made


def test_a_check_says_how_many_calls_were_not_read(tmp_path: Path, iacreview: Runner) -> None:
    many = 'module "a" {\n  count  = 3\n  source = "acme/a/aws"\n}\nmodule "b" {\n  source = "acme/b/aws"\n}\n'
    project = new_project(tmp_path / "project", {"main.tf": many})
    done = iacreview(project.root, "check")
    assert done.status == 0
    assert done.out.rstrip().endswith("2 module calls were not read.")
    assert json.loads(iacreview(project.root, "check", "--format", "json").out)["summary"]["unread_modules"] == 2


def test_a_diff_lists_the_changed_arguments_security_first(project: Project, iacreview: Runner) -> None:
    out = iacreview(project.root, "diff").out
    section = out.partition(TITLE)[2].splitlines()[1:]
    assert [line.strip() for line in section if line.startswith("  ")] == [
        "main.tf:1: module.db: publicly_accessible: false -> true",
        "main.tf:1: module.db: password: **** -> ****",
        "main.tf:1: module.db: settings.port: 5432 -> 22",
        'main.tf:1: module.db: name: "app" -> "shop"',
    ]
    assert "in what was read; 1 module call was not" in out


def test_a_call_under_another_name_lists_what_changed(tmp_path: Path, iacreview: Runner) -> None:
    project = new_project(tmp_path / "project", {"main.tf": CALL})
    renamed = CALL.replace('module "db"', 'module "database"')
    project.write({"main.tf": renamed})
    assert TITLE not in iacreview(project.root, "diff").out
    project.write({"main.tf": renamed.replace("5432", "22")})
    out = iacreview(project.root, "diff").out
    assert "Not judged: main.tf:1: module.database: settings.port: 5432 -> 22\n" in out


@pytest.mark.parametrize("format", ["text", "json", "markdown"])
def test_no_secret_among_the_arguments_is_shown(project: Project, iacreview: Runner, format: str) -> None:
    out = iacreview(project.root, "diff", "--format", format).out
    assert "Sommer" not in out
    assert "Winter" not in out


STATEMENTS = 'jsonencode({Statement = [{Sid = "Write", Action = "dynamodb:PutItem"}]})'
MORE = ', {Sid = "Assume", Action = "sts:AssumeRole"}]'
LONG = "git::https://git.example.com/infrastructure/terraform-aws-database-with-a-long-name.git"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            f'  source = "{LONG}?ref=tags/1.4.0"\n',
            f'  source = "{LONG}?ref=tags/1.5.0"\n',
            [f'source: …{LONG[-43:]}?ref=tags/1.4.0" -> …{LONG[-43:]}?ref=tags/1.5.0"'],
        ),
        (
            '  source = "a/b/c"\n  roles = ["reader", "writer"]\n',
            '  source = "a/b/c"\n  roles = ["reader", "writer", "admin"]\n',
            ['roles: […] -> […, "admin"]'],
        ),
        ('  source = "a/b/c"\n  ttl = "300"\n', '  source = "a/b/c"\n  ttl = 300\n', []),
        (
            '  source = "a/b/c"\n  version = "1.4.0"\n',
            '  source = "a/b/c"\n  version = "1.5.0"\n',
            ['version: "1.4.0" -> "1.5.0"'],
        ),
        (
            '  source = "a/b/c"\n  open = var.env == "dev" ? 1 : 0\n',
            '  source = "a/b/c"\n  open = var.env == "prod" ? 1 : 0\n',
            ["open: ${…} -> ${…}"],
        ),
        (
            f'  source = "a/b/c"\n  policies = [{STATEMENTS}]\n',
            f'  source = "a/b/c"\n  policies = [{STATEMENTS.replace("]", MORE, 1).replace("PutItem", "*")}]\n',
            [
                'policies[0].Statement[Write].Action: "dynamodb:PutItem" -> "dynamodb:*"',
                'new: policies[0].Statement[Assume].Sid = "Assume", policies[0].Statement[Assume].Action = "sts:AssumeRole"',
            ],
        ),
        (
            None,
            f'  source = "{LONG}?ref=v1"\n  name = "x"\n  port = 22\n  zone = "a"\n',
            [f'new: source = …{LONG[-51:]}?ref=v1", port = 22, name = "x" and 1 more'],
        ),
    ],
)
def test_what_a_reviewer_reads_of_arguments(before: str | None, after: str, said: list[str]) -> None:
    trees = [MemoryTree({"main.tf": f'module "m" {{\n{text}}}\n' if text else "\n"}) for text in (before, after)]
    report = compare(Side(trees[0], "base"), Side(trees[1], "head"), {"main.tf"}, (), options())
    assert [each.partition("module.m: ")[2] for each in unread_changes(report)] == said


def test_the_arguments_in_json(project: Project, iacreview: Runner) -> None:
    (found,) = json.loads(iacreview(project.root, "diff", "--format", "json").out)["change"]["unread_modules"]
    assert found["address"] == "module.db"
    assert found["arguments"][0] == {"name": "publicly_accessible", "was": "false", "now": "true", "security": True}


LOCAL = 'module "m" {\n  source = "./m"\n  name   = "app"\n  port   = 443\n}\n'
TOPIC = 'variable "name" {}\nvariable "port" {}\nresource "aws_sns_topic" "t" {}\n'


def listed(out: str) -> list[str]:
    return [line.partition("main.tf:1: ")[2] for line in out.splitlines() if "main.tf:1: module.m: " in line]


def test_of_a_module_that_leaves_the_tree_what_changed_is_listed(tmp_path: Path, iacreview: Runner) -> None:
    project = new_project(tmp_path / "project", {"main.tf": LOCAL, "m/main.tf": TOPIC})
    project.write({"main.tf": LOCAL.replace("./m", "acme/m/aws").replace("443", "22")})
    assert listed(iacreview(project.root, "diff").out) == [
        "module.m: what it leads to is no longer here",
        'module.m: source: "./m" -> "acme/m/aws"',
        "module.m: port: 443 -> 22",
    ]
    (found,) = json.loads(iacreview(project.root, "diff", "--format", "json").out)["change"]["unread_modules"]
    assert found["left"]


STACK = """Resources:
  Db:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: https://templates.example.com/db.yaml
      Parameters:
        Name: app
        PubliclyAccessible: 'false'
        MasterPassword: Sommer-2019!
"""
CHANGED_STACK = STACK.replace("app", "shop").replace("'false'", "'true'").replace("Sommer-2019!", "Winter-2020!")


def test_the_parameters_of_a_nested_stack_that_is_not_here(tmp_path: Path, iacreview: Runner) -> None:
    project = new_project(tmp_path / "project", {"t.yaml": STACK})
    assert "Not judged" not in iacreview(project.root, "diff").out
    project.write({"t.yaml": CHANGED_STACK})
    out = iacreview(project.root, "diff").out
    section = out.partition("Not judged: arguments of stacks that are not here")[2].splitlines()[1:]
    assert [line.strip() for line in section if line.startswith("  ")] == [
        't.yaml:2: Db: Parameters.PubliclyAccessible: "false" -> "true"',
        "t.yaml:2: Db: Parameters.MasterPassword: **** -> ****",
        't.yaml:2: Db: Parameters.Name: "app" -> "shop"',
    ]
    assert "in what was read; 1 stack was not" in out
    assert "SEC001" in out
    assert "Sommer" not in out
    assert "Winter" not in out


def test_of_a_nested_stack_that_leaves_the_tree_what_changed_is_listed(tmp_path: Path, iacreview: Runner) -> None:
    here = STACK.replace("https://templates.example.com/db.yaml", "db.yaml").replace(
        "Sommer-2019!", "'{{resolve:ssm:p}}'"
    )
    inner = "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n"
    project = new_project(tmp_path / "project", {"t.yaml": here, "db.yaml": inner})
    project.write({"t.yaml": here.replace("db.yaml", "https://templates.example.com/db.yaml")})
    (found,) = json.loads(iacreview(project.root, "diff", "--format", "json").out)["change"]["unread_modules"]
    assert found["left"]
    assert [each["name"] for each in found["arguments"]] == ["TemplateURL"]


SETS = {
    "a stack set": (
        "t.yaml",
        "Resources:\n  S:\n    Type: AWS::CloudFormation::StackSet\n    Properties:\n      StackSetName: s\n"
        "      PermissionModel: SERVICE_MANAGED\n      TemplateURL: https://example.com/t.yaml\n      Parameters:\n"
        "        - {ParameterKey: Open, ParameterValue: 'false'}\n"
        "        - {ParameterKey: AdminPassword, ParameterValue: Sommer-2019!}\n",
        ['Parameters.Open: "false" -> "true"', "Parameters.AdminPassword: **** -> ****"],
    ),
    "a stack of Terraform": (
        "main.tf",
        'resource "aws_cloudformation_stack" "s" {\n  name = "s"\n  template_url = "https://example.com/t.yaml"\n'
        "  parameters = {\n    Open = 'false'\n    AdminPassword = 'Sommer-2019!'\n  }\n}\n".replace("'", '"'),
        [
            'parameters.Open: "false" -> "true"',
            "parameters.AdminPassword: **** -> ****",
        ],
    ),
    "a product": (
        "main.tf",
        'resource "aws_servicecatalog_provisioned_product" "s" {\n  name = "s"\n  product_id = "p"\n'
        '  provisioning_parameters {\n    key = "Open"\n    value = "false"\n  }\n}\n',
        ['provisioning_parameters.Open: "false" -> "true"'],
    ),
}


@pytest.mark.parametrize(("path", "text", "wanted"), SETS.values(), ids=list(SETS))
def test_the_parameters_of_what_deploys_a_template_that_is_not_here(
    tmp_path: Path, iacreview: Runner, path: str, text: str, wanted: list[str]
) -> None:
    project = new_project(tmp_path / "project", {path: text})
    assert "Not judged" not in iacreview(project.root, "diff").out
    project.write({path: text.replace("false", "true").replace("Sommer-2019!", "Winter-2020!")})
    out = iacreview(project.root, "diff", "--format", "json").out
    (found,) = json.loads(out)["change"]["unread_modules"]
    assert [f"{each['name']}: {each['was']} -> {each['now']}" for each in found["arguments"]] == wanted
    assert ("SEC001" in out) is ("Password" in text)
    assert "Winter" not in out


@pytest.mark.parametrize(("word", "status", "said"), [("ignore", 0, False), ("warn", 0, True), ("fail", 1, True)])
def test_the_setting(tmp_path: Path, iacreview: Runner, word: str, status: int, said: bool) -> None:
    call = 'module "a" {\n  source = "acme/a/aws"\n}\n'
    files = {"main.tf": call, ".iacreview.yaml": f"unread-modules: {word}\n"}
    project = new_project(tmp_path / "project", files)
    done = iacreview(project.root, "check")
    assert done.status == status
    assert ("1 module call was not read" in done.out) is said
    assert iacreview(project.root, "diff").status == 0
    project.write({"main.tf": call.replace("}", "  size = 1\n}")})
    assert iacreview(project.root, "diff").status == status


def test_a_change_that_softens_the_setting_is_told(tmp_path: Path, iacreview: Runner) -> None:
    project = new_project(tmp_path / "project", {"main.tf": "", ".iacreview.yaml": "unread-modules: fail\n"})
    project.write({".iacreview.yaml": "unread-modules: ignore\n"})
    assert "makes of modules that are not read `ignore`" in iacreview(project.root, "diff", "--format", "json").out


CUSTOM = "Resources:\n  C:\n    Type: %s\n    Properties:\n      ServiceToken: arn:aws:lambda:eu-west-1:111122223333:function:f\n%s"
STATE = 'terraform {\n  backend "http" {\n    address = "https://%s/state"\n    password = "Sommer-2019!"\n  }\n}\n'
KEY = 'resource "aws_iam_access_key" "k" {\n  user = "%s"\n}\n'
PROVIDER = 'provider "aws" {\n  region = "eu-west-1"\n%s}\n'


@pytest.mark.parametrize(
    ("base", "head", "said"),
    [
        (
            CUSTOM % ("Custom::Rule", "      Cidr: 10.0.0.0/8\n"),
            CUSTOM % ("Custom::Rule", "      Cidr: 0.0.0.0/0\n      Password: Sommer-2019!\n"),
            {("C", "Cidr", '"10.0.0.0/8"', '"0.0.0.0/0"'), ("C", "Password", "", "****")},
        ),
        (
            CUSTOM % ("AWS::CloudFormation::CustomResource", ""),
            CUSTOM % ("AWS::CloudFormation::CustomResource", "      Open: true\n"),
            {("C", "Open", "", "true")},
        ),
        (
            CUSTOM % ("Acme::Net::Rule", ""),
            CUSTOM % ("Acme::Net::Rule", "      Open: true\n"),
            {("C", "Open", "", "true")},
        ),
        (
            STATE % "state.example.com",
            STATE % "elsewhere.example",
            {
                (
                    "terraform.backend.http",
                    "address",
                    '"https://state.example.com/state"',
                    '"https://elsewhere.example/state"',
                )
            },
        ),
        (
            PROVIDER % "",
            PROVIDER % '  endpoints {\n    s3 = "https://elsewhere.example"\n  }\n',
            {("provider.aws", "endpoints.s3", "", '"https://elsewhere.example"')},
        ),
        (
            PROVIDER % "",
            PROVIDER % '  assume_role {\n    role_arn = "arn:aws:iam::999988887777:role/x"\n  }\n',
            {("provider.aws", "assume_role.role_arn", "", '"arn:aws:iam::999988887777:role/x"')},
        ),
        (
            PROVIDER % "",
            'data "external" "e" {\n  program = ["sh", "-c", "id"]\n}\n',
            {("data.external.e", "program", "", "")},
        ),
        (
            PROVIDER % "",
            'action "aws_lambda_invoke" "a" {\n  config {\n    function_name = "f"\n  }\n}\n',
            {("action.aws_lambda_invoke.a", "config", "", "")},
        ),
        (PROVIDER % "", PROVIDER % "  max_retries = 3\n", set()),
        (KEY % "anna", KEY % "mallory", {("aws_iam_access_key.k", "user", "", "")}),
        (KEY % "anna", PROVIDER % "", {("aws_iam_access_key.k", "user", "", "")}),
        (KEY % "anna", KEY % "anna", set()),
    ],
    ids=[
        "custom",
        "custom resource",
        "another publisher",
        "state",
        "provider",
        "role",
        "program",
        "action",
        "other arguments",
        "no rule",
        "gone",
        "the same",
    ],
)
def test_what_else_nothing_judges(base: str, head: str, said: set[tuple[str, str, str, str]]) -> None:
    name = "t.yaml" if base.startswith("Resources") else "main.tf"
    report = compare(
        Side(MemoryTree({name: base}), "base"), Side(MemoryTree({name: head}), "head"), {name}, (), options()
    )
    assert report.change is not None
    found = report.change.unread_modules
    assert {(each.address, one.argument, one.was, one.now) for each in found for one in each.arguments} == said
    assert not has_unread(report)


TEMPLATE = "Resources:\n  T:\n    Type: AWS::SNS::Topic\n    Properties:\n%s"
MACROS = {
    "beside other properties": (
        TEMPLATE % "      DisplayName: d\n      Fn::Transform: {Name: Grants, Parameters: {To: PARAMETER}}\n",
        "Resources.T.Properties.Fn::Transform",
        "Parameters.To",
    ),
    "in the place of a value": (
        TEMPLATE % "      TopicName: !Transform {Name: Grants, Parameters: {To: PARAMETER}}\n",
        "Resources.T.Properties.TopicName.Fn::Transform",
        "Parameters.To",
    ),
    "for the whole template": (
        "Transform:\n  - Name: Grants\n    Parameters: {To: PARAMETER}\n" + TEMPLATE % "      DisplayName: d\n",
        "Transform.Grants",
        "Parameters.To",
    ),
    "among the resources": (
        "Resources:\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://PARAMETER/more.yaml}}\n",
        "Resources.Fn::Transform",
        "Parameters.Location",
    ),
    "with escapes": (
        '{"Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {"Fn::\\u0054ransform": {"Name": "Grants", '
        '"Parameters": {"To": "PARAMETER"}}}}}}',
        "Resources.T.Properties.Fn::Transform",
        "Parameters.To",
    ),
}


@pytest.mark.parametrize(("text", "address", "argument"), MACROS.values(), ids=list(MACROS))
def test_what_a_macro_is_given(text: str, address: str, argument: str) -> None:
    base, head = (MemoryTree({"t.yaml": text.replace("PARAMETER", name)}) for name in ("ours", "theirs"))
    report = compare(Side(base, "base"), Side(head, "head"), {"t.yaml"}, (), options())
    assert report.change is not None
    [found] = report.change.unread_modules
    assert (found.address, found.sort, [each.argument for each in found.arguments]) == (address, "macro", [argument])
    assert "ours" in found.arguments[0].was
    assert "theirs" in found.arguments[0].now


def test_what_a_file_of_the_tree_adds_is_read_and_not_given() -> None:
    text = TEMPLATE % "      Fn::Transform: {Name: AWS::Include, Parameters: {Location: %s.yaml}}\n"
    more = {"a.yaml": "DisplayName: a\n", "b.yaml": "DisplayName: b\n"}
    sides = (Side(MemoryTree({"t.yaml": text % name, **more}), name) for name in "ab")
    report = compare(*sides, {"t.yaml"}, (), options())
    assert report.change is not None
    assert not report.change.unread_modules


@pytest.mark.parametrize(
    ("base", "head", "line"),
    [
        (KEY % "anna", KEY % "mallory", "main.tf:1: aws_iam_access_key.k: no rule reads its type; it is given user"),
        (KEY % "anna", PROVIDER % "", "main.tf:1: aws_iam_access_key.k: no rule reads its type; it is gone"),
        (STATE % "a.example", PROVIDER % "", "main.tf:2: terraform.backend.http: it is gone"),
    ],
)
def test_what_no_rule_reads_is_a_line(base: str, head: str, line: str) -> None:
    sides = Side(MemoryTree({"main.tf": base}), "base"), Side(MemoryTree({"main.tf": head}), "head")
    assert unread_changes(compare(*sides, {"main.tf"}, (), options())) == [line]
