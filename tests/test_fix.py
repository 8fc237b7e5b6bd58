"""`--fix`: what is edited, and that nothing else is."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from jsonschema import Draft7Validator
from jsonschema.validators import extend

from iacreview.catalog.catalog import Kind, Property, in_dialect
from iacreview.commands.fix import fixed
from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Finding, Report
from iacreview.model.value import Choice, Encoded, Known, ListValue, MapValue, Value
from iacreview.options import Options
from iacreview.pipeline import check, graphs
from tests.repositories import Runner
from tests.schemas import resolved, schema
from tests.trees import MemoryTree

ROOT = Path(__file__).parent.parent
FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*/bad.*"))
CATALOG = load_catalog()
RULES = {rule.code: rule for rule in load_rules()}


def leaves(value: Value | None, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, MapValue):
        yield path, "{}"
        for key, each in value.entries.items():
            yield from leaves(each, f"{path}.{key}")
    elif isinstance(value, ListValue):
        for at, each in enumerate(value.items):
            yield from leaves(each, f"{path}.{at}")
    elif isinstance(value, Encoded):
        yield from leaves(value.structure, path)
    elif isinstance(value, Choice):
        for at, (_, each) in enumerate(value.branches):
            yield from leaves(each, f"{path}?{at}")
    else:
        yield path, str(value.data) if isinstance(value, Known) else "?"


def settings(files: dict[str, str]) -> dict[tuple[str, str], str]:
    """Everything that is set in the resources of some files."""
    found = graphs(MemoryTree(files), (), CATALOG)
    each = (resource for graph in found for resource in graph.resources.values())
    return {(one.address, path): text for one in each for path, text in leaves(one.attributes)}


class Mended(NamedTuple):
    """A fixture, what is found in it, and what the fixes make of it."""

    before: dict[str, str]
    after: dict[str, str]
    findings: Sequence[Finding]
    fixes: int


def review(path: Path, files: dict[str, str]) -> Report:
    return check(MemoryTree(files), (), Options([RULES[path.parent.name]], CATALOG, profile="strict", fixing=True))


@cache
def mended(path: Path) -> Mended:
    before = {path.name: path.read_text(encoding="utf-8")}
    findings = review(path, before).findings
    done = fixed(MemoryTree(before), findings, lambda tree: review(path, {path.name: tree.read(path.name)}))
    return Mended(before, {**before, **done.texts}, findings, done.fixes)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_fixtures(path: Path) -> None:
    """After the fixes nothing is left that could be fixed, everything can be read, and nothing else has changed."""
    done = mended(path)
    left = review(path, done.after).findings
    assert not [each.message for each in left if each.edits]
    assert not [each.message for each in left if each.rule == "SYN001"]
    assert done.fixes <= len(done.findings)
    old, new = settings(done.before), settings(done.after)
    changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    assert {address for address, _ in changed} <= {each.resource.address for each in done.findings if each.resource}
    assert len(changed) <= 12 * done.fixes
    assert bool(changed) == bool(done.fixes)


TERRAFORM = """\
variable "encrypted" {
  type    = bool
  default = false # for the old accounts
}

module "disk" {
  source = "./disk"
  public = true
}

resource "aws_ebs_volume" "data" {
  availability_zone = "eu-west-1a"
  encrypted         = var.encrypted
}

resource "aws_efs_file_system" "home" {}

resource "aws_opensearch_domain" "logs" {
  # The name is used by the dashboards.
  domain_name = "logs"
}
"""
DISK = """\
variable "public" {}

resource "aws_db_instance" "this" {
  engine              = "mysql"
  storage_encrypted   = true
  publicly_accessible = var.public
}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "main.tf").write_text(DISK, encoding="utf-8")
    (tmp_path / "main.tf").write_text(TERRAFORM, encoding="utf-8")
    return tmp_path


