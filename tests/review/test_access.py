"""The access delta: decided, in the words of the policies, exact, and never silent where nobody can say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.review.changes import Files, added, allow, deltas, deny, document, role, template

BUCKET = "arn:aws:s3:::data"
TLS = {"Bool": {"aws:SecureTransport": "true"}}
NOT_TLS = {"Bool": {"aws:SecureTransport": "false"}}


def equals(key: str, *values: str, operator: str = "StringEquals") -> dict[str, Any]:
    return {operator: {key: list(values)}}


# The hard cases of "Validate policies with custom policy checks" (CheckNoNewAccess): each a pair, and what is added.
HARD: dict[str, tuple[list[Any], list[Any], list[str]]] = {
    "a list against a wildcard that has it": (
        [allow("s3:Get*", BUCKET)],
        [allow(["s3:GetObject", "s3:GetObjectAcl"], BUCKET)],
        [],
    ),
    "a wildcard against a list": ([allow(["iam:GetRole", "iam:GetUser"])], [allow("iam:Get*")], ["iam:Get*"]),
    "an action more": (
        [allow("s3:GetObject", f"{BUCKET}/*")],
        [allow(["s3:GetObject", "s3:PutObject"], f"{BUCKET}/*")],
        ["s3:PutObject"],
    ),
    "a prefix against its two halves": (
        [allow("s3:GetObject", f"{BUCKET}/*")],
        [allow("s3:GetObject", [f"{BUCKET}/a*", f"{BUCKET}/b*"])],
        [],
    ),
    "two halves against the prefix": (
        [allow("s3:GetObject", [f"{BUCKET}/a*", f"{BUCKET}/b*"])],
        [allow("s3:GetObject", f"{BUCKET}/*")],
        ["s3:GetObject"],
    ),
    "a resource for all": (
        [allow("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:q")],
        [allow("sqs:SendMessage")],
        ["sqs:SendMessage"],
    ),
    "all ARNs of a service's resources for a star": (
        [allow("s3:GetObject", "arn:aws:s3:::*")],
        [allow("s3:GetObject", "arn:*:s3:::*")],
        ["s3:GetObject"],
    ),
    "a condition that goes": ([allow("s3:GetObject", Condition=TLS)], [allow("s3:GetObject")], ["s3:GetObject"]),
    "a condition that comes": ([allow("s3:GetObject")], [allow("s3:GetObject", Condition=TLS)], []),
    "a condition with a value more": (
        [allow("s3:GetObject", Condition=equals("aws:SourceVpc", "vpc-1"))],
        [allow("s3:GetObject", Condition=equals("aws:SourceVpc", "vpc-1", "vpc-2"))],
        ["s3:GetObject"],
    ),
    "a number that grows": (
        [allow("s3:ListBucket", Condition={"NumericLessThan": {"s3:max-keys": "10"}})],
        [allow("s3:ListBucket", Condition={"NumericLessThan": {"s3:max-keys": "100"}})],
        ["s3:ListBucket"],
    ),
    "a number that shrinks": (
        [allow("s3:ListBucket", Condition={"NumericLessThan": {"s3:max-keys": "100"}})],
        [allow("s3:ListBucket", Condition={"NumericLessThan": {"s3:max-keys": "10"}})],
        [],
    ),
    "a condition with a value less": (
        [allow("s3:GetObject", Condition=equals("aws:SourceVpc", "vpc-1", "vpc-2"))],
        [allow("s3:GetObject", Condition=equals("aws:SourceVpc", "vpc-1"))],
        [],
    ),
    "IfExists, where the key may be absent": (
        [allow("s3:GetObject", Condition=equals("aws:SourceVpc", "vpc-1"))],
        [allow("s3:GetObject", Condition=equals("aws:SourceVpc", "vpc-1", operator="StringEqualsIfExists"))],
        ["s3:GetObject"],
    ),
    "IfExists, where the key is always there": (
        [allow("s3:GetObject", Condition=equals("aws:PrincipalArn", "a"))],
        [allow("s3:GetObject", Condition=equals("aws:PrincipalArn", "a", operator="StringEqualsIfExists"))],
        [],
    ),
    "a pattern for a value": (
        [allow("s3:GetObject", Condition=equals("aws:PrincipalArn", "a", operator="StringLike"))],
        [allow("s3:GetObject", Condition=equals("aws:PrincipalArn", "a*", operator="StringLike"))],
        ["s3:GetObject"],
    ),
    "a network in a network": (
        [allow("s3:GetObject", Condition=equals("aws:SourceIp", "10.0.0.0/8", operator="IpAddress"))],
        [allow("s3:GetObject", Condition=equals("aws:SourceIp", "10.1.0.0/16", operator="IpAddress"))],
        [],
    ),
    "a Deny that goes": ([allow("s3:*"), deny("s3:DeleteBucket")], [allow("s3:*")], ["s3:DeleteBucket"]),
    "a Deny that comes": ([allow("s3:*")], [allow("s3:*"), deny("s3:DeleteBucket")], []),
    "a Deny of less": (
        [allow("s3:*"), deny("s3:Delete*")],
        [allow("s3:*"), deny("s3:DeleteBucket")],
        ["s3:Delete*"],
    ),
    "a Deny only under a condition": (
        [allow("s3:*"), deny("s3:DeleteBucket")],
        [allow("s3:*"), deny("s3:DeleteBucket", Condition=NOT_TLS)],
        ["s3:DeleteBucket"],
    ),
    "NotAction as the list that it leaves": (
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
        [allow(["s3:*", "ec2:*"])],
        [],
    ),
    "NotAction with an exception less": (
        [{"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"}],
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
        ["every action but iam:*"],
    ),
    "conditions that complement each other": (
        [allow("s3:GetObject")],
        [allow("s3:GetObject", Condition=TLS), allow("s3:GetObject", Condition=NOT_TLS)],
        [],
    ),
    "what conditions that complement each other leave to no one": (
        [allow("s3:GetObject", Condition=TLS), allow("s3:GetObject", Condition=NOT_TLS)],
        [allow("s3:GetObject")],
        [],
    ),
    "a Deny that leaves the new Allow nothing": (
        [deny("s3:PutObject")],
        [deny("s3:PutObject"), allow("s3:PutObject")],
        [],
    ),
}


@pytest.mark.parametrize("name", HARD)
def test_hard_cases(name: str) -> None:
    base, head, actions = HARD[name]
    found = added(base, head)
    assert [action for each in found for action in each.actions] == actions
    assert all(each.certain and each.witness for each in found)


def test_a_wider_pattern_adds_just_the_difference() -> None:
    [entry] = added([allow("s3:Get*")], [allow("s3:*")])
    assert entry.principal == "Role"
    assert entry.via == ("Role",)
    assert (entry.actions, entry.resources, entry.to_come) == (("s3:*",), ("*",), True)
    assert "s3:PutBucketPolicy" in entry.gained
    assert not any(name.startswith("s3:Get") for name in entry.gained)
    levels = dict(entry.levels)
    assert levels["Permissions management"] > 5
    assert sum(levels.values()) == len(entry.gained) or len(entry.gained) == 100


def test_a_resource_more_is_the_one_resource() -> None:
    one, two = f"{BUCKET}/a/*", f"{BUCKET}/b/*"
    [entry] = added([allow("s3:GetObject", one)], [allow("s3:GetObject", [one, two])])
    assert entry.resources == (two,)
    assert entry.why == f"was: on {one}"


def test_a_lost_deny_is_in_the_words_of_the_base() -> None:
    [entry] = added(
        [allow("s3:*"), deny("s3:Delete*", f"{BUCKET}/*", Condition=NOT_TLS)],
        [allow("s3:*")],
    )
    assert (entry.effect, entry.actions, entry.resources) == ("Deny", ("s3:Delete*",), (f"{BUCKET}/*",))
    assert entry.conditions == ("Bool aws:SecureTransport: false",)
    assert "s3:DeleteObject" in entry.gained
    assert "s3:DeleteBucket" not in entry.gained


def test_what_was_there_under_a_condition_says_so() -> None:
    [entry] = added([allow("s3:GetObject", Condition=TLS)], [allow("s3:GetObject")])
    assert entry.why == "was: only with Bool aws:SecureTransport: true"
    assert entry.witness is not None
    assert entry.witness.keys == (("aws:securetransport", "false"),)


def test_a_boundary_that_goes() -> None:
    boundary = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document(allow("s3:*"))}}
    everything = allow("*")
    base = template(Edge=boundary, Role=role(everything, PermissionsBoundary={"Ref": "Edge"}))
    head = template(Edge=boundary, Role=role(everything))
    [entry] = deltas(base, head).access_added
    assert entry.why == "the permissions boundary Edge does not forbid it any longer"
    assert "ec2:RunInstances" in entry.gained or dict(entry.levels)["Write"] > 5000
    assert not any(name.startswith("s3:") for name in entry.gained)
    assert [each.why for each in deltas(head, base).access_added] == []


def test_policies_of_a_principal_count_together() -> None:
    """What another policy allows already is not new, wherever it stands."""
    policy = {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyName": "q", "Roles": [{"Ref": "Role"}], "PolicyDocument": document(allow("s3:Get*"))},
    }
    base = template(Role=role(allow("sqs:*")), Policy=policy)
    head = template(Role=role(allow("sqs:*"), allow("s3:GetObject", BUCKET)), Policy=policy)
    assert not any(deltas(base, head))


def test_a_principal_that_names_no_one_lets_no_one_in() -> None:
    trust = document({"Effect": "Allow", "Principal": {"AWS": []}, "Action": "sts:AssumeRole"})
    nobody = template(Role={"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}})
    assert not any(deltas(template(T={"Type": "AWS::SNS::Topic"}), nobody))


def test_trust_says_who_may_newly_become_whom() -> None:
    def trusting(*accounts: str) -> Any:
        who = {"AWS": [f"arn:aws:iam::{each}:root" for each in accounts]}
        return role(
            AssumeRolePolicyDocument=document({"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"})
        )

    found = deltas(template(Role=trusting("111122223333")), template(Role=trusting("111122223333", "444455556666")))
    [entry] = found.access_added
    assert (entry.principal, entry.actions, entry.resources) == (
        "arn:aws:iam::444455556666:root",
        ("sts:AssumeRole",),
        ("Role",),
    )
    assert not found.access_removed


def test_the_policy_of_a_resource() -> None:
    def bucket(*who: str) -> Any:
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": list(who)} if who[0] != "*" else "*",
            "Action": "s3:GetObject",
            "Resource": {"Fn::Sub": "${Data.Arn}/*"},
        }
        policy = {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Data"}, "PolicyDocument": document(statement)},
        }
        return template(Data={"Type": "AWS::S3::Bucket"}, Policy=policy)

    [entry] = deltas(bucket("arn:aws:iam::111122223333:role/a"), bucket("*")).access_added
    assert (entry.principal, entry.via, entry.resources) == ("*", ("Policy",), ("arn:aws:s3:::${Data}/*",))


def test_who_may_invoke_a_function() -> None:
    permission = {
        "Type": "AWS::Lambda::Permission",
        "Properties": {"FunctionName": "f", "Action": "lambda:InvokeFunction", "Principal": "*"},
    }
    narrow = {**permission, "Properties": {**permission["Properties"], "PrincipalOrgID": "o-1"}}
    [entry] = deltas(template(P=narrow), template(P=permission)).access_added
    assert (entry.principal, entry.resources) == ("*", ("f",))
    assert entry.why == "was: only with StringEquals aws:PrincipalOrgID: o-1"
    assert not deltas(template(P=permission), template(P=narrow)).access_added


VARIABLE = 'variable "x" {}\n'
TERRAFORM = """
resource "aws_iam_role_policy" "p" {{
  role   = "app"
  policy = {}
}}
"""


def test_a_condition_that_follows_from_others_takes_nothing_away() -> None:
    reading = {"Fn::If": ["Public", allow("s3:GetObject", Principal="*"), {"Ref": "AWS::NoValue"}]}
    writing = {"Fn::If": ["Shared", allow("s3:PutObject", Principal="*"), {"Ref": "AWS::NoValue"}]}
    policy = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": "b", "PolicyDocument": document(reading, writing)},
    }
    conditions = {name: {"Fn::Equals": [{"Ref": name}, "true"]} for name in ("Public", "Shared")}
    either = {"Fn::Or": [{"Condition": "Public"}, {"Condition": "Shared"}]}

    def files(**more: Any) -> dict[str, str]:
        parameters = {name: {"Type": "String"} for name in conditions}
        parts = {"Parameters": parameters, "Conditions": {**conditions, "Either": either}}
        return {"template.json": json.dumps({**parts, "Resources": {"P": {**policy, **more}}})}

    found = deltas(files(), files(Condition="Either"))
    assert (found.access_added, found.access_removed) == ((), ())
    [entry] = deltas(files(), files(Condition="Public")).access_removed
    assert entry.actions == ("s3:PutObject",)


def test_what_a_managed_policy_gave_under_a_condition_is_new_without_it() -> None:
    managed = {"Fn::If": ["Managed", ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"], {"Ref": "AWS::NoValue"}]}

    def files(*statements: Any) -> dict[str, str]:
        parameters = {"Managed": {"Type": "String"}}
        conditions = {"Managed": {"Fn::Equals": [{"Ref": "Managed"}, "true"]}}
        resources = {"R": role(*statements, ManagedPolicyArns=managed)}
        return {
            "template.json": json.dumps({"Parameters": parameters, "Conditions": conditions, "Resources": resources})
        }

    [entry] = deltas(files(), files(allow("s3:GetObject"))).access_added
    assert (entry.actions, "Managed is true" in entry.why) == (("s3:GetObject",), True)


def test_an_attachment_that_may_be_there_may_add() -> None:
    attached = (
        'resource "aws_iam_role_policy_attachment" "a" {{\n  role = aws_iam_role.r.name\n  policy_arn = "{}"\n{}}}\n'
    )
    arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    base = 'variable "on" {}\nresource "aws_iam_role" "r" {\n  name = "r"\n  assume_role_policy = "{}"\n}\n'
    for more, certain in (("", True), ("  count = var.on ? 1 : 0\n", False)):
        found = deltas({"main.tf": base}, {"main.tf": base + attached.format(arn, more)}).access_added
        assert {each.certain for each in found} == {certain}


def test_who_is_sent_what_a_log_holds() -> None:
    def sent(to: str) -> dict[str, Any]:
        names = {"FilterName": to, "FilterPattern": "", "LogGroupName": "auth"}
        return {
            "Type": "AWS::Logs::SubscriptionFilter",
            "Properties": {**names, "DestinationArn": f"arn:aws:logs:::{to}"},
        }

    [entry] = deltas(template(A=sent("a")), template(A=sent("a"), B=sent("b"))).access_added
    assert (entry.guarded, entry.principal, entry.actions) == ("auth", "arn:aws:logs:::b", ("logs:GetLogEvents",))


def terraform(policy: str) -> dict[str, str]:
    return {"main.tf": VARIABLE + TERRAFORM.format(policy)}


def encoded(action: str, resource: str) -> str:
    return f'jsonencode({{Version = "2012-10-17", Statement = [{{Effect = "Allow", Action = {action}, Resource = {resource}}}]}})'


def test_what_nobody_knows_may_be_added() -> None:
    base = terraform(encoded('"s3:GetObject"', '"arn:aws:s3:::data/*"'))
    [entry] = deltas(base, terraform(encoded('"s3:GetObject"', "var.x"))).access_added
    assert not entry.certain
    assert entry.resources == ("${var.x}",)
    [certain] = deltas(base, terraform(encoded('"sqs:SendMessage"', "var.x"))).access_added
    assert certain.certain


def test_a_policy_that_cannot_be_read_is_never_empty() -> None:
    base = terraform(encoded('"s3:GetObject"', '"*"'))
    for unread in ("var.x", encoded("var.x", '"*"').replace("Action", "NotAction"), encoded("var.x", '"*"')):
        found = deltas(base, terraform(unread)).access_added
        assert found, unread
        assert not any(each.certain for each in found), unread
    assert deltas(base, terraform("var.x")).access_added[0].why == "cannot say: var.x has no default"
    assert not deltas(terraform("var.x"), terraform("var.x") | {"more.tf": ""}).access_added


def test_policies_made_to_take_long_fail_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stars in all resources, conditions on many keys: what is not decided within the bound is said."""
    monkeypatch.setattr("iacreview.review.access.MOST", 20_000)
    stars = [f"arn:aws:s3:::*{'a*b' * (index % 7)}*{index}*" for index in range(30)]
    denied = [
        deny("s3:Get*", star, Condition=equals(f"aws:RequestTag/{index}", "a*", "*b*", operator="StringLike"))
        for index, star in enumerate(stars)
    ]
    found = added([allow("s3:*", stars), *denied], [allow("s3:*", [*stars, "arn:aws:s3:::*x*"]), *denied[1:]])
    assert [each.why for each in found if not each.certain and not each.actions] == [
        "cannot say: there is too much to be compared"
    ]


