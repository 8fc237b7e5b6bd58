"""From a unit to findings, over a small catalog and rules of its own: what every rule can rely on."""

from __future__ import annotations

from typing import Any

import pytest

from iacreview.catalog.catalog import Catalog
from iacreview.engine.load import load_catalog, load_rules
from iacreview.engine.rule import rule_from
from iacreview.engine.rulefiles import File, catalog_spec, rule_spec
from iacreview.errors import RuleError
from iacreview.model.finding import Report
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree

CATALOG = """\
service: test
kinds:
  s3.bucket:
    title: S3 bucket
    types: {cfn: AWS::S3::Bucket, tf: aws_s3_bucket}
    names: [bucket]
    satellites: {aws_s3_bucket_logging: {link: bucket}}
    properties:
      log_target:
        cfn: LoggingConfiguration.DestinationBucketName
        tf: [aws_s3_bucket_logging/target_bucket, logging.target_bucket]
  rds.instance:
    title: RDS instance
    types: {cfn: AWS::RDS::DBInstance, tf: aws_db_instance}
    properties:
      encrypted: {cfn: StorageEncrypted, tf: storage_encrypted, default: false}
      replica_of: {cfn: SourceDBInstanceIdentifier, tf: replicate_source_db}
      password: {cfn: MasterUserPassword, tf: password}
      public: {cfn: PubliclyAccessible, tf: publicly_accessible, default: {cfn: {unknown: the subnets decide}, tf: false}}
      logs: {cfn: EnableCloudwatchLogsExports, tf: enabled_cloudwatch_logs_exports}
  ec2.group:
    title: Security group
    types: {cfn: AWS::EC2::SecurityGroup, tf: aws_security_group}
    properties:
      name: {cfn: GroupName, tf: name}
      ingress:
        cfn: SecurityGroupIngress
        tf: ingress
        items:
          port: {cfn: FromPort, tf: from_port}
          description: {cfn: Description, tf: description}
"""

RULE = """\
id: TST001
name: test-rule
family: encryption
title: It is wrong
severity: high
why: Because this text has to be at least forty characters long.
rows:
"""


def catalog() -> Catalog:
    return Catalog(catalog_spec([File("c.yaml", CATALOG)]))


def found(rows: str, files: dict[str, str], profile: str = "default") -> Report:
    spec = rule_spec(File("r.yaml", RULE + rows), catalog())
    return check(MemoryTree(files), (), Options([rule_from(spec)], catalog(), profile=profile))


def told(report: Report) -> list[str]:
    return [f"{each.span.first.line}: {each.message}" for each in report.findings]


ENCRYPTED = "  - {kind: rds.instance, when: {replica_of: absent}, require: {encrypted: true}, fix: {encrypted: true}}\n"


@pytest.mark.parametrize(
    ("body", "findings", "undecided"),
    [
        ("storage_encrypted = true", [], []),
        ('storage_encrypted = "true"', [], []),
        ("storage_encrypted = false", ["2: It is wrong: `storage_encrypted` is false"], []),
        ("storage_encrypted = null", ["1: It is wrong: `storage_encrypted` is not set, and the default is false"], []),
        ("", ["1: It is wrong: `storage_encrypted` is not set, and the default is false"], []),
        ("storage_encrypted = var.on", [], ["`storage_encrypted`: var.on has no default"]),
        ('replicate_source_db = "x"', [], []),
        (
            "replicate_source_db = var.on",
            [],
            [
                "`storage_encrypted` is not set, and the default is false, but whether that matters is not known: "
                "`replicate_source_db`: var.on has no default"
            ],
        ),
    ],
)
def test_one_property(body: str, findings: list[str], undecided: list[str]) -> None:
    text = f'resource "aws_db_instance" "d" {{\n  {body}\n}}\nvariable "on" {{}}\n'
    report = found(ENCRYPTED, {"main.tf": text})
    assert told(report) == findings
    assert [each.reason for each in report.undecided] == undecided