def test_what_is_written_is_changed_where_it_is_written(project: Path, iacreview: Runner) -> None:
    done = iacreview(project, "check", "--select", "ENC001,NET004", "--fix")
    text = (project / "main.tf").read_text(encoding="utf-8")
    assert "  default = true # for the old accounts\n" in text
    assert "  public = false\n" in text
    assert 'resource "aws_efs_file_system" "home" {\n  encrypted = true\n}\n' in text
    assert "  # The name is used by the dashboards.\n" in text
    assert '  domain_name = "logs"\n\n  encrypt_at_rest {\n    enabled = true\n  }\n}\n' in text
    assert (project / "disk" / "main.tf").read_text(encoding="utf-8") == DISK
    assert "fixed in 1 file." in done.err


def test_a_patch_changes_nothing_and_shows_no_secret(project: Path, iacreview: Runner) -> None:
    text = DISK.replace('"mysql"\n', '"mysql"\n  password            = "Lantern-4471-fern"\n').replace(
        "var.public", "true"
    )
    (project / "disk" / "main.tf").write_text(text, encoding="utf-8")
    done = iacreview(project, "check", "disk", "--fix", "--diff")
    assert done.status == 1
    assert "-  publicly_accessible = true\n+  publicly_accessible = false\n" in done.out
    assert "Lantern" not in done.out
    assert (project / "disk" / "main.tf").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "written",
    [
        "MasterUserPassword: !Zq9Vault17xKm4 x",
        "MasterUserPassword: *Zq9Vault17xKm4",
        "MasterUserPassword: !Split [a, 'Zq9Vault17xKm4']",
        "MasterUserPassword: !GetAtt Zq9Vault17xKm4.X",
        "DBName: Zq9Vault~17!xKm4",
    ],
)
def test_a_patch_shows_no_password_that_is_read_as_a_name(tmp_path: Path, written: str, iacreview: Runner) -> None:
    properties = f"Engine: mysql\n      StorageEncrypted: false\n      {written}\n"
    text = f"Resources:\n  D:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      {properties}"
    (tmp_path / "t.yaml").write_text(text, encoding="utf-8")
    assert "Zq9Vault" not in iacreview(tmp_path, "check", "--fix", "--diff").out


def test_nothing_to_fix(project: Path, iacreview: Runner) -> None:
    done = iacreview(project, "check", "--select", "IAM", "--fix", "--diff")
    assert (done.status, done.out) == (0, "")


TEMPLATE = """\
Parameters:
  Public:
    Type: String
    Default: "true" # for a while
Resources:
  Database:
    Type: AWS::RDS::DBInstance
    Properties:
      # Keep the engine.
      Engine: mysql
      StorageEncrypted: false
      PubliclyAccessible: !Ref Public
  Queue:
    Type: AWS::SQS::Queue
  Files: {Type: AWS::EFS::FileSystem, Properties: {Encrypted: false}}
"""


def test_a_template_keeps_its_comments_and_line_endings(tmp_path: Path, iacreview: Runner) -> None:
    (tmp_path / "t.yaml").write_bytes(TEMPLATE.replace("\n", "\r\n").encode())
    iacreview(tmp_path, "check", "--select", "ENC001,NET004", "--fix")
    wanted = (
        TEMPLATE.replace('"true" # for', "false # for")
        .replace("StorageEncrypted: false", "StorageEncrypted: true")
        .replace("Encrypted: false}", "Encrypted: true}")
    )
    assert (tmp_path / "t.yaml").read_bytes() == wanted.replace("\n", "\r\n").encode()


def test_json_keeps_its_layout(tmp_path: Path, iacreview: Runner) -> None:
    text = '{"Resources": {\n  "Files": {\n    "Type": "AWS::EFS::FileSystem",\n    "Properties": {\n      "Encrypted": false\n    }\n  },\n  "Disk": {"Type": "AWS::EC2::Volume", "Properties": {}}\n}}\n'
    (tmp_path / "t.json").write_text(text, encoding="utf-8")
    iacreview(tmp_path, "check", "--select", "ENC001", "--fix")
    wanted = text.replace('"Encrypted": false', '"Encrypted": true').replace("{}}", '{"Encrypted": true}}')
    assert (tmp_path / "t.json").read_text(encoding="utf-8") == wanted


