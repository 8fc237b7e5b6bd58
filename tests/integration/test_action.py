"""The composite action's steps, run as GitHub runs them: bash, its variables, its files."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.discussion.servers import TOKEN, GitHubServer, serving
from tests.repositories import CI_VARIABLES, Project, new_project

ROOT = Path(__file__).parent.parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
GOOD = 'resource "aws_ebs_volume" "v" {\n  availability_zone = "a"\n  size = 1\n  encrypted = true\n}\n'
BAD = GOOD.replace("true", "false")

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the action needs bash")


class Job:
    """A runner with its folders; `run` does a step."""

    def __init__(self, folder: Path, project: Project, event: dict[str, Any], **inputs: str) -> None:
        self.folder = folder
        self.project = project
        self.inputs = {name: spec.get("default", "") for name, spec in ACTION["inputs"].items()} | inputs
        for name in ("temp", "output", "summary"):
            (folder / name).mkdir() if name == "temp" else (folder / name).write_text("")
        (folder / "event.json").write_text(json.dumps(event))

    def run(self, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
        (step,) = [each for each in ACTION["runs"]["steps"] if each["name"] == name]
        values = {key: self._value(text) for key, text in step.get("env", {}).items()}
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") and k not in CI_VARIABLES}
        environment |= {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_SHA": self.project.git("rev-parse", "HEAD"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "RUNNER_TEMP": str(self.folder / "temp"),
            **variables,
            **values,
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        return subprocess.run(
            command, cwd=self.project.root, env=environment, capture_output=True, text=True, check=False
        )

    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in (self.folder / "output").read_text().splitlines())

    def _value(self, text: str) -> str:
        """An input or the action's path: no other expression is in the action."""
        found = re.fullmatch(r"\$\{\{ (github\.action_path|inputs\.([a-z-]+)) \}\}", text)
        assert found is not None
        return self.inputs[found[2]] if found[2] else str(ROOT)


def test_no_expression_is_in_a_script() -> None:
    assert not [step for step in ACTION["runs"]["steps"] if "${{" in step.get("run", "")]


@pytest.fixture
def pull_request(tmp_path: Path) -> Project:
    """The tested merge of a branch with a hostile name."""
    project = new_project(tmp_path / "project", {"main.tf": GOOD, "old.tf": BAD.replace('"v"', '"old"')})
    project.git("switch", "-q", "-c", "$(touch${IFS}pwned);x")
    project.commit({"main.tf": BAD})
    project.git("switch", "-q", "--detach", "main")
    project.git("merge", "-q", "--no-ff", "-m", "merge", "$(touch${IFS}pwned);x")
    return project


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """A runner's folder where the action is installed already: with the interpreter of the tests."""
    folder = tmp_path / "runner"
    folder.mkdir()
    return folder


def installed(job: Job) -> Job:
    """Stands for the first step: its virtual environment is the one of the tests."""
    (job.folder / "temp" / "iacreview-venv").symlink_to(Path(sys.prefix))
    return job


EVENT = {"pull_request": {"base": {"sha": ""}, "head": {"repo": {"fork": True}}}}
MERGE = {"GITHUB_REF": "refs/pull/1/merge", "GITHUB_BASE_REF": "main", "GITHUB_HEAD_REF": "$(touch pwned);x"}


def test_installation(pull_request: Project, ready: Path) -> None:
    job = Job(ready, pull_request, EVENT, python=sys.executable)
    pull_request.write({"pip.py": "raise SystemExit('run from the workspace')", "venv.py": "raise SystemExit('run')"})
    done = job.run("Install iacreview")
    if done.returncode and "No matching distribution" in done.stderr:
        pytest.skip("no package index")
    assert done.returncode == 0, done.stderr
    done = job.run("Review the change", **MERGE)
    assert done.returncode == 1, done.stderr
    assert "::error file=main.tf,line=4" in done.stdout


