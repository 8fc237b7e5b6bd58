"""Files are read in every encoding that their mark names; what is not text is a finding at the byte, never nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from iacreview.decisions import decided
from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Report
from iacreview.options import Options
from iacreview.pipeline import check
from iacreview.tree import WorkingTree

OPTIONS = Options(load_rules(), load_catalog())
TEMPLATE = """\
# für die Datenbank
Resources:
  D:
    Type: AWS::EC2::Volume
    Properties: {AvailabilityZone: a, Encrypted: false}
"""
VOLUME = '# für\nresource "aws_ebs_volume" "v" {\n  availability_zone = "a"\n  encrypted = false\n}\n'
PLAN = """{"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {"root_module": {"resources": [
 {"address": "aws_ebs_volume.v", "mode": "managed", "type": "aws_ebs_volume", "name": "v",
  "values": {"encrypted": false, "tags": {"a": "für"}}}]}}}
"""


def reviewed(root: Path, files: Mapping[str, bytes], *paths: str) -> Report:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return check(WorkingTree(str(root)), paths, OPTIONS)


def places(report: Report) -> list[tuple[str, str, int]]:
    wanted = ("SYN001", "ENC001", "NET001")
    return [(each.rule, each.span.path, each.span.first.line) for each in report.findings if each.rule in wanted]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize(
    ("name", "text", "line"),
    [("t.yaml", TEMPLATE, 5), ("main.tf", VOLUME, 4), ("plan.json", PLAN, 3), ("t.json", "", 1)],
)
def test_a_mark_tells_the_encoding(tmp_path: Path, encoding: str, name: str, text: str, line: int) -> None:
    text = text or '{"Resources": {"D": {"Type": "AWS::EC2::Volume", "Properties": {"Encrypted": false}}}}'
    assert places(reviewed(tmp_path, {name: text.encode(encoding)})) == [("ENC001", name, line)]


@pytest.mark.parametrize(("name", "text", "line"), [("t.yaml", TEMPLATE, 1), ("plan.json", PLAN, 3)])
@pytest.mark.parametrize("named", [True, False])
def test_other_bytes_are_a_finding(tmp_path: Path, name: str, text: str, line: int, named: bool) -> None:
    report = reviewed(tmp_path, {name: text.encode("latin-1")}, *([name] if named else []))
    assert places(report) == [("SYN001", name, line)]
    assert report.findings[0].message.endswith("the file is not UTF-8")
    assert report.findings[0].span.text == "\ufffd"


def test_terraform_takes_any_byte_in_comments(tmp_path: Path) -> None:
    assert places(reviewed(tmp_path, {"main.tf": VOLUME.encode("latin-1")})) == [("ENC001", "main.tf", 4)]


def test_other_bytes_elsewhere_hide_nothing(tmp_path: Path) -> None:
    text = VOLUME + 'locals {\n  a = "für"\n}\n'
    assert places(reviewed(tmp_path, {"main.tf": text.encode("latin-1")})) == [
        ("ENC001", "main.tf", 4),
        ("SYN001", "main.tf", 7),
    ]


SWITCHED = 'variable "on" { default = true }\nresource "aws_ebs_volume" "v" {\n  encrypted = var.on\n}\n'


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("terraform.tfvars", "on = false # für\n".encode("latin-1"), ("ENC001", "main.tf", 3)),
        ("terraform.tfvars", 'a = "für"\n'.encode("latin-1"), ("SYN001", "terraform.tfvars", 1)),
        ("x.auto.tfvars.json", '{"on": false, "a": "ü"}'.encode("latin-1"), ("SYN001", "x.auto.tfvars.json", 1)),
        ("x.auto.tfvars", "on = false\n".encode("utf-16"), ("ENC001", "main.tf", 3)),
        ("terraform.tfvars", b"on = [\n", ("SYN001", "terraform.tfvars", 2)),
        ("x_override.tf.json", '{"locals": {"a": "ü"}}'.encode("latin-1"), ("SYN001", "x_override.tf.json", 1)),
    ],
)
def test_values_that_cannot_be_read(tmp_path: Path, name: str, data: bytes, found: tuple[str, str, int]) -> None:
    assert found in places(reviewed(tmp_path, {"main.tf": SWITCHED.encode(), name: data}))


def test_an_encrypted_file_is_one_finding(tmp_path: Path) -> None:
    files = {"main.tf": b'variable "password" {}\n', "terraform.tfvars": b"\0GITCRYPT\0\xf0\x9f\n\xff = {\n\x01[\n"}
    assert places(reviewed(tmp_path, files)) == [("SYN001", "terraform.tfvars", 1)]


def test_a_directory_in_the_place_of_a_file_is_none(tmp_path: Path) -> None:
    """Of `file("${path.module}/${var.template}")` with an empty default, nothing is read."""
    text = (
        'variable "t" {\n  default = ""\n}\nlocals {\n  a = var.t == "" ? null : file("${path.module}/${var.t}")\n}\n'
    )
    user = 'resource "aws_instance" "i" {\n  user_data = local.a\n}\n'
    assert "SYN001" not in [rule for rule, *_ in places(reviewed(tmp_path, {"m/main.tf": f"{text}{user}".encode()}))]


def test_files_that_one_lock_keeps_shut_are_one_finding(tmp_path: Path) -> None:
    """Whoever reads that git-crypt locks one file of a repository knows of the others."""
    locked = b"\0GITCRYPT\0\xf0\x9f\n\xff"
    files = {
        f"{root}/{name}": text
        for root in "abc"
        for name, text in [("main.tf", b"locals {}\n"), ("x.auto.tfvars", locked)]
    }
    report = decided(reviewed(tmp_path, {**files, "d/main.tf": b'locals {\n  a = "\xff"\n}\n'}), {})
    assert places(report) == [("SYN001", "a/x.auto.tfvars", 1), ("SYN001", "d/main.tf", 2)]
    found = report.findings[0]
    assert found.message.endswith("run `git-crypt unlock` before the review; the same for 2 more files")
    assert [each.span.path for each in found.related] == ["b/x.auto.tfvars", "c/x.auto.tfvars"]
    assert found.units == ("a", "b", "c")


def test_values_that_are_too_large_or_a_link_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "outside.tfvars").write_text("on = false\n")
    root = tmp_path / "root"
    root.mkdir()
    (root / "terraform.tfvars").symlink_to(tmp_path / "outside.tfvars")
    files = {"main.tf": SWITCHED.encode(), "x.auto.tfvars": b"on = false" + b" " * 2000}
    monkeypatch.setattr("iacreview.tree.MAX_FILE_BYTES", 1000)
    found = [(each.span.path, each.message.partition("the file ")[2]) for each in reviewed(root, files).findings]
    assert ("terraform.tfvars", "is a link that leads out of the reviewed tree") in found
    assert ("x.auto.tfvars", "is larger than 0 MiB") in found


READING = 'resource "aws_iam_policy" "p" {\n  policy = %s\n}\n'


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('file("p.json")', [("SYN001", "p.json", 2)]),
        ('templatefile("p.json", {})', [("SYN001", "p.json", 2)]),
        ('filebase64("p.json")', []),
        ('file("missing.json")', []),
    ],
)
def test_files_that_expressions_read(tmp_path: Path, call: str, expected: list[tuple[str, str, int]]) -> None:
    files = {"main.tf": (READING % call).encode(), "p.json": '{\n"Id": "für"}'.encode("latin-1")}
    assert places(reviewed(tmp_path, files)) == expected


def test_nested_and_included_templates(tmp_path: Path) -> None:
    parent = "Resources:\n  S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}\n"
    report = reviewed(tmp_path, {"p.yaml": parent.encode(), "child.yaml": TEMPLATE.encode("latin-1")})
    assert ("SYN001", "child.yaml", 1) in places(report)
    include = (
        "Transform: {Name: AWS::Include, Parameters: {Location: part.yaml}}\nResources: {A: {Type: AWS::SQS::Queue}}\n"
    )
    report = reviewed(
        tmp_path / "b", {"p.yaml": include.encode(), "part.yaml": "# ü\nConditions: {}\n".encode("latin-1")}
    )
    assert ("SYN001", "part.yaml", 1) in places(report)