def test_what_a_person_has_to_choose_is_left(tmp_path: Path, iacreview: Runner) -> None:
    text = 'resource "aws_lb_listener" "web" {\n  load_balancer_arn = "arn"\n  protocol          = "HTTP"\n}\n'
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    done = iacreview(tmp_path, "check", "--fix")
    assert done.status == 1
    assert (tmp_path / "main.tf").read_text(encoding="utf-8") == text


def test_an_edit_that_mends_nothing_is_taken_back() -> None:
    options = Options([RULES["ENC001"]], CATALOG, fixing=True)
    files = {"main.tf": 'resource "aws_efs_file_system" "home" {\n  encrypted = false\n}\n'}
    report = check(MemoryTree(files), (), options)
    assert report.findings[0].edits
    done = fixed(MemoryTree(files), report.findings, lambda tree: report)
    assert (done.texts, done.fixes) == ({}, 0)


def test_a_change_is_fixed_alone(tmp_path: Path, iacreview: Runner) -> None:
    """`diff --fix` leaves what was there before."""
    old = 'resource "aws_efs_file_system" "old" {\n  encrypted = false\n}\n'
    (tmp_path / "main.tf").write_text(old, encoding="utf-8")
    for arguments in (
        ("init", "-q"),
        ("add", "."),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"),
    ):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    (tmp_path / "main.tf").write_text(old + old.replace("old", "new"), encoding="utf-8")
    done = iacreview(tmp_path, "diff", "HEAD", "--fix")
    text = (tmp_path / "main.tf").read_text(encoding="utf-8")
    assert text == old + old.replace("old", "new").replace("false", "true")
    assert "Nothing introduced" in done.out
    assert iacreview(tmp_path, "diff", "HEAD", "--staged", "--fix").status == 2


PROVIDER = json.loads((Path(__file__).parent / "data" / "terraform-types.json").read_text(encoding="utf-8"))["types"]


def refused(type: str, added: set[tuple[str, ...]], blocks: set[tuple[str, ...]]) -> Iterator[str]:
    """What Terraform's provider would say of settings that were added, each by the names on the way to it.

    `blocks` are those that were there before.
    """
    for names in added:
        schema: Any = {"of": PROVIDER[type]}
        for at, name in enumerate(names):
            schema = schema["of"].get(name)
            if schema is None:
                yield f"{type} has no {'.'.join(names)}"
            if not isinstance(schema, dict):
                break
            here = names[: at + 1]
            for key, kind in schema["of"].items() if here not in blocks else ():
                if str(kind).endswith("!") and not any(each[: at + 2] == (*here, key) for each in added):
                    yield f"{type}.{'.'.join(here)} needs {key}"


@pytest.mark.parametrize("path", [each for each in FIXTURES if each.suffix == ".tf"], ids=lambda path: path.parent.name)
def test_terraform_takes_what_is_added(path: Path) -> None:
    done = mended(path)
    old, new = settings(done.before), settings(done.after)
    types = {each.resource.address: each.resource.type for each in done.findings if each.resource}
    said = []
    for address in {address for address, _ in new.keys() - old.keys()}:
        there = {names_of(path) for one, path in old if one == address}
        blocks = {each[:at] for each in there for at in range(1, len(each) + 1)}
        added = {names_of(path) for one, path in new.keys() - old.keys() if one == address}
        said += refused(types[address], added, blocks)
    assert not said


def names_of(path: str) -> tuple[str, ...]:
    return tuple(each for each in path.split(".") if each and not each.isdigit())


INSTALLED = {"Modules": [{"Key": "d", "Source": "registry.terraform.io/acme/disk/aws", "Version": "1.2.3", "Dir": ".terraform/modules/d"}]}  # fmt: skip
OPEN = 'resource "aws_efs_file_system" "home" {\n  encrypted = false\n}\n'