def test_a_pull_request_from_a_fork(pull_request: Project, ready: Path) -> None:
    job = installed(Job(ready, pull_request, EVENT, **{"sarif-file": str(ready / "out.sarif")}))
    done = job.run("Review the change", **MERGE)
    assert done.returncode == 1, done.stderr
    errors = [line for line in done.stdout.splitlines() if line.startswith("::")]
    assert len(errors) == 1
    assert errors[0].startswith("::error file=main.tf,line=4,endLine=4")
    assert "aws_ebs_volume.v" in errors[0]
    assert (ready / "summary").read_text().startswith("## iacreview: 1 introduced (1 high)")
    assert job.outputs() == {
        "exit-status": "1",
        "introduced": "1",
        "fixed": "0",
        "worst": "high",
        "sarif-file": str(ready / "out.sarif"),
        "json-file": str(ready / "temp" / "iacreview.json"),
        "markdown-file": str(ready / "temp" / "iacreview.md"),
    }
    results = json.loads((ready / "out.sarif").read_text())["runs"][0]["results"]
    assert sorted(each["baselineState"] for each in results) == ["new", "unchanged"]
    assert not list(pull_request.root.glob("pwned*"))


def test_code_scanning_gets_what_is_open(tmp_path: Path, ready: Path) -> None:
    """It closes the alerts of what a file leaves out, and opens some for what is suppressed or fixed."""
    suppressed = BAD.replace("encrypted", "# iacreview:ignore ENC001 reason=tested\n  encrypted").replace(
        '"v"', '"kept"'
    )
    files: dict[str, str | None] = {"a/main.tf": BAD, "b/main.tf": BAD.replace('"v"', '"far"'), "a/kept.tf": suppressed}
    project = new_project(tmp_path / "project", files)
    before = project.git("rev-parse", "HEAD")
    project.commit({"a/main.tf": GOOD, "a/more.tf": BAD.replace('"v"', '"more"')})
    job = installed(Job(ready, project, {"before": before}, **{"sarif-file": str(ready / "out.sarif")}))
    assert job.run("Review the change").returncode == 1
    results = json.loads((ready / "out.sarif").read_text())["runs"][0]["results"]
    places = sorted(each["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] for each in results)
    assert places == ["aws_ebs_volume.far", "aws_ebs_volume.more"]
    assert job.outputs()["introduced"] == "1"


def test_a_merge_group(pull_request: Project, ready: Path) -> None:
    event = {"merge_group": {"base_sha": pull_request.git("rev-parse", "main")}}
    job = installed(Job(ready, pull_request, event))
    assert job.run("Review the change").returncode == 1
    assert job.outputs()["introduced"] == "1"


def test_no_module_of_the_project_is_loaded(pull_request: Project, ready: Path) -> None:
    hostile = 'open("pwned", "w")\n'
    names = ("iacreview/__init__.py", "click.py", "json.py", "sitecustomize.py", "yaml/__init__.py")
    pull_request.write(dict.fromkeys(names, hostile))
    job = installed(Job(ready, pull_request, EVENT))
    assert job.run("Review the change", **MERGE).returncode == 1
    assert not list(pull_request.root.rglob("pwned*"))


def test_what_earlier_steps_write_is_not_reviewed(pull_request: Project, ready: Path) -> None:
    pull_request.write({"generated.tf": BAD.replace('"v"', '"generated"')})
    job = installed(Job(ready, pull_request, EVENT))
    assert "generated" not in job.run("Review the change", **MERGE).stdout


def test_nothing_introduced(tmp_path: Path, ready: Path) -> None:
    project = new_project(tmp_path / "project", {"main.tf": BAD})
    before = project.git("rev-parse", "HEAD")
    project.commit({"main.tf": "# a remark\n" + BAD})
    job = installed(Job(ready, project, {"before": before}))
    done = job.run("Review the change")
    assert done.returncode == 0, done.stderr
    assert job.outputs()["introduced"] == "0"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base", "$(touch pwned)"),
        ("base", "--output=json=pwned"),
        ("profile", "strict; touch pwned"),
        ("fail-on", "`touch pwned`"),
        ("working-directory", "$(touch pwned)"),
    ],
)
def test_hostile_inputs(pull_request: Project, ready: Path, name: str, value: str) -> None:
    job = installed(Job(ready, pull_request, EVENT, **{name: value}))
    done = job.run("Review the change", **MERGE)
    assert done.returncode == 2, done.stdout
    assert not list(pull_request.root.rglob("pwned*"))
    if name != "working-directory":
        assert "::error title=iacreview::The change was not reviewed (exit status 2)" in done.stdout
        assert {key: text for key, text in job.outputs().items() if text} == {"exit-status": "2"}


