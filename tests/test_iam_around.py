"""What a unit tells around a policy: who holds it, what else they hold, and which roles may do more.

What is expected are the rules that speak in the default profile.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree

OPTIONS = Options([rule for rule in load_rules() if rule.family == "iam"], load_catalog(), profile="default")
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
MAKING = ["lambda:CreateFunction", "lambda:InvokeFunction"]


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def policy(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(service: str) -> dict[str, Any]:
    return policy({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


def role(name: str, service: str = "ec2.amazonaws.com", **more: Any) -> dict[str, Any]:
    return {"name": name, "assume_role_policy": json.dumps(trust(service)), **more}


def terraform(**resources: dict[str, Any]) -> dict[str, str]:
    """The files of resources by their types, `policy` of each as JSON."""
    for named in resources.values():
        for each in named.values():
            each.update({key: json.dumps(each[key]) for key in ("policy", "inline_policy") if key in each})
    return {"main.tf.json": json.dumps({"resource": resources})}


def of_role(*statements: Any, **others: dict[str, Any]) -> dict[str, str]:
    """A role `app` with a policy, and other roles with AWS's policy for administrators."""
    attached = {name: {"role": f"${{aws_iam_role.{name}.name}}", "policy_arn": ADMINISTRATOR} for name in others}
    return terraform(
        aws_iam_role={"app": role("app"), **others},
        aws_iam_role_policy={"p": {"role": "${aws_iam_role.app.id}", "policy": policy(*statements)}},
        **({"aws_iam_role_policy_attachment": attached} if attached else {}),
    )


def of_named(name: str) -> dict[str, str]:
    """A role with two policies that lead to another role's rights together, the second attached by a name."""
    app = {"name": "${terraform.workspace}-app", "assume_role_policy": json.dumps(trust("ec2.amazonaws.com"))}
    halves = {"${aws_iam_role.app.id}": "ec2:CreateLaunchTemplateVersion", name: "ec2:ModifyLaunchTemplate"}
    policies = {
        f"p{at}": {"role": role, "policy": policy(allow(action))} for at, (role, action) in enumerate(halves.items())
    }
    return terraform(aws_iam_role={"app": app}, aws_iam_role_policy=policies)


def of_set(**more: dict[str, Any]) -> dict[str, str]:
    """A permission set with AWS's policy for administrators."""
    arn = {"permission_set_arn": "${aws_ssoadmin_permission_set.s.arn}"}
    return terraform(
        aws_ssoadmin_permission_set={"s": {"name": "s"}},
        aws_ssoadmin_managed_policy_attachment={"m": {**arn, "managed_policy_arn": ADMINISTRATOR}},
        **{type: {"x": {**arn, **arguments}} for type, arguments in more.items()},
    )


def template(**resources: Any) -> dict[str, str]:
    return {
        "t.json": json.dumps({"Resources": {name: {"Type": t, "Properties": p} for name, (t, p) in resources.items()}})
    }


PASS_ADMIN = allow("iam:PassRole", "${aws_iam_role.admin.arn}")
ROLE = ("AWS::IAM::Role", {"AssumeRolePolicyDocument": trust("ec2.amazonaws.com")})
OWN = {
    "PolicyName": "p",
    "Roles": [{"Ref": "R"}],
    "PolicyDocument": policy(allow("iam:AttachRolePolicy", {"Fn::GetAtt": ["R", "Arn"]})),
}
TAGGED = {"Condition": {"StringEquals": {"aws:ResourceTag/team": "orders"}}}


def bounded(boundary: dict[str, Any], statement: dict[str, Any]) -> dict[str, str]:
    return terraform(
        aws_iam_policy={"b": {"name": "b", "policy": policy(boundary)}},
        aws_iam_role={"app": role("app", permissions_boundary="${aws_iam_policy.b.arn}")},
        aws_iam_role_policy={"p": {"role": "${aws_iam_role.app.id}", "policy": policy(statement)}},
    )


def bucket(*statements: Any) -> dict[str, str]:
    return terraform(aws_s3_bucket_policy={"p": {"bucket": "b", "policy": policy(*statements)}})