def unattached(name: str) -> Any:
    properties = {"PolicyDocument": document(allow("s3:Get*")), "ManagedPolicyName": name}
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}


def test_attaching_a_policy_adds_to_who_gets_it_alone() -> None:
    policy = unattached("p")
    attached = role(ManagedPolicyArns=[{"Ref": "Policy"}])
    found = deltas(template(Policy=policy, Role=role()), template(Policy=policy, Role=attached))
    assert [(each.principal, each.via) for each in found.access_added] == [("Role", ("Policy",))]
    assert not found.access_removed


def test_a_policy_that_nobody_holds_is_the_same_under_another_name() -> None:
    assert not any(deltas(template(Policy=unattached("p")), template(Other=unattached("q"))))


# Each pair says the same in another form.
REWRITTEN = {
    "split statements": (
        [allow(["s3:GetObject", "s3:PutObject"], [f"{BUCKET}/a", f"{BUCKET}/b"])],
        [allow(action, f"{BUCKET}/{key}") for action in ("s3:GetObject", "s3:PutObject") for key in "ab"],
    ),
    "case and order": (
        [allow(["s3:getobject", "sqs:*"])],
        [allow("SQS:*"), allow("s3:GetObject")],
    ),
    "an action that another pattern has": ([allow(["s3:*", "s3:GetObject"])], [allow("s3:*")]),
    "a statement that another one has": ([allow("s3:*"), allow("s3:GetObject", BUCKET)], [allow("s3:*")]),
    "a resource that an action never works on": (
        [allow("s3:GetObject", [BUCKET, f"{BUCKET}/*"])],
        [allow("s3:GetObject", f"{BUCKET}/*")],
    ),
    "a Deny of what nothing allows": ([allow("s3:*"), deny("ec2:*")], [allow("s3:*")]),
    "no statement": ([allow("s3:*", f"{BUCKET}/*"), deny("*")], []),
}


