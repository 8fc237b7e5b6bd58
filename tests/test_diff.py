"""`iacreview diff` on real repositories: both sides, what is reached, what is introduced and why."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from iacreview import pipeline
from tests.repositories import Project, Result, Runner, new_project

GOOD = 'resource "aws_ebs_volume" "v" {\n  availability_zone = "a"\n  size = 1\n  encrypted = true\n}\n'
BAD = GOOD.replace("true", "false")
OTHER = BAD.replace('"v"', '"w"')
TOPIC = "Resources:\n  T:\n    Type: AWS::SNS::Topic\n"
DIFF = ("diff", "--format", "json")


def volume(name: str, encrypted: str) -> str:
    return BAD.replace('"v"', f'"{name}"').replace("= false", f"= {encrypted}")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return new_project(tmp_path / "project", {"main.tf": GOOD})


def test_the_working_tree(project: Project, iacreview: Runner) -> None:
    project.write({"main.tf": BAD, "new.tf": OTHER})
    done = iacreview(project.root, *DIFF)
    assert done.status == 1
    assert done.findings("introduced") == ["ENC001 aws_ebs_volume.v", "ENC001 aws_ebs_volume.w"]
    assert done.data["change"]["head"] == "the working tree"


def test_nothing_changed(project: Project, iacreview: Runner) -> None:
    project.commit({"main.tf": BAD})
    done = iacreview(project.root, *DIFF, "HEAD")
    assert done.status == 0
    assert done.data["findings"] == []
    assert iacreview(project.root, *DIFF, "HEAD", "--all").findings("unchanged") == ["ENC001 aws_ebs_volume.v"]


CLUSTER = 'resource "aws_redshift_cluster" "c" {\n  cluster_identifier = "c"\n}\n'
VERSIONS = 'terraform {\n  required_providers {\n    aws = {\n      source  = "hashicorp/aws"\n      version = "%s"\n    }\n  }\n}\n'
LOCK = 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "%s"\n}\n'


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("versions.tf", VERSIONS % "~> 6.0", VERSIONS % "~> 5.40"),
        (".terraform.lock.hcl", LOCK % "6.2.0", LOCK % "5.100.0"),
    ],
)
def test_a_change_of_the_providers_version_alone(
    tmp_path: Path, iacreview: Runner, path: str, before: str, after: str
) -> None:
    project = new_project(tmp_path / "project", {"main.tf": CLUSTER, path: before})
    project.write({path: after})
    done = iacreview(project.root, *DIFF)
    assert done.findings("introduced") == ["ENC001 aws_redshift_cluster.c", "NET004 aws_redshift_cluster.c"]
    related = [each["related"][0] for each in done.data["findings"] if each["status"] == "introduced"]
    causes = {(each["message"], each["location"]["path"]) for each in related}
    assert causes == {("changed here: version of the provider", path)}


def test_what_is_the_same_on_both_sides_is_evaluated_once(
    project: Project, iacreview: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluated: list[str] = []
    evaluate = pipeline.evaluate

    def noting(tree: Any, target: Any, *more: Any) -> Any:
        evaluated.append(target.path)
        return evaluate(tree, target, *more)

    monkeypatch.setattr(pipeline, "evaluate", noting)
    project.commit({f"{name}/main.tf": volume(name, "false") for name in "abc"})
    project.commit({"a/main.tf": volume("a", "true")})
    done = iacreview(project.root, *DIFF, "HEAD~1", "--head", "HEAD", "--all")
    assert sorted(evaluated) == ["", "a", "a", "b", "c"]
    assert done.findings("unchanged") == ["ENC001 aws_ebs_volume.b", "ENC001 aws_ebs_volume.c"]
    assert done.findings("fixed") == ["ENC001 aws_ebs_volume.a"]


def test_fixed_and_unchanged(project: Project, iacreview: Runner) -> None:
    project.commit({"main.tf": BAD + OTHER})
    project.commit({"main.tf": GOOD + OTHER})
    done = iacreview(project.root, *DIFF, "HEAD~1", "--head", "HEAD")
    assert done.status == 0
    assert done.findings("fixed") == ["ENC001 aws_ebs_volume.v"]
    assert done.findings("unchanged") == ["ENC001 aws_ebs_volume.w"]


def test_what_is_staged(project: Project, iacreview: Runner) -> None:
    project.write({"main.tf": BAD})
    project.git("add", "main.tf")
    project.write({"main.tf": GOOD, "more.tf": OTHER})
    assert iacreview(project.root, *DIFF, "--staged").findings("introduced") == ["ENC001 aws_ebs_volume.v"]
    assert iacreview(project.root, *DIFF, "--worktree").findings("introduced") == ["ENC001 aws_ebs_volume.w"]


def test_the_index_of_a_partial_commit(project: Project, iacreview: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write({"main.tf": BAD})
    (project.root / "other-index").write_bytes((project.root / ".git/index").read_bytes())
    monkeypatch.setenv("GIT_INDEX_FILE", str(project.root / "other-index"))
    project.git("add", "main.tf")
    assert iacreview(project.root, *DIFF, "--staged").findings("introduced") == []
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert iacreview(project.root, *DIFF, "--staged").findings("introduced") == ["ENC001 aws_ebs_volume.v"]


def test_a_merge_is_compared_with_both_of_its_parents(tmp_path: Path, iacreview: Runner) -> None:
    project = new_project(tmp_path, {"main.tf": GOOD, "note.txt": "a", ".iacreview.yaml": "fail-on: low\n"})
    project.git("checkout", "-q", "-b", "work")
    project.commit({"note.txt": "b"})
    project.git("checkout", "-q", "-")
    project.commit({"note.txt": "c", "main.tf": BAD, ".iacreview.yaml": "fail-on: high\n"})
    project.git("checkout", "-q", "work")
    with pytest.raises(AssertionError):
        project.git("merge", "-q", "-")
    project.write({"note.txt": "d", "more.tf": OTHER})
    project.git("add", "-A")
    done = iacreview(project.root, *DIFF, "--staged")
    assert done.findings("introduced") == ["ENC001 aws_ebs_volume.w"]
    assert " and " in done.data["change"]["base"]
    project.write({"more.tf": None})
    project.git("add", "-A")
    done = iacreview(project.root, *DIFF, "--staged")
    assert (done.status, done.findings("introduced")) == (0, [])


def test_a_path_that_only_one_side_has(project: Project, iacreview: Runner) -> None:
    project.write({"fresh/main.tf": OTHER, "main.tf": BAD})
    assert iacreview(project.root, *DIFF, "--only", "fresh").findings("introduced") == ["ENC001 aws_ebs_volume.w"]
    project.commit({})
    project.write({"fresh/main.tf": None})
    done = iacreview(project.root, *DIFF, "--only", "fresh")
    assert (done.status, done.findings("fixed")) == (0, ["ENC001 aws_ebs_volume.w"])


def test_the_first_commit(tmp_path: Path, iacreview: Runner) -> None:
    project = new_project(tmp_path)
    project.write({"main.tf": BAD})
    project.git("add", "-A")
    assert iacreview(project.root, *DIFF, "--staged").findings("introduced") == ["ENC001 aws_ebs_volume.v"]


def test_neither_checkout_nor_index_are_touched(project: Project, iacreview: Runner) -> None:
    project.commit({"main.tf": BAD})
    project.write({"main.tf": GOOD})
    os.utime(project.root / "main.tf", (1, 1))

    def state() -> list[str]:
        files = [path for path in project.root.rglob("*") if path.is_file()]
        return [f"{path} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in sorted(files)]

    before = state()
    for options in ((), ("--staged",), ("HEAD~1", "--head", "HEAD")):
        iacreview(project.root, *DIFF, *options)
    assert state() == before


class TestBase:
    def test_where_the_branch_left_the_remotes_default(self, tmp_path: Path, iacreview: Runner) -> None:
        origin = new_project(tmp_path / "origin", {"main.tf": GOOD})
        origin.git("clone", "-q", str(origin.root), str(tmp_path / "clone"))
        clone = Project(tmp_path / "clone")
        clone.git("switch", "-q", "-c", "feature")
        clone.commit({"feature.tf": volume("f", "false").replace("size = 1", "size = 3")})
        origin.commit({"main.tf": GOOD + OTHER})
        clone.git("fetch", "-q")
        done = iacreview(clone.root, *DIFF)
        assert done.findings("introduced") == ["ENC001 aws_ebs_volume.f"]
        assert done.findings("fixed") == []
        explicit = iacreview(clone.root, *DIFF, "origin/main")
        assert explicit.findings("fixed") == ["ENC001 aws_ebs_volume.w"]
        assert iacreview(clone.root, *DIFF, "origin/main...").findings("fixed") == []
        assert iacreview(clone.root, *DIFF, "origin/main..feature").findings("fixed") == ["ENC001 aws_ebs_volume.w"]

    def test_a_shallow_clone_says_what_to_fetch(self, tmp_path: Path, iacreview: Runner) -> None:
        origin = new_project(tmp_path / "origin", {"main.tf": GOOD})
        first = origin.git("rev-parse", "HEAD")
        origin.commit({"main.tf": BAD})
        origin.git("clone", "-q", "--depth", "1", f"file://{origin.root}", str(tmp_path / "clone"))
        done = iacreview(tmp_path / "clone", *DIFF, first)
        assert done.status == 2
        assert f"there is no commit `{first}` in this clone" in done.err
        assert "git fetch --unshallow" in done.err

    def test_an_unknown_revision(self, project: Project, iacreview: Runner) -> None:
        done = iacreview(project.root, *DIFF, "nonesuch")
        assert done.status == 2
        assert "there is no commit `nonesuch`" in done.err
        assert iacreview(project.root, *DIFF, "--", "--output=x").status == 2

    def test_no_repository(self, tmp_path: Path, iacreview: Runner) -> None:
        done = iacreview(tmp_path, *DIFF)
        assert done.status == 2
        assert "not a git repository" in done.err

    def test_a_bare_repository(self, project: Project, tmp_path: Path, iacreview: Runner) -> None:
        project.commit({"main.tf": BAD})
        project.git("clone", "-q", "--bare", str(project.root), str(tmp_path / "bare.git"))
        done = iacreview(tmp_path / "bare.git", *DIFF, "HEAD~1")
        assert done.findings("introduced") == ["ENC001 aws_ebs_volume.v"]

    def test_a_linked_worktree(self, project: Project, tmp_path: Path, iacreview: Runner) -> None:
        project.git("worktree", "add", "-q", "-b", "feature", str(tmp_path / "linked"))
        (tmp_path / "linked/main.tf").write_text(BAD)
        assert iacreview(tmp_path / "linked", *DIFF).findings("introduced") == ["ENC001 aws_ebs_volume.v"]

    def test_a_folder_of_the_repository(self, project: Project, iacreview: Runner) -> None:
        project.commit({"a/main.tf": GOOD, "b/main.tf": GOOD})
        project.write({"a/main.tf": BAD, "b/main.tf": BAD})
        done = iacreview(project.root / "a", *DIFF, "--only", ".")
        assert [each["location"]["path"] for each in done.data["findings"]] == ["a/main.tf"]


class TestContinuousIntegration:
    @pytest.fixture
    def merged(self, tmp_path: Path) -> Project:
        """A pull request as GitHub tests it: merged into its target, which went on in the meantime."""
        project = new_project(tmp_path / "project", {"main.tf": GOOD})
        project.git("switch", "-q", "-c", "feature")
        project.commit({"feature.tf": volume("f", "false")})
        project.git("switch", "-q", "main")
        project.commit({"main.tf": GOOD + OTHER})
        project.git("switch", "-q", "--detach")
        project.git("merge", "-q", "--no-ff", "-m", "merge", "feature")
        return project

    def test_github_pull_request(self, merged: Project, iacreview: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
        event = merged.root.parent / "event.json"
        event.write_text(json.dumps({"pull_request": {"base": {"sha": merged.git("rev-parse", "main~1")}}}))
        for name, value in {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_BASE_REF": "main",
            "GITHUB_REF": "refs/pull/1/merge",
            "GITHUB_SHA": merged.git("rev-parse", "HEAD"),
        }.items():
            monkeypatch.setenv(name, value)
        done = iacreview(merged.root, *DIFF)
        assert done.findings("introduced") == ["ENC001 aws_ebs_volume.f"]
        assert done.findings("fixed") == []
        monkeypatch.setenv("GITHUB_REF", "refs/heads/feature")
        merged.git("switch", "-q", "feature")
        assert iacreview(merged.root, *DIFF).findings("introduced") == ["ENC001 aws_ebs_volume.f"]

    @pytest.mark.parametrize("kind", ["before", "merge_group"])
    def test_github_push(self, merged: Project, iacreview: Runner, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
        before = merged.git("rev-parse", "main~1")
        event = {"before": before} if kind == "before" else {"merge_group": {"base_sha": before}}
        (merged.root.parent / "event.json").write_text(json.dumps(event))
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        monkeypatch.setenv("GITHUB_EVENT_PATH", str(merged.root.parent / "event.json"))
        assert len(iacreview(merged.root, *DIFF).findings("introduced")) == 2

    def test_gitlab(self, merged: Project, iacreview: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GITLAB_CI", "true")
        monkeypatch.setenv("CI_MERGE_REQUEST_IID", "1")
        monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", merged.git("rev-parse", "main~1"))
        assert len(iacreview(merged.root, *DIFF).findings("introduced")) == 2
        monkeypatch.setenv("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", merged.git("rev-parse", "main"))
        monkeypatch.setenv("CI_COMMIT_SHA", merged.git("rev-parse", "HEAD"))
        assert iacreview(merged.root, *DIFF).findings("introduced") == ["ENC001 aws_ebs_volume.f"]

    @pytest.mark.parametrize("system", ["github", "gitlab"])
    def test_a_branch_that_merged_its_target(
        self, merged: Project, iacreview: Runner, monkeypatch: pytest.MonkeyPatch, system: str
    ) -> None:
        """The first parent of such a merge ("Update branch") is the branch itself: against that nothing is new."""
        tested = merged.git("rev-parse", "HEAD")
        target = merged.git("rev-parse", "main")
        merged.git("switch", "-q", "feature")
        merged.git("merge", "-q", "--no-ff", "-m", "Update branch", "main")
        source = merged.git("rev-parse", "HEAD")
        (merged.root.parent / "event.json").write_text(
            json.dumps({"pull_request": {"base": {"sha": target}, "head": {"sha": source}}})
        )
        variables = {
            "github": {
                "GITHUB_ACTIONS": "true",
                "GITHUB_EVENT_PATH": str(merged.root.parent / "event.json"),
                "GITHUB_BASE_REF": "main",
                "GITHUB_REF": "refs/pull/1/merge",
                "GITHUB_SHA": tested,
            },
            "gitlab": {
                "GITLAB_CI": "true",
                "CI_MERGE_REQUEST_IID": "1",
                "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": target,
                "CI_COMMIT_SHA": tested,
            },
        }
        for name, value in variables[system].items():
            monkeypatch.setenv(name, value)
        assert iacreview(merged.root, *DIFF).findings("introduced") == ["ENC001 aws_ebs_volume.f"]

    @pytest.mark.parametrize("system", ["github", "gitlab"])
    def test_the_first_push_of_a_repository(
        self, project: Project, iacreview: Runner, monkeypatch: pytest.MonkeyPatch, system: str
    ) -> None:
        project.commit({"main.tf": BAD})
        event = {
            "before": "0" * 40,
            "created": True,
            "ref": "refs/heads/main",
            "repository": {"default_branch": "main"},
        }
        (project.root.parent / "event.json").write_text(json.dumps(event))
        variables = {
            "github": {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(project.root.parent / "event.json")},
            "gitlab": {
                "GITLAB_CI": "true",
                "CI_COMMIT_BEFORE_SHA": "0" * 40,
                "CI_PIPELINE_SOURCE": "push",
                "CI_COMMIT_BRANCH": "main",
                "CI_DEFAULT_BRANCH": "main",
            },
        }
        for name, value in variables[system].items():
            monkeypatch.setenv(name, value)
        done = iacreview(project.root, *DIFF)
        assert done.findings("introduced") == ["ENC001 aws_ebs_volume.v"]
        assert done.data["change"]["base"] == "nothing: this is the first push"

    def test_nothing_is_compared_with_itself(
        self, project: Project, iacreview: Runner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        project.commit({"main.tf": BAD})
        assert iacreview(project.root, *DIFF).status == 0
        monkeypatch.setenv("CI", "true")
        done = iacreview(project.root, *DIFF)
        assert done.status == 2
        assert "the base would be the head itself" in done.err
        assert "iacreview check" in done.err
        assert iacreview(project.root, *DIFF, "HEAD~1").status == 1
        project.git("branch", "-m", "main", "elsewhere")
        done = iacreview(project.root, *DIFF)
        assert done.status == 2
        assert "no default branch" in done.err

    def test_pre_commit_between_two_revisions(
        self, project: Project, iacreview: Runner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        project.commit({"main.tf": BAD})
        monkeypatch.setenv("PRE_COMMIT_FROM_REF", "HEAD~1")
        monkeypatch.setenv("PRE_COMMIT_TO_REF", "HEAD")
        assert iacreview(project.root, *DIFF, "--staged").findings("introduced") == ["ENC001 aws_ebs_volume.v"]


MODULE = 'variable "encrypted" {}\n' + volume("m", "var.encrypted")
CALL = 'module "m" {\n  source = "../../modules/volume"\n  encrypted = true\n}\n'
TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage: {Type: String, Default: prod}
Mappings:
  Stages:
    prod: {Encrypted: true}
    dev: {Encrypted: false}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Volume:
    Type: AWS::EC2::Volume
    Properties:
      AvailabilityZone: a
      Size: 1
      Encrypted: !FindInMap [Stages, !Ref Stage, Encrypted]
  Other:
    Type: AWS::EC2::Volume
    Properties:
      AvailabilityZone: a
      Size: 1
      Encrypted: !If [IsProd, true, false]
"""
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}]}'