READ = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
SPARING = {"Effect": "Deny", "Action": "s3:*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]}
ONE = {"AWS": "arn:aws:iam::111122223333:role/app"}

CASES: dict[str, tuple[dict[str, str], str]] = {
    # "Privilege escalation": what changes its holder's own rights needs no other resource.
    "its own role": (of_role(allow("iam:PutRolePolicy", "${aws_iam_role.app.arn}")), "IAM007"),
    "its own role by name": (of_role(allow("iam:PutRolePolicy", "arn:aws:iam::111122223333:role/app")), "IAM007"),
    "roles that it is among": (of_role(allow("iam:AttachRolePolicy", "arn:aws:iam::*:role/a*")), "IAM007"),
    "another role": (of_role(allow("iam:PutRolePolicy", "arn:aws:iam::111122223333:role/other")), ""),
    "its own trust alone": (of_role(allow("iam:UpdateAssumeRolePolicy", "${aws_iam_role.app.arn}")), ""),
    "its own role, CloudFormation": (template(R=ROLE, P=("AWS::IAM::Policy", OWN)), "IAM007"),
    "whoever asks": (
        terraform(
            aws_iam_user={"u": {"name": "u"}},
            aws_iam_user_policy={
                "p": {
                    "user": "${aws_iam_user.u.name}",
                    "policy": policy(allow("iam:PutUserPolicy", "arn:aws:iam::*:user/$${aws:username}")),
                }
            },
        ),
        "IAM007",
    ),
    # A name that is known in part is that of the role which is called by the same reference.
    "one role by its name": (of_named("${terraform.workspace}-app"), "IAM007"),
    "another role by its name": (of_named("${terraform.workspace}-other"), ""),
    # A role that is passed by its name, and may do everything.
    "passes an administrator": (
        of_role(PASS_ADMIN, allow(MAKING), admin=role("admin", "lambda.amazonaws.com")),
        "IAM007 IAM010",
    ),
    "passes it to nothing": (of_role(PASS_ADMIN, admin=role("admin", "lambda.amazonaws.com")), "IAM010"),
    "passes it to another service": (of_role(PASS_ADMIN, allow(MAKING), admin=role("admin")), "IAM010"),
    # Permission sets hold their policies together.
    "a permission set": (of_set(), "IAM010"),
    "a permission set that is denied": (
        of_set(
            aws_ssoadmin_permission_set_inline_policy={
                "inline_policy": policy({"Effect": "Deny", "Action": "*", "Resource": "*"})
            }
        ),
        "",
    ),
    "a permission set with a boundary": (
        of_set(
            aws_ssoadmin_permissions_boundary_attachment={
                "permissions_boundary": {"managed_policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
            }
        ),
        "",
    ),
    "a permission set with a boundary, CloudFormation": (
        template(
            S=(
                "AWS::SSO::PermissionSet",
                {
                    "ManagedPolicies": [ADMINISTRATOR],
                    "PermissionsBoundary": {"ManagedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
                },
            )
        ),
        "",
    ),
    # Boundaries whose conditions narrow what they leave.
    "a boundary of what is tagged": (bounded(allow("*", **TAGGED), allow("secretsmanager:GetSecretValue")), ""),
    "a boundary of everything": (bounded(allow("*"), allow("secretsmanager:GetSecretValue")), "IAM009"),
    "everything within a boundary": (bounded(allow("dynamodb:*"), allow("*")), "IAM003 IAM009"),
    # "NotPrincipal with Deny": all but who is named.
    "denied to all but one": (bucket(READ, {**SPARING, "NotPrincipal": ONE}), ""),
    "denied to all but everyone": (bucket(READ, {**SPARING, "NotPrincipal": {"AWS": "*"}}), "IAM005"),
    "another action is denied": (bucket(READ, {**SPARING, "NotPrincipal": ONE, "Action": "s3:PutObject"}), "IAM005"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_known_around_a_policy(name: str) -> None:
    files, wanted = CASES[name]
    found = {each.rule for each in check(MemoryTree(files), (), OPTIONS).findings}
    assert " ".join(sorted(found)) == wanted


@pytest.mark.parametrize(
    ("more", "at"), [([], {"aws_iam_role.app"}), (["iam:PutRolePolicy"], {"aws_iam_role_policy.makes"})]
)
def test_who_has_everything_by_one_policy_gains_nothing_by_two(more: list[str], at: set[str]) -> None:
    to_lambda = {"Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}
    role_id = {"role": "${aws_iam_role.app.id}"}
    files = terraform(
        aws_iam_role={"app": role("app")},
        aws_iam_role_policy={
            "passes": {**role_id, "policy": policy(allow("iam:PassRole", **to_lambda))},
            "makes": {**role_id, "policy": policy(allow([*MAKING, *more]))},
        },
    )
    findings = check(MemoryTree(files), (), OPTIONS).findings
    assert {each.resource.address for each in findings if each.resource and each.rule == "IAM007"} == at


DOCUMENTS = "data.aws_iam_policy_document.a"
JOINED = f"""
data "aws_iam_policy_document" "a" {{
  count = 1
  statement {{
    actions   = ["*"]
    resources = ["*"]
  }}
}}
data "aws_iam_policy_document" "all" {{
  source_policy_documents = [DOCUMENT]
}}
resource "aws_iam_policy" "p" {{
  policy = {DOCUMENTS.replace(".a", ".all")}.json
}}
"""


@pytest.mark.parametrize(
    "document", [f"{DOCUMENTS}[0].json", f'join("", {DOCUMENTS}.*.json)', f"one({DOCUMENTS}[*].json)"]
)
def test_a_finding_stands_at_the_statement_however_its_document_gets_there(document: str) -> None:
    text = JOINED.replace("DOCUMENT]", f"{document}]")
    [finding] = check(MemoryTree({"main.tf": text}), (), OPTIONS).findings
    assert (finding.rule, finding.span.first.line, finding.span.text) == ("IAM001", 5, '"*"')