@pytest.mark.parametrize("name", REWRITTEN)
def test_what_says_the_same_in_another_form_adds_and_removes_nothing(name: str) -> None:
    one, other = (template(Role=role(*statements)) for statements in REWRITTEN[name])
    assert not any(deltas(one, other))
    assert not any(deltas(other, one))


MODULE = """
variable "name" {{}}
resource "aws_s3_bucket" "b" {{ bucket = "data" }}
resource "aws_iam_role" "{role}" {{
  assume_role_policy = jsonencode({{}})
}}
resource "aws_iam_role_policy" "p" {{
  role   = aws_iam_role.{role}.id
  policy = jsonencode({{Statement = [{{Effect = "Allow", Action = "s3:GetObject", Resource = "{resource}"}}]}})
}}
"""


def module(role: str, resource: str) -> str:
    return MODULE.format(role=role, resource=resource)


def test_moving_and_renaming_adds_and_removes_nothing() -> None:
    plain = module("app", "${aws_s3_bucket.b.arn}/*")
    call = 'module "m" {\n  source = "./m"\n  name = "x"\n}\n'
    moves = "".join(
        f"moved {{\n  from = {each}\n  to = module.m.{new}\n}}\n"
        for each, new in (
            ("aws_iam_role.app", "aws_iam_role.other"),
            ("aws_iam_role_policy.p", "aws_iam_role_policy.p"),
            ("aws_s3_bucket.b", "aws_s3_bucket.b"),
        )
    )
    head = {"main.tf": call + moves, "m/main.tf": module("other", "${aws_s3_bucket.b.arn}/*")}
    assert not any(deltas({"main.tf": plain}, head))
    assert not any(deltas({"main.tf": plain}, {"iam.tf": plain}))
    assert not any(deltas({"main.tf": plain}, {"main.tf": module("app", "arn:aws:s3:::data/*")}))
    assert any(deltas({"main.tf": plain}, {"main.tf": module("app", "arn:aws:s3:::other/*")}))