def test_the_fix_speaks_the_dialect() -> None:
    terraform = found(ENCRYPTED, {"main.tf": 'resource "aws_db_instance" "d" {}\n'})
    template = found(ENCRYPTED, {"t.yaml": "Resources:\n  D:\n    Type: AWS::RDS::DBInstance\n"})
    assert terraform.findings[0].remediation == "set `storage_encrypted = true`"
    assert template.findings[0].remediation == "set `StorageEncrypted: true`"
    assert template.findings[0].fingerprint != terraform.findings[0].fingerprint


def test_a_choice_names_the_bad_branch() -> None:
    text = (
        "Parameters: {Env: {Type: String}}\nConditions: {Prod: !Equals [!Ref Env, prod]}\nResources:\n"
        "  D:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      StorageEncrypted: !If [Prod, true, false]\n"
    )
    report = found(ENCRYPTED, {"t.yaml": text})
    assert told(report) == ["7: It is wrong: `StorageEncrypted` is false (when Prod is false)"]


def test_a_default_nobody_knows_is_undecided() -> None:
    rows = "  - {kind: rds.instance, require: {public: false}}\n"
    report = found(rows, {"t.yaml": "Resources:\n  D:\n    Type: AWS::RDS::DBInstance\n"})
    assert (told(report), [each.reason for each in report.undecided]) == (
        [],
        ["`PubliclyAccessible`: the subnets decide"],
    )
    assert not found(rows, {"main.tf": 'resource "aws_db_instance" "d" {}\n'}).undecided


LOGGED = "  - {kind: s3.bucket, require: {log_target: present}, fix: {log_target: <a bucket>}}\n"
BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "name"\n}\n'


@pytest.mark.parametrize(
    ("satellite", "findings"),
    [
        ("", ["1: It is wrong: there is no `aws_s3_bucket_logging` for it"]),
        ("bucket = aws_s3_bucket.b.id", ["1: It is wrong: `aws_s3_bucket_logging.target_bucket` is not set"]),
        ('bucket = aws_s3_bucket.b.id\n  target_bucket = "logs"', []),
        ('bucket = aws_s3_bucket.b.bucket\n  target_bucket = "logs"', []),
        ('bucket = "name"\n  target_bucket = "logs"', []),  # the same name links, too
        (
            'bucket = "other"\n  target_bucket = "logs"',
            ["1: It is wrong: there is no `aws_s3_bucket_logging` for it"],
        ),
    ],
)
def test_satellites(satellite: str, findings: list[str]) -> None:
    text = BUCKET + (f'resource "aws_s3_bucket_logging" "l" {{\n  {satellite}\n}}\n' if satellite else "")
    report = found(LOGGED, {"main.tf": text})
    assert told(report) == findings
    there = "aws_s3_bucket.b.id" in satellite
    for each in report.findings:
        assert each.remediation == (
            "set `target_bucket = <a bucket>` in its `aws_s3_bucket_logging`"
            if there
            else "add an `aws_s3_bucket_logging` resource whose `bucket` names it, with `target_bucket = <a bucket>`"
        )


def test_satellites_of_instances() -> None:
    text = (
        'resource "aws_s3_bucket" "b" {\n  for_each = toset(["x", "y"])\n  bucket = each.key\n}\n'
        'resource "aws_s3_bucket_logging" "l" {\n  for_each = { x = aws_s3_bucket.b["x"].id }\n'
        '  bucket = each.value\n  target_bucket = "logs"\n}\n'
    )
    report = found(LOGGED, {"main.tf": text})
    assert [each.resource.address for each in report.findings if each.resource] == ['aws_s3_bucket.b["y"]']


ITEMS = "  - {kind: ec2.group, each: ingress, when: {port: 22}, require: {description: present}}\n"


