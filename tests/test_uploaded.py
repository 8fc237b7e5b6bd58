"""Nested stacks at URLs whose templates lie in the repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from iacreview.commands.project import project_of
from iacreview.commands.wishes import Wishes, options_for
from iacreview.model.finding import Report
from iacreview.pipeline import check
from iacreview.uploaded import path_of
from tests.repositories import Runner
from tests.trees import MemoryTree

CHILD = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Encrypted: {Type: String}
Resources:
  Volume:
    Type: AWS::EC2::Volume
    Properties: {AvailabilityZone: a, Size: 1, Encrypted: !Ref Encrypted}
"""
PARENT = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Bucket: {Type: String}
Resources:
  Storage:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: %s
      Parameters: {Encrypted: "false"}
"""
URL = "https://bucket.example/v1/net/storage.yaml"


@pytest.mark.parametrize(
    ("url", "pattern", "path"),
    [
        (URL, "https://bucket.example/v1/*", "templates/net/storage.yaml"),
        (URL, "https://*.example/v1/*", "templates/net/storage.yaml"),
        (URL, "https://other.example/*", None),
        (f"{URL}?versionId=1", "https://bucket.example/v1/net/*", "templates/storage.yaml"),
        ("https://*.s3.amazonaws.com/storage.yaml", "https://*.s3.amazonaws.com/*", "templates/storage.yaml"),
    ],
)
def test_what_is_at_a_url(url: str, pattern: str, path: str | None) -> None:
    assert path_of(url, {pattern: "templates"}) == path


def run(location: str, settings: str) -> Report:
    files = {"main.yaml": PARENT % location, "templates/net/storage.yaml": CHILD, ".iacreview.yaml": settings}
    tree = MemoryTree(files)
    project = project_of(tree, "/", ())
    return check(tree, (), options_for(project, Wishes(select=["ENC001"])))


@pytest.mark.parametrize("location", [URL, '!Sub "https://${Bucket}.example/v1/net/storage.yaml"'])
def test_the_stack_is_followed(location: str) -> None:
    report = run(location, 'templates: {"https://*.example/v1/*": templates}\n')
    assert [each.resource.address for each in report.findings if each.resource] == ["Storage.Volume"]
    # Where a parameter stands in the URL, the template is judged by itself as well: nobody knows all who nest it.
    assert bool(report.undecided) is ("${" in location)


def test_a_file_of_that_name_is_told() -> None:
    files = {"main.yaml": PARENT % "https://x.example/storage.yaml", "templates/storage.yaml": CHILD}
    tree = MemoryTree(files)
    report = check(tree, (), options_for(project_of(tree, "/", ()), Wishes(select=["ENC001"])))
    (skipped,) = (each for each in report.skipped if "URL" in each.reason)
    assert "if that is templates/storage.yaml, name its folder under `templates`" in skipped.reason


@pytest.fixture
def iacreview(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(monkeypatch, capsys)


def test_controls_read_them(tmp_path: Path, iacreview: Runner) -> None:
    settings = 'templates: {"https://x.example/*": templates}\n'
    files = {"main.yaml": PARENT % "https://x.example/storage.yaml", "templates/storage.yaml": CHILD}
    for name, text in {**files, ".iacreview.yaml": settings}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    told = json.loads(iacreview(tmp_path, "controls", "--framework", "fsbp", "-f", "json").out)
    assert told["summary"]["units"] == 1