def test_what_is_taken_away_says_what_is_left() -> None:
    wide, narrow = template(Role=role(allow("s3:GetObject"))), template(Role=role(allow("s3:GetObject", f"{BUCKET}/*")))
    [entry] = deltas(wide, narrow).access_removed
    assert (entry.resources, entry.why) == (("*",), f"now: on {BUCKET}/*")
    denied = template(Role=role(allow("s3:GetObject"), deny("s3:Get*")))
    [entry] = deltas(wide, denied).access_removed
    assert (entry.effect, entry.actions, entry.why) == ("Deny", ("s3:Get*",), "this Deny is new, or denies more")


ACCOUNT = "111122223333"
IN_WORDS = [
    (f"arn:aws:iam::{ACCOUNT}:role/deploy", {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/deploy"}),
    ({"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/deploy"}, f"arn:aws:iam::{ACCOUNT}:role/deploy"),
]


@pytest.mark.parametrize(("before", "after"), IN_WORDS)
def test_the_account_of_the_settings_is_the_one_that_everything_is_in(before: Any, after: Any) -> None:
    base, head = (template(R=role(allow("sts:AssumeRole", each))) for each in (before, after))
    assert not any(deltas(base, head, frozenset({ACCOUNT})))
    # Without it, or with several, nobody knows that they are the same.
    assert any(deltas(base, head))
    assert any(deltas(base, head, frozenset({ACCOUNT, "444455556666"})))


def test_the_account_as_a_principal() -> None:
    def trusting(principal: Any) -> Files:
        statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
        return template(R=role(AssumeRolePolicyDocument=document(statement)))

    whole = {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}
    assert not any(deltas(trusting(ACCOUNT), trusting(whole), frozenset({ACCOUNT})))
    assert not any(deltas(trusting(whole), trusting({"Ref": "AWS::AccountId"}), frozenset({ACCOUNT})))
    assert any(deltas(trusting("444455556666"), trusting(whole), frozenset({ACCOUNT})))


REGIONAL = """
variable "region" {{ default = null }}
data "aws_region" "here" {{
  region = {given}
}}
data "aws_iam_policy_document" "d" {{
  statement {{
    resources = ["arn:aws:eks:${{data.aws_region.here.region}}:111122223333:cluster/*"]
    actions   = {actions}
  }}
}}
resource "aws_iam_policy" "p" {{
  policy = data.aws_iam_policy_document.d.json
}}
"""


@pytest.mark.parametrize("given", ["null", "var.region", "var.region == null ? null : var.region"])
def test_what_is_given_as_null_is_for_the_provider_to_choose(given: str) -> None:
    """It is read as what nobody knows, not as null, which would leave the statement without a resource."""
    one, two = (
        {"main.tf": REGIONAL.format(given=given, actions=actions)}
        for actions in ('["eks:ListClusters"]', '["eks:ListClusters", "eks:DescribeCluster"]')
    )
    [entry] = deltas(one, two).access_added
    assert entry.gained == ("eks:DescribeCluster",)
    assert entry.resources == ("arn:aws:eks:${region}:111122223333:cluster/*",)


def test_the_arn_of_a_log_group_is_one_of_logs() -> None:
    """CloudFormation's stands for all of its streams."""

    def writing(resource: Any) -> Files:
        group = {"Type": "AWS::Logs::LogGroup", "Properties": {}}
        return template(L=group, R=role(allow("logs:PutLogEvents", resource)))

    own = {"Fn::GetAtt": ["L", "Arn"]}
    assert deltas(writing("arn:aws:logs:*:*:*"), writing(own)).access_added == ()
    assert deltas(writing(own), writing("arn:aws:logs:*:*:*")).access_added
    assert deltas(writing("arn:aws:s3:::logs"), writing(own)).access_added


OTHER = "arn:aws:iam::999988887777:root"
ADMINS = 'resource "aws_iam_group" "admins" {\n  name = "admins"\n}\nresource "aws_iam_group_policy" "p" {\n  group = aws_iam_group.admins.name\n  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })\n}\n'
SET = 'resource "aws_ssoadmin_permission_set" "p" {\n  name = "p"\n  instance_arn = "i"\n}\nresource "aws_ssoadmin_permission_set_inline_policy" "p" {\n  permission_set_arn = aws_ssoadmin_permission_set.p.arn\n  inline_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })\n}\n'
ASSIGNED = 'resource "aws_ssoadmin_account_assignment" "a" {\n  permission_set_arn = %s\n  principal_id = "f81d"\n  principal_type = "GROUP"\n  target_id = "123456789012"\n}\n'
MEMBER = 'resource "aws_iam_user_group_membership" "m" {\n  user = "mallory"\n  groups = [%s]\n}\n'


@pytest.mark.parametrize(
    ("base", "more", "who", "guarded", "what"),
    [
        (ADMINS, MEMBER % "aws_iam_group.admins.name", "user mallory", "", "s3:*"),
        ("", MEMBER % '"Administrators"', "user mallory", "", "cannot say"),
        (
            'resource "aws_iam_user" "u" {\n  name = "mallory"\n}\n',
            MEMBER % '"Administrators"',
            "aws_iam_user.u",
            "",
            "cannot say",
        ),
        (
            SET,
            ASSIGNED % "aws_ssoadmin_permission_set.p.arn",
            "group f81d in account 123456789012",
            "",
            "s3:*",
        ),
        ("", ASSIGNED % '"arn:aws:sso:::permissionSet/i/p"', "group f81d in account 123456789012", "", "cannot say"),
        (
            'resource "aws_kms_key" "k" {}\n',
            'resource "aws_kms_grant" "g" {\n  key_id = aws_kms_key.k.key_id\n  grantee_principal = "arn:aws:iam::999988887777:root"\n  operations = ["Decrypt"]\n}\n',
            OTHER,
            "aws_kms_key.k",
            "kms:Decrypt",
        ),
        (
            "",
            'resource "aws_eks_access_policy_association" "a" {\n  cluster_name = "c"\n  principal_arn = "arn:aws:iam::999988887777:root"\n  policy_arn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"\n}\n',
            OTHER,
            "c",
            "eks:AmazonEKSClusterAdminPolicy",
        ),
        (
            "",
            'resource "kubernetes_config_map" "aws_auth" {\n  data = {\n    mapRoles = yamlencode([{ rolearn = "arn:aws:iam::999988887777:root", groups = ["system:masters"] }])\n  }\n}\n',
            OTHER,
            "kubernetes_config_map.aws_auth",
            "kubernetes:system:masters",
        ),
        (
            "",
            'resource "aws_ssm_document" "d" {\n  permissions = { type = "Share", account_ids = "999988887777" }\n}\n',
            OTHER,
            "aws_ssm_document.d",
            "ssm:GetDocument",
        ),
        (
            "",
            'resource "aws_sns_topic_subscription" "s" {\n  topic_arn = "arn:aws:sns:eu-west-1:111122223333:t"\n  protocol = "sqs"\n  endpoint = "arn:aws:sqs:eu-west-1:999988887777:q"\n}\n',
            "arn:aws:sqs:eu-west-1:999988887777:q",
            "arn:aws:sns:eu-west-1:111122223333:t",
            "sns:Receive",
        ),
        (
            "",
            'resource "aws_cloudwatch_event_target" "t" {\n  rule = "all"\n  arn = "arn:aws:events:eu-west-1:999988887777:event-bus/b"\n}\n',
            "arn:aws:events:eu-west-1:999988887777:event-bus/b",
            "all",
            "events:Receive",
        ),
        (
            "",
            'resource "aws_iam_openid_connect_provider" "p" {\n  url = "https://ci.example.com"\n}\n',
            "https://ci.example.com",
            "aws_iam_openid_connect_provider.p",
            "sts:AssumeRoleWithWebIdentity",
        ),
        (
            "",
            'resource "aws_kinesis_firehose_delivery_stream" "f" {\n  http_endpoint_configuration {\n    url = "https://logs.example.com"\n  }\n}\n',
            "https://logs.example.com",
            "aws_kinesis_firehose_delivery_stream.f",
            "firehose:Receive",
        ),
        (
            "",
            'resource "aws_dlm_lifecycle_policy" "d" {\n  policy_details {\n    schedule {\n      share_rule {\n        target_accounts = ["999988887777"]\n      }\n    }\n  }\n}\n',
            OTHER,
            "aws_dlm_lifecycle_policy.d",
            "ec2:CreateVolume",
        ),
        (
            "",
            'resource "aws_pipes_pipe" "p" {\n  target = "arn:aws:sqs:eu-west-1:999988887777:q"\n}\n',
            "arn:aws:sqs:eu-west-1:999988887777:q",
            "aws_pipes_pipe.p",
            "pipes:Receive",
        ),
        (
            "",
            'resource "aws_scheduler_schedule" "s" {\n  target {\n    arn = "arn:aws:sqs:eu-west-1:999988887777:q"\n  }\n}\n',
            "arn:aws:sqs:eu-west-1:999988887777:q",
            "aws_scheduler_schedule.s",
            "scheduler:Receive",
        ),
    ],
    ids=[
        "member",
        "group elsewhere",
        "user of ours",
        "assigned",
        "set elsewhere",
        "grant",
        "cluster",
        "map",
        "document",
        "subscription",
        "target",
        "issuer",
        "endpoint",
        "shared snapshots",
        "pipe",
        "schedule",
    ],
)
def test_rights_that_are_given_without_a_policy(base: str, more: str, who: str, guarded: str, what: str) -> None:
    entries = deltas({"main.tf": base or 'variable "x" {}\n'}, {"main.tf": base + more}).access_added
    entry = next(each for each in entries if each.principal == who)
    assert entry.guarded == guarded
    assert what in (entry.actions or (entry.why.partition(":")[0],))


QUEUE = 'resource "aws_sqs_queue" "q" {}\n'


@pytest.mark.parametrize(
    "more",
    [
        'resource "aws_sns_topic_subscription" "s" {\n  topic_arn = "t"\n  protocol = "sqs"\n  endpoint = aws_sqs_queue.q.arn\n}\n',
        'resource "aws_cloudwatch_event_target" "t" {\n  rule = "all"\n  arn = aws_sqs_queue.q.arn\n}\n',
        'data "aws_iam_openid_connect_provider" "p" {\n  url = "https://ci.example.com"\n}\n',
    ],
)
def test_what_is_beside_it_or_was_there_is_given_nothing(more: str) -> None:
    assert not deltas({"main.tf": QUEUE}, {"main.tf": QUEUE + more}).access_added


ROLES = "".join(
    f'resource "aws_iam_role" "{name}" {{\n  name = "{name}"\n  assume_role_policy = jsonencode({{ Statement = [] }})\n}}\n'
    f'resource "aws_iam_role_policy" "{name}" {{\n  role = aws_iam_role.{name}.id\n  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "{action}", Resource = "*" }}] }})\n}}\n'
    for name, action in (("low", "s3:GetObject"), ("high", "s3:*"))
)
WORKLOADS = (
    'resource "aws_lambda_function" "f" {\n  function_name = "f"\n  role = SLOT\n}\n',
    'resource "aws_ecs_task_definition" "f" {\n  family = "f"\n  task_role_arn = SLOT\n}\n',
    'resource "aws_iam_instance_profile" "f" {\n  name = "f"\n  role = SLOT\n}\n',
)


@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("aws_iam_role.low.arn", "aws_iam_role.high.arn", ["s3:*"]),
        ('"arn:aws:iam::111122223333:role/low"', '"arn:aws:iam::111122223333:role/high"', ["s3:*"]),
        ('"arn:aws:iam::111122223333:role/a"', '"arn:aws:iam::111122223333:role/b"', ["cannot say"]),
        # What a role may is said of the role.
        ("aws_iam_role.high.arn", "aws_iam_role.high.arn", []),
    ],
)
def test_what_runs_with_another_role(workload: str, before: str, after: str, said: list[str]) -> None:
    files = [{"main.tf": ROLES + workload.replace("SLOT", role)} for role in (before, after)]
    entries = deltas(*files).access_added
    assert [(each.actions or (each.why.partition(":")[0],))[0] for each in entries] == said
    assert not deltas({"main.tf": ROLES}, files[1]).access_added