def test_members() -> None:
    text = (
        'resource "aws_security_group" "g" {\n  ingress {\n    from_port = 22\n  }\n'
        '  ingress {\n    from_port = 22\n    description = "why"\n  }\n  ingress {\n    from_port = 80\n  }\n}\n'
    )
    assert told(found(ITEMS, {"main.tf": text})) == ["2: It is wrong: `description` is not set"]


def test_a_member_sees_its_resource() -> None:
    rows = "  - {kind: ec2.group, each: ingress, when: {name: bastion}, require: {description: present}}\n"
    text = 'resource "aws_security_group" "g" {\n  name = "bastion"\n  ingress {\n    from_port = 1\n  }\n}\n'
    assert len(found(rows, {"main.tf": text}).findings) == 1
    assert not found(rows, {"main.tf": text.replace("bastion", "web")}).findings


def test_unreadable_members_are_undecided() -> None:
    text = 'variable "rules" {}\nresource "aws_security_group" "g" {\n  ingress = var.rules\n}\n'
    report = found(ITEMS, {"main.tf": text})
    assert (told(report), [each.reason for each in report.undecided]) == ([], ["`ingress`: var.rules has no default"])


def test_a_dynamic_block_over_an_unknown() -> None:
    text = (
        'variable "rules" {}\nresource "aws_security_group" "g" {\n  dynamic "ingress" {\n    for_each = var.rules\n'
        "    content {\n      from_port = 22\n    }\n  }\n}\n"
    )
    report = found(ITEMS, {"main.tf": text})
    assert len(report.findings) + len(report.undecided) >= 1


def test_alternatives() -> None:
    rows = "  - kind: rds.instance\n    require: {any: [{encrypted: true}, {logs: {contains: audit}}]}\n"
    base = 'variable "x" {}\nresource "aws_db_instance" "d" {\n'
    assert not found(rows, {"main.tf": base + '  enabled_cloudwatch_logs_exports = ["audit"]\n}\n'}).findings
    assert len(found(rows, {"main.tf": base + "}\n"}).findings) == 1
    report = found(rows, {"main.tf": base + "  storage_encrypted = var.x\n}\n"})
    assert (len(report.findings), len(report.undecided)) == (0, 1)


def test_secrets_are_masked_along_the_way() -> None:
    rows = "  - {kind: rds.instance, require: {password: {literal_secret: false}}}\n"
    text = 'variable "p" {\n  default = "hunter2"\n}\nresource "aws_db_instance" "d" {\n  password = var.p\n}\n'
    report = found(rows, {"main.tf": text})
    assert told(report) == ["5: It is wrong: `password` is a literal"]
    assert {each.text for each in report.secrets} == {"var.p", '"hunter2"'}
    assert [each.message for each in report.findings[0].related] == ["default of var.p"]


def test_one_place_counts_once_with_all_aliases() -> None:
    rows = (
        "  - {kind: rds.instance, require: {encrypted: true}, aliases: [F27], severity: low}\n"
        "  - {kind: rds.instance, require: {encrypted: true}, aliases: [CKV_AWS_16]}\n"
    )
    (finding,) = found(rows, {"main.tf": 'resource "aws_db_instance" "d" {}\n'}).findings
    assert (finding.aliases, finding.severity.label) == (("F27", "CKV_AWS_16"), "high")


def test_profiles() -> None:
    rows = "  - {kind: rds.instance, require: {encrypted: true}, profile: strict}\n"
    files = {"main.tf": 'resource "aws_db_instance" "d" {}\n'}
    assert not found(rows, files).findings
    assert len(found(rows, files, "strict").findings) == 1