def git(folder: Path, *arguments: str) -> None:
    named = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", *named, *arguments], cwd=folder, check=True, capture_output=True)


def foreign(folder: Path) -> dict[str, str]:
    """A root that calls modules which are not its own, by path; what is said of each."""
    calls = 'module "d" {\n  source = "acme/disk/aws"\n}\nmodule "l" {\n  source = "./linked"\n}\n'
    calls += 'module "s" {\n  source = "./sub"\n}\nmodule "m" {\n  source = "./made"\n}\n'
    texts = {
        "main.tf": calls,
        ".gitignore": "made\n.terraform\n",
        ".terraform/modules/modules.json": json.dumps(INSTALLED),
        **dict.fromkeys((".terraform/modules/d/main.tf", "real/main.tf", "sub/main.tf", "made/main.tf"), OPEN),
    }
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (folder / "linked").symlink_to("real")
    git(folder / "sub", "init", "-q")
    git(folder, "init", "-q")
    return {
        ".terraform/modules/d/main.tf": "it is installed: change the module at its source, registry.terraform.io/acme/disk/aws 1.2.3",
        "linked/main.tf": "a link leads to it: change it where it is",
        "made/main.tf": "git ignores it: change what it is made of",
        "sub/main.tf": "it is of another repository, sub: change it there",
    }


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_what_is_not_the_project_s_own_is_not_edited(tmp_path: Path, iacreview: Runner) -> None:
    said = foreign(tmp_path)
    for arguments in (("--fix",), ("--fix", "--diff")):
        done = iacreview(tmp_path, "check", "main.tf", "--select", "ENC001", *arguments)
        assert dict.fromkeys(said, OPEN) == {path: (tmp_path / path).read_text(encoding="utf-8") for path in said}
        assert done.err.splitlines()[: len(said)] == [
            f"{path}: not changed, since {why}" for path, why in sorted(said.items())
        ]
        assert "+++" not in done.out
    refused = iacreview(tmp_path, "suppress", "ENC001@module.d.aws_efs_file_system.home", "--reason", "x")
    assert (refused.status, "acme/disk/aws 1.2.3" in refused.err) == (2, True)


class _Intrinsic(yaml.SafeLoader):
    """YAML whose tags are the functions in their long form."""