def test_a_policy_of_a_role_that_another_unit_makes_is_told_with_the_role() -> None:
    trust = "assume_role_policy = jsonencode({})"
    policy = 'policy = jsonencode({Statement = [{Effect = "Allow", Action = "s3:GetObject", Resource = "*"}]})'
    made = f'resource "aws_iam_role" "app" {{\n  name = "app"\n  {trust}\n}}\n'
    own = f'resource "aws_iam_role_policy" "p" {{\n  role = aws_iam_role.app.name\n  {policy}\n}}\n'
    other = f'resource "aws_iam_role_policy" "p" {{\n  role = "app"\n  {policy}\n}}\n'
    there = {"roles/main.tf": made + own, "policies/main.tf": ""}
    moved = {"roles/main.tf": made, "policies/main.tf": other}
    assert not any(deltas(there, moved))
    assert not any(deltas(moved, there))
    [entry] = deltas({**moved, "policies/main.tf": ""}, moved).access_added
    assert entry.actions == ("s3:GetObject",)


def test_of_many_resources_that_are_left_three_are_named() -> None:
    named = [allow("s3:GetObject", [f"{BUCKET}/{key}" for key in "abcde"])]
    [entry] = deltas(template(Role=role(allow("s3:GetObject"))), template(Role=role(*named))).access_removed
    assert entry.why == f"now: on {BUCKET}/a, {BUCKET}/b, {BUCKET}/c and 2 more"