DISTANT: dict[str, tuple[dict[str, str | None], dict[str, str | None], str, str]] = {
    "a default in another file": (
        {"main.tf": volume("v", "var.on"), "variables.tf": 'variable "on" {\n  default = true\n}\n'},
        {"variables.tf": 'variable "on" {\n  default = false\n}\n'},
        "ENC001 aws_ebs_volume.v",
        "variables.tf:2",
    ),
    "tfvars": (
        {"main.tf": 'variable "on" {}\n' + volume("v", "var.on"), "terraform.tfvars": "on = true\n"},
        {"terraform.tfvars": "# now\non = false\n"},
        "ENC001 aws_ebs_volume.v",
        "terraform.tfvars:2",
    ),
    "a removed argument": (
        {"main.tf": GOOD},
        {"main.tf": GOOD.replace("  encrypted = true\n", "")},
        "ENC001 aws_ebs_volume.v",
        "main.tf:4",
    ),
    "what a module is given": (
        {"modules/volume/main.tf": MODULE, "live/a/main.tf": CALL},
        {"live/a/main.tf": CALL.replace("true", "false")},
        "ENC001 module.m.aws_ebs_volume.m",
        "live/a/main.tf:3",
    ),
    "a local": (
        {
            "main.tf": volume("v", "local.settings.on"),
            "locals.tf": "locals {\n  a = 1\n  settings = { on = true }\n}\n",
        },
        {"locals.tf": "locals {\n  a = 1\n  settings = { on = false }\n}\n"},
        "ENC001 aws_ebs_volume.v",
        "locals.tf:3",
    ),
    "a removed satellite": (
        {
            "bucket.tf": 'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n',
            "logging.tf": 'resource "aws_s3_bucket_logging" "b" {\n  bucket = aws_s3_bucket.b.id\n'
            '  target_bucket = "logs"\n  target_prefix = "b/"\n}\n',
        },
        {"logging.tf": None},
        "LOG001 aws_s3_bucket.b",
        "logging.tf:1",
    ),
    "a policy file": (
        {
            "main.tf": 'resource "aws_iam_policy" "p" {\n  policy = file("${path.module}/policies/p.json")\n}\n',
            "policies/p.json": POLICY,
        },
        {"policies/p.json": POLICY.replace("s3:GetObject", "s3:*").replace("arn:aws:s3:::b/*", "*")},
        "IAM002 aws_iam_policy.p",
        "",
    ),
    "what a nested stack is given": (
        {
            "stacks/main.yaml": "Resources:\n  S:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n"
            "      TemplateURL: nested/t.yaml\n      Parameters:\n        Stage: dev\n        On: 'true'\n",
            "stacks/nested/t.yaml": "Parameters:\n  On: {Type: String}\n  Stage: {Type: String}\nResources:\n  V:\n"
            "    Type: AWS::EC2::Volume\n    Properties:\n      AvailabilityZone: a\n      Encrypted: !Ref On\n",
        },
        {
            "stacks/main.yaml": "Resources:\n  S:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n"
            "      TemplateURL: nested/t.yaml\n      Parameters:\n        Stage: dev\n        On: 'false'\n",
        },
        "ENC001 S.V",
        "stacks/main.yaml:8",
    ),
    "a nested template whose name is made of a parameter": (
        {
            "stacks/main.yaml": "Parameters:\n  Stage: {Type: String, Default: dev}\nResources:\n  S:\n"
            "    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: !Sub 'nested/${Stage}.yaml'\n",
            "stacks/nested/dev.yaml": "Resources:\n  V:\n    Type: AWS::EC2::Volume\n    Properties:\n"
            "      AvailabilityZone: a\n      Encrypted: true\n",
        },
        {
            "stacks/nested/dev.yaml": "Resources:\n  V:\n    Type: AWS::EC2::Volume\n    Properties:\n"
            "      AvailabilityZone: a\n      Encrypted: false\n",
        },
        "ENC001 S.V",
        "",
    ),
    "a nested template among the assets of an assembly": (
        {
            "out/S.template.json": '{"Resources": {"S": {"Type": "AWS::CloudFormation::Stack", "Properties": '
            '{"TemplateURL": {"Fn::Join": ["", [{"Ref": "AWS::Region"}, "/' + "0" * 64 + '.json"]]}}}}}',
            "out/manifest.json": '{"artifacts": {"a": {"type": "cdk:asset-manifest", "properties": {"file": "a.json"}}}}',
            "out/a.json": '{"files": {"0": {"source": {"path": "n.nested.template.json"}, "destinations": '
            '{"d": {"objectKey": "' + "0" * 64 + '.json"}}}}}',
            "out/n.nested.template.json": '{"Resources": {"V": {"Type": "AWS::EC2::Volume", "Properties": '
            '{"Encrypted": true}}}}',
        },
        {
            "out/n.nested.template.json": '{"Resources": {"V": {"Type": "AWS::EC2::Volume", "Properties": '
            '{"Encrypted": false}}}}',
        },
        "ENC001 S.V",
        "",
    ),
    "a mapping": (
        {"template.yaml": TEMPLATE},
        {"template.yaml": TEMPLATE.replace("prod: {Encrypted: true}", "prod: {Encrypted: false}")},
        "ENC001 Volume",
        "template.yaml:6",
    ),
    "a condition": (
        {"template.yaml": TEMPLATE.replace("Default: prod", "Default: prod, AllowedValues: [prod]")},
        {"template.yaml": TEMPLATE.replace("Default: prod", "Default: prod, AllowedValues: [prod, dev]")},
        "ENC001 Other",
        "template.yaml:3",
    ),
}


