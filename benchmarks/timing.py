"""Whole commands, timed in turns so that all of them see the same machine."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IACREVIEW = [sys.executable, "-m", "iacreview", "check"]
FLOOR = [sys.executable, "-c", "import yaml, click"]
PEERS = {
    "trivy": ["trivy", "config", "--skip-check-update", "--skip-version-check", "-q", "-f", "json"],
    "checkov": [
        "checkov",
        "--skip-download",
        "--framework",
        "terraform",
        "cloudformation",
        "-o",
        "json",
        "--quiet",
        "--compact",
    ],
}


def peers() -> dict[str, list[str]]:
    """The other tools that are installed."""
    return {name: command for name, command in PEERS.items() if shutil.which(name)}


def with_folder(peer: str, command: Sequence[str]) -> list[str]:
    """A peer's command over the current folder."""
    return [*command, "-d", "."] if peer == "checkov" else [*command, "."]


def seconds(command: Sequence[str], folder: Path) -> tuple[float, float]:
    """Wall and CPU seconds of one run, its children included."""
    wall, used = usage(command, folder)
    return wall, used.ru_utime + used.ru_stime


def usage(command: Sequence[str], folder: Path) -> tuple[float, resource.struct_rusage]:
    """Wall seconds of one run, and what it and its children used."""
    environment, started = {**os.environ, "PYTHONPATH": str(ROOT)}, time.perf_counter()
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=nowhere, stderr=nowhere) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - started, used


def least(commands: dict[str, Sequence[str]], folder: Path, rounds: int) -> dict[str, float]:
    """The least CPU seconds of each command, run in turns: what other work on the machine adds is left out."""
    found: dict[str, float] = {}
    for _ in range(rounds):
        for name, command in commands.items():
            found[name] = min(found.get(name, float("inf")), seconds(command, folder)[1])
    return found


def medians(commands: dict[str, Sequence[str]], folder: Path, rounds: int) -> dict[str, tuple[float, float]]:
    """Median wall and CPU seconds of each command, run in turns."""
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(seconds(command, folder))
    return {
        name: (statistics.median(each[0] for each in found), statistics.median(each[1] for each in found))
        for name, found in runs.items()
    }


def table(results: dict[str, tuple[float, float]], base: str) -> None:
    """Prints each command's times and its ratio to the base, by wall and by CPU."""
    print(f"{'':<28}{'wall s':>9}{'CPU s':>9}{'wall ratio':>12}{'CPU ratio':>11}")
    for name, (wall, cpu) in results.items():
        ratios = wall / results[base][0], cpu / max(results[base][1], 1e-9)
        print(f"{name:<28}{wall:>9.3f}{cpu:>9.3f}{ratios[0]:>12.2f}{ratios[1]:>11.2f}")