def test_what_a_deployment_has_to_ask_for_is_undecided_unless_in_strict() -> None:
    text = """
Parameters:
  Safe: {Type: String, AllowedValues: ["true", "false"], Default: "true"}
  Weak: {Type: String, AllowedValues: ["true", "false"], Default: "false"}
  Open: {Type: String, AllowedValues: ["true", "false"]}
Resources:
  A: {Type: AWS::EFS::FileSystem, Properties: {Encrypted: !Ref Safe}}
  Twin: {Type: AWS::EFS::FileSystem, Properties: {Encrypted: !Ref Safe}}
  B: {Type: AWS::EFS::FileSystem, Properties: {Encrypted: !Ref Weak}}
  C: {Type: AWS::EFS::FileSystem, Properties: {Encrypted: !Ref Open}}
"""
    rules, every = [each for each in load_rules() if each.code == "ENC001"], load_catalog()

    def said(profile: str) -> tuple[list[str], list[str]]:
        report = check(MemoryTree({"t.yaml": text}), (), Options(rules, every, profile=profile))
        asked = [f"{each.resource.address} {each.span.first.line}: {each.reason}" for each in report.undecided]
        return [each.resource.address for each in report.findings if each.resource is not None], asked

    reason = '`Encrypted` is "false" (when Safe is false); the input allows that, and it is not its default'
    assert said("default") == (["B", "C"], [f"A 3: {reason}", f"Twin 3: {reason}"])
    assert said("strict") == (["A", "Twin", "B", "C"], [])


def test_fingerprints_hang_on_no_line_and_no_value() -> None:
    def fingerprints(text: str) -> list[str]:
        return [each.fingerprint for each in found(ENCRYPTED, {"main.tf": text}).findings]

    text = 'resource "aws_db_instance" "d" {\n  storage_encrypted = false\n}\n'
    assert fingerprints(text) == fingerprints("# moved\n\n" + text)
    assert fingerprints(text) != fingerprints(text.replace('"d"', '"e"'))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("  - {kind: rds.instanse, require: {encrypted: true}}\n", "r.yaml:8: rows.0.kind: the catalog has no kind"),
        (
            "  - {kind: rds.instance, require: {encripted: true}}\n",
            "r.yaml:8: rows.0.require: rds.instance has no prop",
        ),
        ("  - {kind: rds.instance, require: {encrypted: {is: 1}}}\n", "there is no operator `is`"),
        ("  - {kind: rds.instance, each: disks, require: {encrypted: true}}\n", "has no collection `disks`"),
        ("  - {kind: rds.instance, check: magic}\n", "there is no check `magic`"),
        ("  - {kind: rds.instance}\n", "needs `require` or `check`"),
        ("  - {kind: rds.instance, requires: {}}\n", "there is no key `requires`; did you mean `require`?"),
        ("  - {kind: rds.instance, require: {encrypted: true}, fix: {key: 1}}\n", "rows.0.fix"),
        (
            "  - {kind: rds.instance, check: open_sources, with: {prots: [22]}}\n",
            "r.yaml:8: rows.0.with.prots: the check `open_sources` has no parameter `prots`; did you mean `ports`?",
        ),
        (
            "  - {kind: rds.instance, check: open_sources, with: {ports: [ssh]}}\n",
            "rows.0.with.ports.0: 'ssh' is not of",
        ),
        ("  - {kind: rds.instance, check: wide_range, with: {ports: [22]}}\n", "`ports`; it takes none"),
        (
            "  - {kind: rds.instance, check: visible_input, with: {property: encripted}}\n",
            "rows.0.with.property: rds.instance has no property `encripted`; did you mean `encrypted`?",
        ),
        ("  - {kind: rds.instance, check: visible_input}\n", "rows.0.with: 'property' is a required property"),
        ("  - {kind: rds.instance, require: {encrypted: true}, with: {ports: [22]}}\n", "are for a `check`"),
        ("  - {kind: rds.instance, require: {encripted: true}}\n", "did you mean `encrypted`?"),
    ],
)
def test_a_wrong_rule_says_where(rows: str, message: str) -> None:
    with pytest.raises(RuleError) as error:
        rule_spec(File("r.yaml", RULE + rows), catalog())
    assert message in error.value.message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("tf: storage_encrypted,", "tf: storage..encrypted,", "c.yaml:16: kinds.rds.instance.properties.encrypted"),
        ("aws_s3_bucket_logging/target", "aws_s3_bucket_loging/target", "is not among the kind's satellites"),
        ("title: RDS instance", "titel: RDS instance", "there is no key `titel`; did you mean `title`?"),
        ("AWS::RDS::DBInstance", "AWS::S3::Bucket", "AWS::S3::Bucket is already"),
    ],
)
def test_a_wrong_catalog_says_where(old: str, new: str, message: str) -> None:
    with pytest.raises(RuleError) as error:
        catalog_spec([File("c.yaml", CATALOG.replace(old, new))])
    assert message in error.value.message