def introduced(done: Result, wanted: str) -> dict[str, object]:
    found = [
        each
        for each in done.data["findings"]
        if each["status"] == "introduced" and f"{each['rule']} {each['resource']['address']}" == wanted
    ]
    assert len(found) == 1, done.out
    return dict(found[0])


@pytest.mark.parametrize("name", DISTANT)
def test_effects_at_a_distance_name_their_cause(tmp_path: Path, iacreview: Runner, name: str) -> None:
    before, after, wanted, cause = DISTANT[name]
    project = new_project(tmp_path, before)
    project.write(after)
    finding = introduced(iacreview(project.root, *DIFF), wanted)
    related = finding["related"]
    assert isinstance(related, list)
    causes = [each for each in related if each["message"].startswith("changed here")]
    places = [f"{each['location']['path']}:{each['location']['start']['line']}" for each in causes]
    assert places == ([cause] if cause else [])


def test_a_shared_module_brings_in_all_its_callers(tmp_path: Path, iacreview: Runner) -> None:
    inner = 'module "inner" {\n  source = "../volume"\n  encrypted = true\n}\n'
    files: dict[str, str | None] = {"modules/volume/main.tf": volume("m", "true"), "modules/outer/main.tf": inner}
    for name in "abc":
        files[f"live/{name}/main.tf"] = f'module "{name}" {{\n  source = "../../modules/outer"\n}}\n'
    files["live/other/main.tf"] = OTHER
    project = new_project(tmp_path, files)
    project.write({"modules/volume/main.tf": volume("m", "false")})
    done = iacreview(project.root, *DIFF)
    assert done.findings("introduced") == ["ENC001 module.a.module.inner.aws_ebs_volume.m"]
    (found,) = [each for each in done.data["findings"] if each["status"] == "introduced"]
    assert found["instances"] == [f"module.{name}.module.inner.aws_ebs_volume.m" for name in "abc"]
    assert found["units"] == [f"live/{name}" for name in "abc"]
    assert {f"live/{name}/main.tf" for name in "abc"} <= {each["location"]["path"] for each in found["related"]}
    assert done.data["summary"]["units"] == 3