def test_whom_a_denial_leaves_out_matters() -> None:
    def bucket(*left_out: str) -> Files:
        statements = [
            allow("s3:GetObject", f"{BUCKET}/*", Principal={"AWS": "*"}),
            deny(
                "s3:GetObject",
                f"{BUCKET}/*",
                NotPrincipal={"AWS": [f"arn:aws:iam::111122223333:{each}" for each in left_out]},
            ),
        ]
        return template(
            B={"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "data"}},
            P={
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": document(*statements)},
            },
        )

    [entry] = deltas(bucket("role/a"), bucket("role/a", "role/b")).access_added
    assert (entry.effect, entry.principal) == ("Deny", "arn:aws:iam::111122223333:role/b")
    [entry] = deltas(bucket("role/a", "role/b"), bucket("role/a")).access_removed
    assert (entry.effect, entry.principal) == ("Deny", "arn:aws:iam::111122223333:role/b")
    assert not deltas(bucket("role/a", "role/b"), bucket("role/a")).access_added


def test_whom_an_allow_leaves_out_is_told_as_it_was() -> None:
    def bucket(*left_out: str) -> dict[str, str]:
        names = [f"arn:aws:iam::111122223333:role/{each}" for each in left_out]
        policy = document(allow("s3:GetObject", f"{BUCKET}/*", NotPrincipal={"AWS": names}))
        return template(P={"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": "data", "PolicyDocument": policy}})

    role = "arn:aws:iam::111122223333:role"
    [entry] = deltas(bucket("a", "b"), bucket("a")).access_added
    assert entry.principal == f"everyone but {role}/a"
    assert entry.why == f"was: by everyone but {role}/a, {role}/b"