@pytest.mark.parametrize("script", ["exit 1", ""])
def test_an_old_python(pull_request: Project, ready: Path, script: str) -> None:
    """One that says no to the question for its version, and none at all."""
    python = ready / "python"
    if script:
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o755)
    done = Job(ready, pull_request, EVENT, python=str(python)).run("Install iacreview")
    assert done.returncode == 2
    assert "::error title=iacreview::python must be" in done.stdout


def test_outputs_cannot_be_forged(pull_request: Project, ready: Path) -> None:
    job = installed(Job(ready, pull_request, EVENT, **{"sarif-file": f"{ready}/x\nintroduced=0"}))
    job.run("Review the change", **MERGE)
    assert job.outputs().get("introduced") != "0"


def test_a_link_in_the_way_is_not_followed(pull_request: Project, ready: Path) -> None:
    (pull_request.root / "out.sarif").symlink_to(ready / "elsewhere")
    job = installed(Job(ready, pull_request, EVENT, **{"sarif-file": "out.sarif"}))
    assert job.run("Review the change", **MERGE).returncode == 2
    assert not (ready / "elsewhere").exists()


def test_a_shallow_clone_is_told_what_to_do(pull_request: Project, tmp_path: Path, ready: Path) -> None:
    pull_request.git("branch", "tested")
    pull_request.git(
        "clone", "-q", "--depth", "1", "-b", "tested", f"file://{pull_request.root}", str(tmp_path / "shallow")
    )
    event = {"pull_request": {"base": {"sha": pull_request.git("rev-parse", "main")}}}
    job = installed(Job(ready, Project(tmp_path / "shallow"), event))
    done = job.run("Review the change", **MERGE)
    assert done.returncode == 2
    assert "fetch-depth: 0" in done.stderr


HOSTILE = (
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned #",
    '\' "; touch pwned; "',
    "--output=json=pwned",
    "*",
    "\\",
)


@pytest.mark.parametrize("name", ["only", "select", "var-file", "parameters", "args"])
def test_no_shell_reads_an_input(pull_request: Project, ready: Path, name: str) -> None:
    """What no option takes ends the step with what is wrong, and nothing else happens."""
    text = "\n".join(HOSTILE if name != "args" else [each for each in HOSTILE if "pwned" not in each or each[0] != "-"])
    job = installed(Job(ready, pull_request, EVENT, **{name: text}))
    done = job.run("Review the change", **MERGE)
    assert not list(ready.rglob("pwned*"))
    assert not list(pull_request.root.rglob("pwned*"))
    assert done.returncode == (0 if name == "only" else 2), done.stderr
    assert "syntax error" not in done.stderr


def test_inputs_of_several_lines(tmp_path: Path, ready: Path) -> None:
    text = 'variable "on" {}\n' + GOOD.replace("true", "var.on")
    files: dict[str, str | None] = {f"{name}/main.tf": text for name in "abc"}
    project = new_project(tmp_path / "project", {**files, "x.tfvars": "on = true\n", "y z.tfvars": "on = true\n"})
    before = project.git("rev-parse", "HEAD")
    project.commit({"y z.tfvars": "on = false\n"})
    inputs = {
        "var-file": "x.tfvars\r\n\n  \ny z.tfvars",
        "only": "a\nb",
        "select": "encryption\nNET001",
        "args": "--all\n--show-undecided",
    }
    job = installed(Job(ready, project, {"before": before}, **inputs))
    assert job.run("Review the change").returncode == 1
    found = json.loads((ready / "temp" / "iacreview.json").read_text())["findings"]
    assert {each["location"]["path"].partition("/")[0] for each in found} <= {"a", "b", "y z.tfvars"}
    outputs = job.outputs()
    assert (outputs["introduced"], outputs["worst"]) == (str(len(found)), "high")