DECIDED = """\
variable "safe" {
  type = bool
}
resource "aws_db_instance" "d" {
  storage_encrypted = true
  password          = "c0rrect-Horse-9"
}
# iacreview:ignore IAM002 reason="the team owns the account"
resource "aws_iam_policy" "p" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["sns:*"], Resource = "*" }] })
}
"""


def test_what_else_a_change_does(tmp_path: Path, iacreview: Runner) -> None:
    project = new_project(tmp_path, {"main.tf": DECIDED})
    changed = DECIDED.replace("= true", "= var.safe").replace('"c0rrect-Horse-9"', "var.password")
    project.write({"main.tf": changed.replace('["sns:*"]', '["sns:*", "sqs:*"]') + 'variable "password" {}\n'})
    done = iacreview(project.root, *DIFF)
    change = done.data["change"]
    (open,) = change["newly_undecided"]
    assert (open["rule"], open["was"]) == ("ENC001", "`storage_encrypted` was true")
    (covered,) = change["newly_suppressed"]
    assert (covered["rule"], covered["location"]["start"]["line"]) == ("IAM002", 10)
    assert covered["suppression"]["location"]["start"]["line"] == 8
    (secret,) = change["revealed"]
    assert (secret["rule"], secret["status"], secret["resource"]["address"]) == ("SEC001", "fixed", "aws_db_instance.d")
    assert "Horse" not in done.out


