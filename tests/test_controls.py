"""What the files say of the controls of a framework: every line true at its place, and no state without a reason."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from iacreview.config_operations import ELSEWHERE
from iacreview.controls.files import framework_specs
from iacreview.controls.load import load_frameworks
from iacreview.engine.load import load_catalog, load_rules
from iacreview.engine.rulefiles import File
from iacreview.errors import RuleError
from iacreview.model.control import STATES
from iacreview.protection.load import protection_kinds
from tests.repositories import Runner, new_project
from tests.trees import MemoryTree

ROOT = Path(__file__).parent.parent
NAMES = sorted(path.stem for path in (ROOT / "frameworks").glob("*.yaml"))
TRAIL = (
    'resource "aws_cloudtrail" "t" {\n  name = "t"\n  s3_bucket_name = "b"\n  is_multi_region_trail = true\n'
    '  enable_log_file_validation = true\n  cloud_watch_logs_group_arn = "arn:aws:logs:eu-west-1:1:log-group:t:*"\n'
    '  event_selector {\n    data_resource {\n      type = "AWS::S3::Object"\n      values = ["arn:aws:s3"]\n    }\n  }\n}\n'
)
VOLUME = 'resource "aws_ebs_volume" "v" {\n  availability_zone = "a"\n  size = 1\n  encrypted = %s\n}\n'
RULE = (
    'resource "aws_config_config_rule" "r" {\n  name = "r"\n  source {\n    owner = "AWS"\n'
    '    source_identifier = "%s"\n  }\n}\n'
)


def by_control(out: str) -> dict[str, Any]:
    return {each["control"]: each for each in json.loads(out)["controls"]}


def controls(iacreview: Runner, root: Path, *options: str) -> dict[str, Any]:
    return by_control(iacreview(root, "controls", "--format", "json", *options).out)


@pytest.mark.parametrize("name", NAMES)
def test_evidence_is_at_its_place(iacreview: Runner, name: str) -> None:
    """Every place that is named has the resource, or what the text says of it, in the examples of this repository."""
    found = controls(iacreview, ROOT, "examples", "--framework", name)
    assert found
    for control in found.values():
        assert control["state"] in STATES
        assert bool(control["shown"]) or control["state"] != "shown"
        assert not (control["state"] == "shown" and (control["contradicted"] or control["undecided"]))
        for each in (*control["shown"], *control["contradicted"]):
            line = (ROOT / each["location"]["path"]).read_text(encoding="utf-8").split("\n")
            text = line[each["location"]["start"]["line"] - 1]
            name_or_value = [each["resource"]["address"].rpartition(".")[2], *each["said"].split("`")[1:2]]
            assert text.strip()
            if each["said"].startswith("`") and " is not set" not in each["said"]:
                assert name_or_value[1].rpartition(".")[2] in text or each["said"].split(" is ")[1].strip('"') in text


@pytest.mark.parametrize("format", ["text", "markdown", "json", "html"])
def test_the_same_bytes_twice(iacreview: Runner, format: str) -> None:
    first, second = (iacreview(ROOT, "controls", "examples", "--format", format) for _ in range(2))
    assert first.out == second.out
    assert first.out.endswith("\n")
    assert first.status == 0


def test_states(tmp_path: Path, iacreview: Runner) -> None:
    files = {"main.tf": TRAIL + VOLUME % "true" + RULE % "REQUIRED_TAGS"}
    project = new_project(tmp_path, files)
    found = controls(iacreview, project.root)
    assert {code: found[code]["state"] for code in ("M3", "R5", "C7", "C8", "P1")} == {
        "M3": "shown",
        "R5": "shown",
        "C7": "shown",
        "C8": "nothing here",
        "P1": "nothing here",
    }
    (shown,) = found["C7"]["shown"]
    assert (shown["by"], shown["resource"]["address"]) == ("config-rule", "aws_config_config_rule.r")
    project.write({"main.tf": VOLUME % "false"})
    assert controls(iacreview, project.root)["R5"]["state"] == "contradicted"
    project.write({"main.tf": VOLUME % "false" + VOLUME.replace('"v"', '"w"') % "true"})
    assert controls(iacreview, project.root)["R5"]["state"] == "partly"
    project.write({"main.tf": VOLUME % "var.encrypted"})
    assert controls(iacreview, project.root)["R5"]["state"] == "undecided"
    assert controls(iacreview, project.root, "--framework", "cis")["1.5"]["state"] == "not in code"


def test_what_another_repository_provides(tmp_path: Path, iacreview: Runner) -> None:
    files = {"main.tf": VOLUME % "true", ".iacreview.yaml": "operations: {elsewhere: [patching]}\n"}
    found = controls(iacreview, new_project(tmp_path, files).root)
    assert found["P1"]["state"] == "elsewhere"
    assert "patching" in found["P1"]["why"]
    assert found["M4"]["state"] == "nothing here"


def test_what_is_asked_for_contradicts_and_its_absence_shows_nothing(tmp_path: Path, iacreview: Runner) -> None:
    project = new_project(tmp_path, {"main.tf": VOLUME % "true"})
    assert controls(iacreview, project.root)["C7"]["state"] == "nothing here"
    project.write({".iacreview.yaml": "operations: {required-tags: {keys: [Owner]}}\n"})
    found = controls(iacreview, project.root)["C7"]
    assert (found["state"], [each["by"] for each in found["contradicted"]]) == ("contradicted", ["OPS011"])


@pytest.mark.parametrize("name", NAMES)
def test_topics_are_those_of_the_settings(name: str) -> None:
    spec = yaml.safe_load((ROOT / "frameworks" / f"{name}.yaml").read_text(encoding="utf-8"))
    assert {topic for each in spec["controls"].values() for topic in each.get("topics", ())} <= set(ELSEWHERE)


def test_an_accepted_finding_contradicts(tmp_path: Path, iacreview: Runner) -> None:
    files = {"main.tf": "# iacreview:ignore ENC001 reason=scratch\n" + VOLUME % "false"}
    found = controls(iacreview, new_project(tmp_path, files).root)["R5"]
    assert found["state"] == "contradicted"
    assert "scratch" in found["contradicted"][0]["said"]


def test_what_was_lost(tmp_path: Path, iacreview: Runner) -> None:
    project = new_project(tmp_path, {"main.tf": TRAIL + VOLUME % "true" + RULE % "REQUIRED_TAGS"})
    project.write({"main.tf": VOLUME % "false" + RULE % "EC2_IMDSV2_CHECK"})
    found = controls(iacreview, project.root, "--base", "HEAD")
    assert {code: len(each["lost"]) for code, each in found.items() if each["lost"]} == {"M3": 1, "R5": 1, "C7": 1}
    assert found["M3"]["state"] == "nothing here"
    assert "lost since HEAD: aws_cloudtrail.t" in iacreview(project.root, "controls", "--base", "HEAD").out


def test_what_cannot_be_read_fails(tmp_path: Path, iacreview: Runner) -> None:
    done = iacreview(new_project(tmp_path, {"main.tf": "resource {{\n"}).root, "controls")
    assert done.status == 1
    assert "Could not be read" in done.out


class Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)


def test_hostile_names_stay_text(tmp_path: Path, iacreview: Runner) -> None:
    template = (
        "Resources:\n  V:\n    Type: AWS::EC2::Volume\n    Properties:\n      AvailabilityZone: a\n"
        '      Encrypted: "<script>alert(1)</script>"\n'
    )
    project = new_project(tmp_path, {"<img src=x>.yaml": template})
    page = iacreview(project.root, "controls", "--format", "html").out
    parser = Texts()
    parser.feed(page)
    assert not parser.tags & {"script", "img"}
    assert "&lt;img src=x&gt;.yaml" in page


def test_a_secret_is_not_shown(tmp_path: Path, iacreview: Runner) -> None:
    secret = "Tr0ub4dor-and-3"
    text = f'resource "aws_db_instance" "d" {{\n  password = "{secret}"\n  storage_encrypted = true\n}}\n'
    project = new_project(tmp_path, {"main.tf": text})
    for format in ("text", "markdown", "json", "html"):
        assert secret not in iacreview(project.root, "controls", "--format", format).out


def test_rules_of_a_control(iacreview: Runner) -> None:
    assert iacreview(ROOT, "rules", "--control", "M3").out.startswith("LOG003 ")
    done = iacreview(ROOT, "rules", "--control", "M99")
    assert done.status == 2
    assert "no framework has a control `M99`" in done.err


def test_a_framework_of_ones_own(tmp_path: Path, iacreview: Runner) -> None:
    own = {
        "framework": "house",
        "title": "House rules",
        "controls": {"H1": {"title": "Volumes are encrypted", "rules": ["ENC001"], "kinds": ["ebs.*"]}},
    }
    files = {
        "main.tf": VOLUME % "true",
        ".iacreview.yaml": "frameworks: [policy]\n",
        "policy/house.yaml": yaml.safe_dump(own),
    }
    project = new_project(tmp_path, files)
    assert controls(iacreview, project.root, "--framework", "house")["H1"]["state"] == "shown"
    done = iacreview(project.root, "controls", "--framework", "hause")
    assert done.status == 2
    assert "did you mean `house`?" in done.err


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("rules: [ENC0001]", "there is no `ENC0001`; did you mean `ENC00"),
        ("protections: [trial]", "did you mean `trail`?"),
        ("kinds: [ebz.*]", "no kind is `ebz.*`"),
        ("states: [x]", "there is no key `states`"),
    ],
)
def test_what_is_wrong_with_a_framework(wrong: str, message: str) -> None:
    text = f"framework: own\ntitle: Our own\ncontrols:\n  A1: {{title: A control, {wrong}}}\n"
    with pytest.raises(RuleError, match=r"own\.yaml:4: controls\.A1") as error:
        framework_specs(
            [File("own.yaml", text)],
            {rule.code for rule in load_rules()},
            {each.name for each in protection_kinds()},
            load_catalog(),
        )
    assert message in str(error.value.message)


def test_every_control_of_the_theme_is_there() -> None:
    text = (ROOT / "frameworks" / "essential-eight-theme-3.yaml").read_text(encoding="utf-8")
    wanted = ["P1", "P2", "P3", "L1", "L2", "S1", *(f"R{number}" for number in range(1, 7)), "I1", "I2", "V1"]
    wanted += [*(f"M{number}" for number in range(1, 6)), *(f"C{number}" for number in range(1, 9))]
    assert list(yaml.safe_load(text)["controls"]) == wanted


def test_every_control_that_a_rule_names_is_in_its_framework() -> None:
    """Ids are those of the standards' own lists; what a framework does not have is a slip."""
    rules = load_rules()
    frameworks = load_frameworks(MemoryTree({}), (), load_catalog(), rules, protection_kinds())
    for name in ("fsbp", "cis"):
        known = {each.code for each in frameworks[name].controls}
        assert {
            (rule.code, each) for rule in rules for each in rule.controls.get(name, ()) if each not in known
        } == set()
