#!/usr/bin/env python3
"""12,000 Terraform files, made from the rules' fixtures: time, memory, and how both grow.

Budgets: under 60 s of CPU and 400 MB; twice the files cost about twice the time.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
FILES = (3000, 6000, 12000)


def make(folder: Path, count: int) -> int:
    """Writes that many files (a shared module for every 13 roots, two calls each); returns their size in bytes."""
    chance = random.Random(1)
    texts = [path.read_text() for path in sorted((ROOT / "tests/fixtures").glob("*/*.tf"))]
    texts = [text for text in texts if 300 < len(text) < 6000]
    modules = max(1, count // 40)
    written = size = 0

    def write(path: str, text: str) -> None:
        nonlocal written, size
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
        written, size = written + 1, size + len(text)

    for number in range(modules):
        write(f"modules/m{number}/main.tf", chance.choice(texts))
        write(f"modules/m{number}/variables.tf", 'variable "name" {\n  default = "x"\n}\n')
    root = 0
    while written < count:
        for part, text in enumerate(chance.sample(texts, 4)):
            write(f"live/r{root}/f{part}.tf", text)
        calls = "".join(
            f'module "m{call}" {{\n  source = "../../modules/m{chance.randrange(modules)}"\n  name = "n{call}"\n}}\n'
            for call in range(2)
        )
        write(f"live/r{root}/main.tf", calls)
        root += 1
    return size


def main() -> None:
    print(f"{'files':>8} {'MB':>6} {'wall s':>8} {'CPU s':>8} {'MB used':>8}")
    for count in FILES:
        with tempfile.TemporaryDirectory() as name:
            size = make(Path(name), count)
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            started = time.perf_counter()
            command = [sys.executable, "-m", "iacreview", "check", "--format", "json"]
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            subprocess.run(command, cwd=name, env=environment, stdout=subprocess.DEVNULL, check=False)
            wall = time.perf_counter() - started
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(f"{count:>8} {size / 1e6:>6.1f} {wall:>8.1f} {cpu:>8.1f} {after.ru_maxrss / 1024:>8.0f}")


if __name__ == "__main__":
    main()