class TestClassification:
    def test_worsened(self, tmp_path: Path, iacreview: Runner) -> None:
        group = (
            'resource "aws_security_group" "s" {\n  ingress {\n    protocol = "tcp"\n    from_port = 22\n'
            '    to_port = 22\n    cidr_blocks = ["0.0.0.0/0"]\n  }\n}\n'
        )
        project = new_project(tmp_path, {"main.tf": group})
        project.write({"main.tf": group.replace("to_port = 22", "to_port = 23")})
        done = iacreview(project.root, *DIFF, "--select", "NET001")
        assert done.status == 1
        assert done.findings("worsened") == ["NET001 aws_security_group.s"]
        project.commit({})
        project.write({"main.tf": group})
        done = iacreview(project.root, *DIFF, "HEAD", "--select", "NET001")
        assert done.status == 0
        assert done.findings("unchanged") == ["NET001 aws_security_group.s"]

    def test_another_secret_is_worse_and_shown_nowhere(self, tmp_path: Path, iacreview: Runner) -> None:
        base = 'resource "aws_db_instance" "d" {\n  storage_encrypted = true\n  password = "correct-horse-1"\n}\n'
        project = new_project(tmp_path, {"main.tf": base})
        project.write({"main.tf": base.replace("horse-1", "horse-2")})
        done = iacreview(project.root, *DIFF, "--select", "SEC001")
        assert done.findings("worsened") == ["SEC001 aws_db_instance.d"]
        assert "correct-horse" not in done.out
        text = iacreview(project.root, "diff", "--select", "SEC001")
        assert "correct-horse" not in text.out

    @pytest.mark.parametrize(
        ("before", "after", "moved"),
        [
            (BAD, OTHER, "moved {\n  from = aws_ebs_volume.v\n  to = aws_ebs_volume.w\n}\n"),
            (
                BAD.replace("size = 1", "size = 2"),
                OTHER,
                "moved {\n  from = aws_ebs_volume.v\n  to   = aws_ebs_volume.w\n}\n",
            ),
            (BAD, BAD.replace("size = 1", "size = 1\n  count = 1"), ""),
        ],
    )
    def test_moved_resources(self, tmp_path: Path, iacreview: Runner, before: str, after: str, moved: str) -> None:
        project = new_project(tmp_path, {"main.tf": before})
        project.write({"main.tf": after, "moved.tf": moved})
        done = iacreview(project.root, *DIFF)
        assert (done.findings("introduced"), done.findings("fixed"), len(done.findings("unchanged"))) == ([], [], 1)

    def test_moved_into_a_module(self, tmp_path: Path, iacreview: Runner) -> None:
        project = new_project(tmp_path, {"main.tf": BAD})
        call = 'module "m" {\n  source = "./m"\n}\nmoved {\n  from = aws_ebs_volume.v\n  to = module.m.aws_ebs_volume.x\n}\n'
        project.write({"main.tf": call, "m/main.tf": volume("x", "false").replace("size = 1", "size = 7")})
        done = iacreview(project.root, *DIFF)
        assert done.findings("unchanged") == ["ENC001 module.m.aws_ebs_volume.x"]
        assert done.findings("introduced") == done.findings("fixed") == []

    def test_a_module_that_a_new_root_calls_is_worse(self, tmp_path: Path, iacreview: Runner) -> None:
        call = 'module "m" {\n  source = "../../modules/m"\n}\n'
        project = new_project(tmp_path, {"modules/m/main.tf": BAD, "live/a/main.tf": call})
        project.write({"live/b/main.tf": call})
        whole = iacreview(project.root, *DIFF, "--all")
        assert whole.findings("worsened") == ["ENC001 module.m.aws_ebs_volume.v"]
        assert "now also in live/b" in whole.out
        assert iacreview(project.root, *DIFF).status == 1

    def test_a_template_in_two(self, tmp_path: Path, iacreview: Runner) -> None:
        head, _, rest = TEMPLATE.replace("prod: {Encrypted: true}", "prod: {Encrypted: false}").partition("  Other:\n")
        project = new_project(tmp_path, {"all.yaml": head + "  Other:\n" + rest})
        parts = head.partition("Resources:\n")
        project.write({"all.yaml": head, "other.yaml": parts[0] + "Resources:\n  Other:\n" + rest})
        done = iacreview(project.root, *DIFF)
        assert done.findings("introduced") == done.findings("fixed") == []


