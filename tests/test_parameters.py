"""`--parameters`: files with values for the parameters of templates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.repositories import Runner, new_project

TEMPLATE = """\
Parameters:
  On: {Type: String, Default: "true"}
  Cidrs: {Type: CommaDelimitedList, Default: 10.0.0.0/8}
Conditions:
  IsOn: !Equals [!Ref On, "true"]
Resources:
  Volume:
    Type: AWS::EC2::Volume
    Properties:
      AvailabilityZone: a
      Size: 1
      Encrypted: !If [IsOn, true, false]
"""
FORMS = {
    "the command line's": [
        {"ParameterKey": "On", "ParameterValue": "false"},
        {"ParameterKey": "Other", "ParameterValue": "x"},
    ],
    "CodePipeline's": {"Parameters": {"On": "false"}, "Tags": {}},
    "a plain map": {"On": False, "Cidrs": ["10.0.0.0/8", "10.1.0.0/16"]},
}


@pytest.mark.parametrize("form", FORMS)
def test_forms(tmp_path: Path, iacreview: Runner, form: str) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    (tmp_path / "p.json").write_text(json.dumps(FORMS[form]))
    (open_,) = iacreview(tmp_path, "check", "t.yaml", "-f", "json").data["findings"]
    assert "when IsOn is false" in open_["message"]
    (settled,) = iacreview(tmp_path, "check", "t.yaml", "--parameters", "p.json", "-f", "json").data["findings"]
    assert "when" not in settled["message"]


def test_later_files_win(tmp_path: Path, iacreview: Runner) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    (tmp_path / "off.json").write_text('{"On": "false"}')
    (tmp_path / "on.json").write_text('{"On": "true"}')
    files = ("--parameters", "off.json", "--parameters", "on.json")
    assert iacreview(tmp_path, "check", "t.yaml", *files).status == 0


def test_where_a_value_is_written(tmp_path: Path, iacreview: Runner) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE.replace("!If [IsOn, true, false]", "!Ref On"))
    (tmp_path / "p.json").write_text('{\n "On": "false"}')
    done = iacreview(tmp_path, "check", "t.yaml", "--parameters", "p.json", "-f", "json")
    (related,) = done.data["findings"][0]["related"]
    assert related["message"] == "value given to parameter On"
    assert (related["location"]["path"], related["location"]["start"]["line"]) == ("p.json", 2)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("missing.json", None, "there is no file"),
        ("p.json", '"x"', "is not a parameter file"),
        ("p.json", "[1]", "is not a parameter file"),
        ("p.json", "{", "is not a parameter file"),
        ("../p.json", "{}", "outside of the project"),
    ],
)
def test_wrong_use(tmp_path: Path, iacreview: Runner, name: str, text: str | None, message: str) -> None:
    project = new_project(tmp_path / "project", {"t.yaml": TEMPLATE})
    if text is not None:
        (project.root / name).write_text(text)
    done = iacreview(project.root, "check", "t.yaml", "--parameters", name)
    assert done.status == 2
    assert message in done.err


def test_a_changed_file_reaches_the_templates(tmp_path: Path, iacreview: Runner) -> None:
    project = new_project(
        tmp_path, {"t.yaml": TEMPLATE.replace("!If [IsOn, true, false]", "!Ref On"), "p.json": '{"On": "true"}'}
    )
    project.write({"p.json": '{"On": "false"}'})
    done = iacreview(tmp_path, "diff", "--parameters", "p.json", "-f", "json")
    assert done.findings("introduced") == ["ENC001 Volume"]
    assert done.data["findings"][0]["related"][0]["message"].startswith("changed here")
