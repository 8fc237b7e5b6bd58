"""What goes wrong around a run: outputs that cannot be written, directories that went away, links and pipes."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repositories import Runner, new_project

ROOT = Path(__file__).parent.parent
BAD = 'resource "aws_ebs_volume" "v" {\n  availability_zone = "a"\n  size = 1\n}\n'

posix = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell and file system")


def shell(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command.replace("iacreview", f"{shlex.quote(sys.executable)} -m iacreview")],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )


@posix
@pytest.mark.parametrize("command", ["check", "rules", "--help", "graph"])
@pytest.mark.parametrize(
    ("redirection", "why"),
    [
        (">/dev/full", "the output cannot be written: No space left on device"),
        (">&-", "the output cannot be written: it is closed"),
    ],
)
def test_an_output_that_cannot_be_written(tmp_path: Path, command: str, redirection: str, why: str) -> None:
    if "full" in redirection and not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    (tmp_path / "main.tf").write_text(BAD)
    done = shell(tmp_path, f"iacreview {command} {redirection}")
    assert done.returncode == 2
    assert done.stderr == f"iacreview: {why}\n"


@posix
def test_without_a_standard_error(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(BAD)
    assert shell(tmp_path, "iacreview check 2>&-").returncode == 1
    assert shell(tmp_path, "iacreview check no-such-file 2>&-").returncode == 2


@posix
@pytest.mark.parametrize("command", ["check", "diff", "baseline", "graph"])
def test_a_working_directory_that_is_gone(tmp_path: Path, command: str) -> None:
    done = shell(tmp_path, f"mkdir gone; cd gone; rmdir ../gone; iacreview {command}")
    assert done.returncode == 2
    assert done.stderr.startswith("iacreview: the working directory no longer exists\n")


@posix
@pytest.mark.parametrize("output", ["link", "folder/out.json", "real/../folder/out.json", "deep/up/out.json"])
def test_links_of_the_project_lead_no_output_elsewhere(tmp_path: Path, output: str, iacreview: Runner) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    project = new_project(tmp_path / "project", {"main.tf": BAD, "real/x.tf": BAD, "deep/x.tf": BAD})
    (project.root / "link").symlink_to(elsewhere / "out.json")
    (project.root / "folder").symlink_to(elsewhere)
    (project.root / "deep/up").symlink_to("../../elsewhere")
    done = iacreview(project.root, "check", "--output", f"json={output}")
    assert done.status == 2
    assert "is a link" in done.err
    assert list(elsewhere.iterdir()) == []
    assert iacreview(project.root, "baseline", "-o", output).status == 2
    assert list(elsewhere.iterdir()) == []


@posix
def test_a_link_outside_of_the_project_may_lead_anywhere(tmp_path: Path, iacreview: Runner) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    project = new_project(tmp_path / "project", {"main.tf": BAD})
    assert iacreview(project.root, "check", "--output", f"json={tmp_path}/link/out.json").status == 1
    assert iacreview(project.root, "check", "--output", "json=../link/more.json").status == 1
    assert {each.name for each in (tmp_path / "real").iterdir()} == {"out.json", "more.json"}


@posix
def test_a_pipe_is_not_waited_for(tmp_path: Path, iacreview: Runner) -> None:
    project = new_project(tmp_path / "project", {"main.tf": BAD})
    os.mkfifo(project.root / "pipe")
    done = iacreview(project.root, "check", "--output", "json=pipe")
    assert done.status == 2
    assert "pipe" in done.err
    reader = os.open(project.root / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert "is a pipe or a socket" in iacreview(project.root, "check", "--output", "json=pipe").err
    finally:
        os.close(reader)


@posix
def test_a_baseline_that_is_a_link_is_not_written_through(tmp_path: Path, iacreview: Runner) -> None:
    project = new_project(tmp_path / "project", {"main.tf": BAD})
    (tmp_path / "precious").write_text("as it was")
    (project.root / ".iacreview.baseline").symlink_to("../precious")
    assert iacreview(project.root, "baseline").status == 2
    assert (tmp_path / "precious").read_text() == "as it was"


@posix
@pytest.mark.parametrize(
    ("content", "mode", "why"),
    [
        (b'a = 1\nb = "\xe9"\n', 0o644, "the file is not UTF-8"),
        (b"a = 1\n", 0o000, "the file cannot be read: Permission denied"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, content: bytes, mode: int, why: str, iacreview: Runner) -> None:
    if mode == 0 and os.geteuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "main.tf").write_bytes(content)
    (tmp_path / "main.tf").chmod(mode)
    done = iacreview(tmp_path, "check", "--format", "json")
    assert [each["message"] for each in done.data["findings"] if each["rule"] == "SYN001"] == [why]


def test_a_graph_shows_no_character_that_deceives(tmp_path: Path, iacreview: Runner) -> None:
    (tmp_path / "t.json").write_text(
        '{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"A\\u202eB\\u001b": {"Type": "AWS::S3::Bucket"}}}'
    )
    done = iacreview(tmp_path, "graph", "--format", "dot")
    assert "A\\\\u202eB\\\\x1b" in done.out
    assert "\u202e" not in done.out
    assert "\x1b" not in done.out


def test_blank_lines_cost_nothing(tmp_path: Path, iacreview: Runner) -> None:
    """Forty thousand of them before the first block: searched for from each line anew, that is minutes."""
    (tmp_path / "module").mkdir()
    (tmp_path / "main.tf").write_text('module "m" {\n  source = "./module"\n}\n')
    (tmp_path / "module/main.tf").write_text("\n" * 40_000 + 'variable "x" {\n  default = 1\n}\n' + BAD)
    done = iacreview(tmp_path, "check", "module", "--format", "json")
    assert [each["resource"]["address"] for each in done.data["findings"]] == ["module.m.aws_ebs_volume.v"]