class TestTheJudge:
    """A change is judged by the settings of its base."""

    def test_settings_of_the_base_count(self, project: Project, iacreview: Runner) -> None:
        project.write({"main.tf": BAD, ".iacreview.yaml": "ignore: [ENC001]\nfail-on: critical\nexclude: ['*.tf']\n"})
        done = iacreview(project.root, *DIFF)
        assert done.status == 1
        softened = [each["message"] for each in done.data["findings"] if each["rule"] == "CFG001"]
        assert len(softened) == 3
        assert done.findings("introduced")[3:] == ["ENC001 aws_ebs_volume.v"]

    def test_stricter_settings_are_told_too(self, project: Project, iacreview: Runner) -> None:
        project.write({".iacreview.yaml": "profile: strict\n"})
        done = iacreview(project.root, *DIFF)
        assert done.findings("introduced") == ["CFG002 .iacreview.yaml"]
        assert done.status == 0

    def test_what_runs_the_review_is_told_where_it_is_changed(self, project: Project, iacreview: Runner) -> None:
        hook = "repos:\n  - repo: https://example.com/iacreview\n    hooks: [{id: iacreview}]\n"
        job = "review:\n  script: iacreview diff\n"
        project.commit({".pre-commit-config.yaml": hook, ".gitlab-ci.yml": job, "build.sh": "make\n"})
        project.write({".pre-commit-config.yaml": "repos: []\n", ".gitlab-ci.yml": f"{job}  allow_failure: true\n"})
        project.write({"build.sh": "make all\n"})
        done = iacreview(project.root, *DIFF)
        assert done.findings("introduced") == ["CFG002 .gitlab-ci.yml", "CFG001 .pre-commit-config.yaml"]

    def test_how_much_it_weighs_can_be_set(self, project: Project, iacreview: Runner) -> None:
        project.commit({".iacreview.yaml": "severity: {CFG001: high}\n"})
        project.write({".iacreview.yaml": "severity: {CFG001: high}\nignore: [logging]\n"})
        assert iacreview(project.root, *DIFF).status == 1

    def test_broken_settings_in_the_head(self, project: Project, iacreview: Runner) -> None:
        project.write({".iacreview.yaml": "profil: strict\n", "main.tf": BAD})
        done = iacreview(project.root, *DIFF)
        assert done.findings("introduced") == ["CFG001 .iacreview.yaml", "ENC001 aws_ebs_volume.v"]

    def test_rules_of_the_base_count(self, project: Project, iacreview: Runner) -> None:
        rule = (
            "id: ACME001\nname: small-volume\nfamily: operations\ntitle: The volume is too small\n"
            "why: Volumes of less than ten gibibytes have cost us a night more than once.\n"
            "rows:\n  - {kind: ebs.volume, require: {snapshot: present}}\n"
        )
        project.commit({".iacreview.yaml": "rules: [policy]\n", "policy/small.yaml": rule})
        project.write({"policy/small.yaml": None, "main.tf": GOOD + volume("x", "true")})
        done = iacreview(project.root, *DIFF)
        assert done.findings("introduced") == ["ACME001 aws_ebs_volume.x", "CFG001 policy/small.yaml"]

    def test_a_grown_baseline_accepts_nothing_yet(self, project: Project, iacreview: Runner) -> None:
        project.write({"main.tf": BAD})
        assert iacreview(project.root, "baseline").status == 0
        done = iacreview(project.root, *DIFF)
        assert done.status == 1
        assert done.findings("introduced") == ["CFG001 .iacreview.baseline", "ENC001 aws_ebs_volume.v"]

    def test_a_removed_trail(self, tmp_path: Path, iacreview: Runner) -> None:
        trail = 'resource "aws_cloudtrail" "t" {\n  name = "t"\n  s3_bucket_name = "b"\n}\n'
        project = new_project(tmp_path, {"main.tf": GOOD + trail})
        project.write({"main.tf": GOOD})
        done = iacreview(project.root, *DIFF)
        (removed,) = done.data["protection"]["removed"]
        assert removed["resource"]["address"] == "aws_cloudtrail.t"
        assert "aws_cloudtrail.t" in iacreview(project.root, "diff").out
        project.write({"main.tf": GOOD + trail.replace('"t" {', '"renamed" {')})
        assert iacreview(project.root, *DIFF).data["protection"] == {"removed": [], "added": []}

    @pytest.mark.parametrize("change", ["enable_logging = false", "enable_logging = var.on"])
    def test_a_lost_guard_fails_where_none_is_expected(self, tmp_path: Path, iacreview: Runner, change: str) -> None:
        trail = 'resource "aws_cloudtrail" "t" {\n  name = "t"\n  s3_bucket_name = "b"\n  enable_logging = true\n}\n'
        project = new_project(tmp_path, {"main.tf": trail})
        assert iacreview(project.root, "diff", "--expect-no-lost-guard").status == 0
        project.write({"main.tf": trail.replace("enable_logging = true", change), ".iacreview.yaml": "select: [iam]\n"})
        assert iacreview(project.root, "diff", "--select", "iam").status == 0
        done = iacreview(project.root, "diff", "--select", "iam", "--expect-no-lost-guard")
        assert done.status == 1
        assert "the record of who called which API; was: `enable_logging` is true, now: `enable_logging`" in " ".join(
            done.out.split()
        )

    def test_settings_of_the_base_fail_lost_guards(self, tmp_path: Path, iacreview: Runner) -> None:
        trail = 'resource "aws_cloudtrail" "t" {\n  name = "t"\n  s3_bucket_name = "b"\n}\n'
        project = new_project(tmp_path, {"main.tf": trail, ".iacreview.yaml": "fail-on-lost-guards: true\n"})
        project.write({"main.tf": "\n", ".iacreview.yaml": "fail-on-lost-guards: false\n"})
        assert iacreview(project.root, "diff").status == 1

    def test_new_suppressions_are_marked(self, project: Project, iacreview: Runner) -> None:
        old = "# checkov:skip=CKV_AWS_144:of old\n# iacreview:ignore ENC001 reason=old\n" + OTHER
        project.commit({"old.tf": old})
        project.write(
            {
                "main.tf": "# checkov:skip=CKV_AWS_3:not here\n# iacreview:ignore ENC001 reason=new\n" + BAD,
                "old.tf": "\n" + old,
            }
        )
        done = iacreview(project.root, *DIFF)
        assert done.status == 0
        assert [(each["reason"], each["new"]) for each in done.data["suppressions"] if each["state"] == "used"] == [
            ("new", True),
            ("old", False),
        ]
        (foreign,) = done.data["change"]["foreign_suppressions"]
        assert (foreign["tool"], foreign["rules"], foreign["state"]) == ("checkov", ["CKV_AWS_3"], "foreign")
        told = "Suppressed for other tools, about no finding here: checkov CKV_AWS_3; at main.tf:1\n"
        assert told in iacreview(project.root, "diff").out


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ({"main.tf": BAD}, {"main.tf": None, "main.tf.txt": BAD}, "it was as main.tf before the change"),
        ({"t.yaml": TOPIC}, {"t.yaml": TOPIC.replace("Resources", "Things")}, "it was before the change"),
    ],
)
def test_what_is_no_longer_reviewed_is_named(
    tmp_path: Path, iacreview: Runner, before: dict[str, str | None], after: dict[str, str | None], reason: str
) -> None:
    project = new_project(tmp_path / "p", before)
    project.commit(after)
    (skipped,) = iacreview(project.root, *DIFF, "HEAD~1").data["skipped"]
    assert skipped["reason"] == f"this file is not reviewed, though {reason}"
    assert "Now skipped" in iacreview(project.root, "diff", "HEAD~1").out


