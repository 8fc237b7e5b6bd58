"""Two directories compared; and what `check` says where the templates have to be made first."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Runner

OPEN = {"Type": "AWS::EC2::Volume", "Properties": {"AvailabilityZone": "a", "Size": 1}}
SAFE = {"Type": "AWS::EC2::Volume", "Properties": {"AvailabilityZone": "a", "Size": 1, "Encrypted": True}}


def assembly(folder: Path, **resources: object) -> None:
    folder.mkdir(parents=True)
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}
    (folder / "Stack.template.json").write_text(json.dumps(template), encoding="utf-8")
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "Stack.template.json"}}
    (folder / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": {"Stack": artifact}}), "utf-8")


def test_two_assemblies(tmp_path: Path, iacreview: Runner) -> None:
    assembly(tmp_path / "a.out", Old=OPEN, Kept=SAFE)
    assembly(tmp_path / "b.out", Old=OPEN, Kept=OPEN)
    done = iacreview(tmp_path, "diff", "--base-dir", "a.out", "--head-dir", "b.out")
    assert done.status == 1
    assert done.out.startswith("1 introduced (1 high).")
    assert "a.out -> b.out" in done.out.splitlines()[0]
    assert "Kept" in done.out
    assert "1 finding unchanged" in done.out
    same = iacreview(tmp_path, "diff", "--base-dir", "b.out", "--head-dir", "b.out", "--all")
    assert (same.status, same.out.startswith("Nothing introduced.")) == (0, True)


def test_the_settings_are_those_of_the_project(tmp_path: Path, iacreview: Runner) -> None:
    assembly(tmp_path / "a.out", Kept=SAFE)
    assembly(tmp_path / "b.out", Kept=OPEN)
    (tmp_path / ".iacreview.yaml").write_text("ignore: [ENC001]\n", encoding="utf-8")
    (tmp_path / "a.out" / ".iacreview.yaml").write_text("select: [ENC001]\n", encoding="utf-8")
    done = iacreview(tmp_path, "diff", "--base-dir", "a.out", "--head-dir", "b.out", "--format", "json")
    assert [each for each in json.loads(done.out)["findings"] if each["rule"] == "ENC001"] == []


def test_they_go_together(tmp_path: Path, iacreview: Runner) -> None:
    assembly(tmp_path / "a.out", Kept=SAFE)
    for wrong in (["--base-dir", "a.out"], ["main", "--base-dir", "a.out", "--head-dir", "a.out"]):
        assert iacreview(tmp_path, "diff", *wrong).status == 2
    done = iacreview(tmp_path, "diff", "--base-dir", "a.out", "--head-dir", "nowhere")
    assert (done.status, "there is no directory `nowhere`" in done.err) == (2, True)


def test_an_app_has_to_be_synthesised_first(tmp_path: Path, iacreview: Runner) -> None:
    (tmp_path / "cdk.json").write_text('{"app": "npx ts-node bin/app.ts"}', encoding="utf-8")
    assert "run `cdk synth`, then `iacreview check cdk.out`" in iacreview(tmp_path, "check").out
    assembly(tmp_path / "cdk.out", Kept=SAFE)
    assert "cdk synth" not in iacreview(tmp_path, "check", "cdk.out").out