def test_nothing_is_kept_between_runs() -> None:
    files: dict[str, Any] = {"main.tf": 'resource "aws_db_instance" "d" {}\n'}
    assert found(ENCRYPTED, files).findings[0].message == found(ENCRYPTED, files).findings[0].message


FOLLOWED = """
service: elb
kinds:
  lb.listener:
    title: Listener
    types: {tf: aws_lb_listener, cfn: AWS::ElasticLoadBalancingV2::Listener}
    properties:
      internal: {tf: load_balancer_arn.follow().internal, cfn: LoadBalancerArn.follow().Scheme, default: false}
"""


@pytest.mark.parametrize(
    ("balancer", "told_of_it"),
    [
        pytest.param("aws_lb.inside.arn", "", id="a resource that says so"),
        pytest.param("aws_lb.open.arn", "finding", id="a resource that says nothing"),
        pytest.param("var.balancer", "undecided", id="an input"),
        pytest.param("data.aws_lb.found.arn", "undecided", id="what is looked up"),
        pytest.param("module.web.arn", "undecided", id="a module that is not here"),
        pytest.param("local.gone", "undecided", id="nothing that is known"),
    ],
)
def test_what_a_reference_leads_to(balancer: str, told_of_it: str) -> None:
    text = f"""
    variable "balancer" {{}}
    module "web" {{
      source = "git::https://example.com/web.git"
    }}
    data "aws_lb" "found" {{
      name = "found"
    }}
    resource "aws_lb" "inside" {{
      internal = true
    }}
    resource "aws_lb" "open" {{}}
    resource "aws_lb_listener" "l" {{
      load_balancer_arn = {balancer}
    }}
    """
    rows = "  - {kind: lb.listener, require: {internal: true}, fix: look at it}\n"
    followed = Catalog(catalog_spec([File("c.yaml", FOLLOWED)]))
    rule = rule_from(rule_spec(File("r.yaml", RULE + rows), followed))
    report = check(MemoryTree({"main.tf": text}), (), Options([rule], followed))
    outcomes = ["finding" for each in report.findings if each.rule == rule.code] + [
        "undecided" for _ in report.undecided
    ]
    assert outcomes == ([told_of_it] if told_of_it else [])


NAMED = 'variable "name" {}\nresource "aws_s3_bucket" "b" {\n  bucket = "${var.name}-data"\n}\n'


@pytest.mark.parametrize(
    ("bucket", "logged"),
    [
        pytest.param('"${var.name}-data"', True, id="the same text with the same hole"),
        pytest.param('"${var.other}-data"', False, id="another hole"),
        pytest.param('"${var.name}-logs"', False, id="another text"),
    ],
)
def test_what_names_a_resource_by_a_text_that_is_known_in_part(bucket: str, logged: bool) -> None:
    text = f'{NAMED}resource "aws_s3_bucket_logging" "l" {{\n  bucket = {bucket}\n  target_bucket = "logs"\n}}\n'
    rules = [rule for rule in load_rules() if rule.code == "LOG001"]
    report = check(MemoryTree({"main.tf": text + 'variable "other" {}\n'}), (), Options(rules, load_catalog()))
    assert bool(report.findings) is not logged