class TestNestedRepositories:
    def test_those_that_are_no_submodules_are_left_out(self, project: Project, iacreview: Runner) -> None:
        project.commit({"main.tf": BAD})
        new_project(project.root / "stray", {"main.tf": OTHER})
        done = iacreview(project.root, *DIFF, "HEAD~1")
        assert done.findings("introduced") == ["ENC001 aws_ebs_volume.v"]
        assert {each["path"] for each in done.data["skipped"]} == {"stray"}

    @pytest.mark.parametrize("how", [["HEAD~1", "--head", "HEAD"], ["HEAD~1"], ["HEAD~1", "--staged"]])
    def test_a_submodule_that_moves_is_looked_into(
        self, project: Project, tmp_path: Path, iacreview: Runner, how: list[str]
    ) -> None:
        other = new_project(tmp_path / "other", {"main.tf": GOOD})
        project.git("submodule", "add", "-q", str(other.root), "vendor")
        project.commit({})
        Project(project.root / "vendor").commit({"main.tf": BAD, "b.tf": OTHER})
        project.commit({})
        done = iacreview(project.root, *DIFF, *how)
        assert sorted(done.findings("introduced")) == ["ENC001 aws_ebs_volume.v", "ENC001 aws_ebs_volume.w"]
        assert {each["location"]["path"] for each in done.data["findings"]} == {"vendor/main.tf", "vendor/b.tf"}
        assert done.data["skipped"] == []
        checked = iacreview(project.root, "check", "--format", "json").data["findings"]
        assert sorted(each["location"]["path"] for each in checked) == ["vendor/b.tf", "vendor/main.tf"]

    @pytest.mark.parametrize("how", [["HEAD~1", "--head", "HEAD"], ["HEAD~1"], ["HEAD~1", "--staged"]])
    def test_a_submodule_in_a_submodule_is_looked_into(
        self, project: Project, tmp_path: Path, iacreview: Runner, how: list[str]
    ) -> None:
        deepest = new_project(tmp_path / "deepest", {"main.tf": GOOD})
        other = new_project(tmp_path / "other", {"other.tf": OTHER})
        other.git("submodule", "add", "-q", str(deepest.root), "inner")
        other.commit({})
        project.git("submodule", "add", "-q", str(other.root), "vendor")
        project.git("submodule", "update", "-q", "--init", "--recursive")
        project.commit({})
        Project(project.root / "vendor" / "inner").commit({"main.tf": BAD})
        Project(project.root / "vendor").commit({})
        project.commit({})
        done = iacreview(project.root, *DIFF, *how)
        assert done.findings("introduced") == ["ENC001 aws_ebs_volume.v"]
        assert {each["location"]["path"] for each in done.data["findings"] if each["status"] == "introduced"} == {
            "vendor/inner/main.tf"
        }
        assert done.data["skipped"] == []

    def test_what_is_not_committed_in_a_submodule_counts(
        self, project: Project, tmp_path: Path, iacreview: Runner
    ) -> None:
        other = new_project(tmp_path / "other", {"main.tf": GOOD})
        project.git("submodule", "add", "-q", str(other.root), "vendor")
        project.commit({})
        (project.root / "vendor" / "main.tf").write_text(BAD)
        assert iacreview(project.root, *DIFF, "HEAD").findings("introduced") == ["ENC001 aws_ebs_volume.v"]
        assert iacreview(project.root, *DIFF, "--staged").findings("introduced") == []

    def test_a_submodule_that_moves_is_named(self, project: Project, tmp_path: Path, iacreview: Runner) -> None:
        other = new_project(tmp_path / "other", {"main.tf": OTHER})
        project.git("submodule", "add", "-q", str(other.root), "vendor")
        project.commit({})
        moved = new_project(tmp_path / "moved", {"main.tf": BAD})
        head = moved.git("rev-parse", "HEAD").strip()
        project.git("update-index", "--cacheinfo", f"160000,{head},vendor")
        project.git("commit", "-qm", "moved")
        (skipped,) = iacreview(project.root, *DIFF, "HEAD~1", "--head", "HEAD").data["skipped"]
        assert skipped["path"] == "vendor"
        assert skipped["reason"].startswith("the submodule moves from ")


