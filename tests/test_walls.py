"""A whole run opens no socket, writes no file, starts no program of the reviewed tree, and reads nothing outside of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

GUARD = """
import json, os, sys

root, log = sys.argv[1], []
own = [os.path.realpath(path) for path in (sys.prefix, sys.base_prefix, sys.argv[2], "/usr", "/lib", "/etc", "/proc")]

def audit(event, arguments):
    if event.startswith("socket.") and event != "socket.__new__":
        log.append([event, str(arguments)])
    elif event == "open":
        path, mode, flags = arguments
        if not isinstance(path, str):
            return
        real = os.path.realpath(path)
        writing = (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if real == os.devnull:
            return
        if writing:
            log.append(["write", real])
        elif not real.startswith(root) and not any(real.startswith(each) for each in own):
            log.append(["outside", real])
    elif event in ("os.system", "os.exec", "os.posix_spawn", "subprocess.Popen"):
        program = str(arguments[0])
        if os.path.basename(program) != "git":
            log.append([event, program])
    elif event in ("os.remove", "os.rename", "os.mkdir", "os.symlink", "os.truncate"):
        log.append([event, str(arguments)])

sys.dont_write_bytecode = True
sys.addaudithook(audit)
sys.argv = ["iacreview", *sys.argv[3:]]
from iacreview.invocation import run
sys.stderr.write("\\n" + json.dumps({"status": run(), "log": log}))
"""


def guarded(root: Path, *arguments: str) -> tuple[str, dict[str, object]]:
    done = subprocess.run(
        [sys.executable, "-c", GUARD, os.path.realpath(root), str(ROOT), *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return done.stdout, json.loads(done.stderr.splitlines()[-1])


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    secret = tmp_path / "secret.json"
    secret.write_text('{"password": "outside"}')
    root = tmp_path / "project"
    (root / "sub").mkdir(parents=True)
    (root / "main.tf").write_text(
        'locals {\n  a = file("../secret.json")\n  b = file("/etc/passwd")\n  c = templatefile("link.json", {})\n}\n'
        'module "far" {\n  source = "git::https://example.com/far.git"\n}\n'
        'module "up" {\n  source = "../outside"\n}\n'
        'resource "aws_ssm_parameter" "p" {\n  name  = "p"\n  type  = "String"\n  value = local.a\n}\n'
        'data "external" "run" {\n  program = ["touch", "ran"]\n}\n'
    )
    (root / "link.json").symlink_to(secret)
    (root / "sub" / "template.yaml").write_text(
        "Resources:\n  Nested:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n"
        "      TemplateURL: https://example.com/t.yaml\n"
        "  Include:\n    Fn::Transform:\n      Name: AWS::Include\n      Parameters: {Location: ../../secret.json}\n"
    )
    return root


@pytest.mark.parametrize("format", ["text", "json", "sarif"])
def test_walls(hostile: Path, format: str) -> None:
    out, seen = guarded(hostile, "check", "--profile", "strict", "--format", format)
    assert seen["log"] == []
    assert seen["status"] in (0, 1)
    assert "outside" not in out.replace("../outside", "")
    assert not (hostile / "ran").exists()


def test_walls_notice(tmp_path: Path) -> None:
    """The guard itself sees what it is there for."""
    script = GUARD.replace("from iacreview.invocation import run", "run = lambda: open('made', 'w').close()")
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), str(ROOT)], cwd=tmp_path, capture_output=True, text=True
    )
    assert json.loads(done.stderr.splitlines()[-1])["log"][0][0] == "write"


@pytest.mark.parametrize("format", ["text", "json", "sarif"])
def test_same_bytes_for_any_hash_seed(format: str) -> None:
    def output(seed: str) -> bytes:
        return subprocess.run(
            [sys.executable, "-m", "iacreview", "check", "examples", "--profile", "strict", "--format", format],
            cwd=ROOT,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout

    outputs = {output(seed) for seed in ("0", "1", "4242")}
    assert len(outputs) == 1
    assert outputs.pop()
