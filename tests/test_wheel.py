"""The built wheel, installed into a fresh environment outside of the repository, works and has everything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


# What people and tools leave behind in a folder.
STRAY = (
    "iacreview/notes.txt",
    "iacreview/.env",
    "iacreview/catalog/aws/ec2.yaml~",
    "iacreview/compiled/secrets.tfvars",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from what is tracked and some stray files, in a copy."""
    folder, source = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("source")
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in listing.split("\0"):
        if name.startswith("iacreview/") or name in ("pyproject.toml", "README.md", "LICENSE"):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    for name in STRAY:
        (source / name).write_text("stray", encoding="utf-8")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_holds_the_tracked_package(wheel: Path) -> None:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "iacreview"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    tracked = {name for name in listing.split("\0") if name}
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("iacreview/")}
    assert packed == tracked


def test_works_outside_of_the_repository(wheel: Path, tmp_path: Path) -> None:
    """Its dependencies are those of this environment: what is tested is the wheel."""
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    import click
    import yaml

    for module in (click, yaml):
        folder = Path(module.__file__).parent
        (Path(site) / folder.name).symlink_to(folder)
    extension = next(Path(yaml.__file__).parent.parent.glob("_yaml"), None)
    if extension is not None:
        (Path(site) / "_yaml").symlink_to(extension)

    work = tmp_path / "work"
    work.mkdir()
    (work / "main.tf").write_text('resource "aws_ebs_volume" "v" {\n  availability_zone = "a"\n  size = 1\n}\n')
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [python, "-m", "iacreview", "check", "--format", "json"],
        cwd=work,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 1, done.stderr
    assert "ENC001" in {each["rule"] for each in json.loads(done.stdout)["findings"]}
    listed = subprocess.run(
        [python, "-m", "iacreview", "rules", "--format", "json"],
        cwd=work,
        capture_output=True,
        text=True,
        env=environment,
    )
    tracked = {path.name.partition("-")[0] for path in (ROOT / "rules").rglob("*.yaml")}
    assert {each["code"] for each in json.loads(listed.stdout)} == tracked