CALL = 'module "v" {\n  source = "acme/v/aws"\n  version = "1.0.0"\n  on = %s\n}\n'
INSTALLED = {
    ".gitignore": ".terraform\n",
    ".terraform/modules/modules.json": '{"Modules":[{"Key":"v","Source":"registry.terraform.io/acme/v/aws",'
    '"Version":"1.0.0","Dir":".terraform/modules/v"}]}',
    ".terraform/modules/v/main.tf": 'variable "on" {}\n' + GOOD.replace("true", "var.on"),
}


class TestInstalledModules:
    @pytest.mark.parametrize("how", [["HEAD~1", "--head", "HEAD"], ["HEAD~1"], ["HEAD~1", "--staged"]])
    def test_every_tree_sees_them(self, tmp_path: Path, iacreview: Runner, how: list[str]) -> None:
        project = new_project(tmp_path / "p", {"main.tf": CALL % "true", **INSTALLED})
        project.commit({"main.tf": CALL % "false"})
        done = iacreview(project.root, *DIFF, *how)
        assert done.findings("introduced") == ["ENC001 module.v.aws_ebs_volume.v"]

    def test_another_version_is_said(self, tmp_path: Path, iacreview: Runner) -> None:
        project = new_project(tmp_path / "p", {"main.tf": CALL % "true", **INSTALLED})
        project.commit({"main.tf": CALL.replace("1.0.0", "2.0.0") % "false"})
        done = iacreview(project.root, *DIFF, "HEAD~1", "--head", "HEAD")
        (skipped,) = done.data["skipped"]
        assert "acme/v/aws 2.0.0 is not the one installed" in skipped["reason"]

    def test_those_that_a_repository_holds_are_its_own(self, tmp_path: Path, iacreview: Runner) -> None:
        project = new_project(tmp_path / "p", {"main.tf": CALL % "true", **INSTALLED, ".gitignore": ""})
        bad = INSTALLED[".terraform/modules/v/main.tf"].replace("var.on", "false")
        project.commit({".terraform/modules/v/main.tf": bad})
        done = iacreview(project.root, *DIFF, "HEAD~1", "--head", "HEAD")
        assert done.findings("introduced") == ["ENC001 module.v.aws_ebs_volume.v"]


def test_a_filter_of_the_repository_is_not_started(project: Project, iacreview: Runner) -> None:
    project.commit({".gitattributes": "*.tf filter=evil\n"})
    project.git("config", "filter.evil.clean", f"touch {project.root.parent}/pwned; cat")
    project.git("config", "core.fsmonitor", f"touch {project.root.parent}/pwned")
    project.write({"main.tf": BAD})
    os.utime(project.root / "main.tf", (0, 0))
    assert iacreview(project.root, *DIFF).findings("introduced") == ["ENC001 aws_ebs_volume.v"]
    assert not (project.root.parent / "pwned").exists()