def test_sarif_for_the_upload_has_a_place_of_its_own(pull_request: Project, ready: Path) -> None:
    job = installed(Job(ready, pull_request, EVENT, **{"sarif-upload": "true"}))
    job.run("Review the change", **MERGE)
    assert job.outputs()["sarif-file"] == str(ready / "temp" / "iacreview.sarif")
    assert (ready / "temp" / "iacreview.sarif").exists()


def test_without_a_review_there_is_nothing_to_comment_on(pull_request: Project, ready: Path) -> None:
    job = installed(Job(ready, pull_request, EVENT, base="nothing"))
    assert job.run("Review the change", **MERGE).returncode == 2
    outputs = job.outputs()
    assert {name: text for name, text in outputs.items() if text} == {"exit-status": "2"}


def test_a_comment(pull_request: Project, ready: Path) -> None:
    """The report of the second step is commented on by the third, against a server on this machine."""
    head = pull_request.git("rev-parse", "HEAD^2")
    sides = {"head": {"sha": head, "repo": {"full_name": "acme/infra"}}, "base": {"repo": {"full_name": "acme/infra"}}}
    event = {"pull_request": {"number": 7, "base": {"sha": pull_request.git("rev-parse", "main")}, **sides}}
    job = installed(Job(ready, pull_request, event, comment="true", token=TOKEN))
    assert job.run("Review the change", **MERGE).returncode == 1
    text = pull_request.git("diff", "main", head, "--", "main.tf")
    server = GitHubServer({"main.tf": "@@" + text.partition("@@")[2]})
    server.pull["head"]["sha"] = head
    with serving(server):
        variables = {"GITHUB_API_URL": server.address, "GITHUB_REPOSITORY": "acme/infra"}
        done = job.run("Comment on the pull request", GITHUB_EVENT_NAME="pull_request", **variables)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "GitHub: 1 comment made, summary written\n"
    assert "```suggestion" in server.threads[0]["body"]
    assert TOKEN not in done.stdout + done.stderr
    assert job.run("Comment on the pull request", GITHUB_EVENT_NAME="push").returncode == 0


@pytest.mark.parametrize(
    ("inputs", "extras"),
    [
        ({}, []),
        ({"sam": "true"}, ["-sam"]),
        ({"sam": "TRUE; touch pwned"}, []),
        ({"sam": "true", "with": "cfn-lint", "comment": "true"}, ["-github", "-cfn-lint", "-sam"]),
    ],
)
def test_what_is_installed(pull_request: Project, ready: Path, inputs: dict[str, str], extras: list[str]) -> None:
    """By what `pip` is asked for: a Python stands in that makes environments of itself, and notes what it is told."""
    python = ready / "python"
    noted = ready / "noted"
    python.write_text(
        f"""#!/bin/sh
echo "$@" >> {noted}
if [ "$3" = venv ]; then mkdir -p "$4/bin" && cp "$0" "$4/bin/python"; fi
"""
    )
    python.chmod(0o755)
    done = Job(ready, pull_request, EVENT, python=str(python), **inputs).run("Install iacreview")
    assert done.returncode == 0, done.stderr
    found = re.findall(r"--require-hashes .*--requirement .*/docs/workflows/(\S+)", noted.read_text())
    assert found == [f"requirements{extra}.txt" for extra in ("", *extras)]
    assert not list(ready.rglob("pwned*"))


def test_what_is_no_companion_is_not_installed(pull_request: Project, ready: Path) -> None:
    done = Job(ready, pull_request, EVENT, python=sys.executable, **{"with": "../../x"}).run("Install iacreview")
    assert done.returncode == 2
    assert "with must be cfn-lint or checkov" in done.stdout