def _function(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: node.value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Intrinsic.add_multi_constructor("!", _function)
IN_TEMPLATES = [each for each in FIXTURES if each.suffix == ".yaml"]


# Patterns are not those of Python.
SHAPES = extend(Draft7Validator, {"pattern": lambda *_: None})


def refused_by_cloudformation(text: str) -> Counter[tuple[str, ...]]:
    """What the resource schemas do not take of a template: the resource, the place in it and what is wrong there.

    What functions stand for is taken for an object, before and after a fix alike.
    """
    errors: Counter[tuple[str, ...]] = Counter()
    for name, resource in yaml.load(text, _Intrinsic)["Resources"].items():
        found = schema(str(resource.get("Type")))
        if found is not None:
            for each in SHAPES(found).iter_errors(resource.get("Properties") or {}):
                errors[(name, *map(str, each.absolute_path), str(each.validator))] += 1
    return errors


@pytest.mark.parametrize("path", IN_TEMPLATES, ids=lambda path: path.parent.name)
def test_cloudformation_takes_what_is_written(path: Path) -> None:
    """By the resource schemas that cfn-lint ships."""
    pytest.importorskip("cfnlint", reason="the schemas are cfn-lint's")
    done = mended(path)
    new = refused_by_cloudformation(done.after[path.name]) - refused_by_cloudformation(done.before[path.name])
    assert list(new) == []


SERVERLESS = "AWS::Serverless::"
WITH_SAM = [each for each in FIXTURES if each.suffix == ".yaml" and SERVERLESS in each.read_text(encoding="utf-8")]


def refused_by_sam(text: str) -> set[tuple[str, str]]:
    """What SAM's own schema does not take of a template's serverless resources, by their names."""
    schema = "samtranslator.internal.schema_source.aws_serverless_"
    errors: set[tuple[str, str]] = set()
    for name, resource in yaml.load(text, _Intrinsic)["Resources"].items():
        if str(resource.get("Type")).startswith(SERVERLESS):
            kind = resource["Type"].removeprefix(SERVERLESS).lower()
            try:
                importlib.import_module(f"{schema}{kind}").Resource.parse_obj(resource)
            except ValueError as error:
                errors |= {(name, line) for line in str(error).splitlines()}
    return errors


@pytest.mark.parametrize("path", WITH_SAM, ids=lambda path: path.parent.name)
def test_sam_takes_what_is_added(path: Path) -> None:
    pytest.importorskip("samtranslator", reason="SAM's schema is that of aws-sam-translator")
    done = mended(path)
    assert refused_by_sam(done.after[path.name]) - refused_by_sam(done.before[path.name]) == set()


def test_the_schema_knows_what_is_none_of_sam_s() -> None:
    pytest.importorskip("samtranslator", reason="SAM's schema is that of aws-sam-translator")
    machine = "Resources: {M: {Type: AWS::Serverless::StateMachine, Properties: {%s: {Level: ERROR}}}}"
    assert not refused_by_sam(machine % "Logging")
    assert refused_by_sam(machine % "LoggingConfiguration")


def unlike(type: str, property: Property, wanted: Any) -> Iterator[str]:
    """What CloudFormation's schema says against a value at the place of a property."""
    found = schema(type)
    for path in property.paths["cloudformation"] if found is not None else ():
        names = [segment.name for segment in path.segments]
        if path.satellite or any(segment.action != "name" for segment in path.segments):
            continue
        part = part_at(found, names)
        if (
            part is not None
            and next(SHAPES({"definitions": found.get("definitions", {}), **part}).iter_errors(wanted), None)
            is not None
        ):
            yield f"{type}: {'.'.join(names)} is not {wanted!r}"


def part_at(root: dict[str, Any], names: Sequence[str]) -> dict[str, Any] | None:
    """What a schema says of the value at the end of some names, in lists and outside of them."""
    part: dict[str, Any] | None = root
    for name in names:
        while part is not None and "items" in part:
            part = resolved(root, part["items"])
        part = part.get("properties", {}).get(name) if part is not None else None
        part = resolved(root, part) if part is not None else None
    return part


def texts(spec: Any) -> list[str]:
    return [spec] if isinstance(spec, str) else list(spec or ())


def fixes() -> Iterator[tuple[str, Kind, Property, Any]]:
    """Each property that a row's fix sets in templates: the rule, the kind, the property and the value."""
    for rule in RULES.values():
        for row in rule.rows:
            if isinstance(row.fix, str) or row.kind == "*":
                continue
            kind = CATALOG.kind(row.kind)
            for name, wanted in row.fix.items():
                yield rule.code, kind, fixed_property(kind, row.each, name), in_dialect(wanted, "cloudformation")


def fixed_property(kind: Kind, each: str, name: str) -> Property:
    """A property, or that of the members of a collection."""
    if not each:
        return kind.property(name)
    first, *rest = each.split(".")
    found = kind.property(first)
    for inner in rest:
        found = found.items[inner]
    return found.items[name]


def test_what_a_fix_sets_is_what_cloudformation_takes() -> None:
    """Of every row, those included that only say what to write."""
    pytest.importorskip("cfnlint", reason="the schemas are cfn-lint's")
    said = {
        f"{code} {line}"
        for code, kind, property, wanted in fixes()
        if not (isinstance(wanted, str) and (wanted == "present" or "<" in wanted))
        for type in texts(kind.spec["types"].get("cfn"))
        for line in unlike(type, property, wanted)
    }
    assert said == set()
