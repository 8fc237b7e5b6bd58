#!/usr/bin/env python3
"""Inputs that once took forever, in two sizes: what twice the size costs, as a ratio, and the memory. Budget: 2.6.

Name some to run only these: `growth.py locals renames`.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHECK = ["check", "--format", "json"]
DIFF = ["diff", "HEAD~1", "--head", "HEAD", "--format", "json"]
# A run is stopped after this many seconds of CPU.
PATIENCE = 120
VOLUME = 'resource "aws_ebs_volume" "{}" {{\n  availability_zone = "a"\n  size = {}\n  encrypted = true\n}}\n'


def addresses(folder: Path, size: int) -> list[str]:
    comment = '# iacreview:ignore ENC001 address="' + "*a" * 8 + '*b"\n'
    name = "a" * size
    (folder / "main.tf").write_text(f'{comment}resource "aws_ebs_volume" "{name}" {{\n  size = 1\n}}\n')
    return CHECK


def patterns(folder: Path, size: int) -> list[str]:
    calls = ['regex("(?:a?){30}a{30}$", local.t)', 'regexall("(a|aa)+$", local.t)', 'replace(local.t, "/(a*)*b/", "x")']
    lines = "".join(f"  r{number} = {call}\n" for number, call in enumerate(calls))
    (folder / "main.tf").write_text(f'locals {{\n  t = "{"a" * size}!"\n{lines}}}\n')
    return CHECK


def blank_lines(folder: Path, size: int) -> list[str]:
    (folder / "module").mkdir()
    (folder / "main.tf").write_text('module "m" {\n  source = "./module"\n}\n')
    (folder / "module/main.tf").write_text("\n" * size + 'variable "x" {\n  default = 1\n}\n')
    return [*CHECK, "module"]


def renames(folder: Path, size: int) -> list[str]:
    def text(number: int, more: str = "") -> str:
        own = "".join(f"# {number} {line}\n" for line in range(2900))
        return own + "# the same everywhere\n" * 100 + VOLUME.format(f"v{number}", 1) + more

    git(folder, "init", "-q", "-b", "main")
    write(folder, {f"old/a{number}/main.tf": text(number) for number in range(size)})
    commit(folder)
    (folder / "old").rename(folder / "new")
    write(folder, {f"new/a{number}/main.tf": text(number, VOLUME.format("more", 2)) for number in range(size)})
    commit(folder)
    return DIFF


def alike(folder: Path, size: int) -> list[str]:
    """A file whose every other line is the same one, all other lines changed."""
    git(folder, "init", "-q", "-b", "main")
    for round in ("a", "b"):
        lines = "".join(f"#\n# {round} {number}\n" for number in range(size))
        write(folder, {"main.tf": lines + VOLUME.format("v", 1).replace("true", "false" if round == "b" else "true")})
        commit(folder)
    return DIFF


def locals_(folder: Path, size: int) -> list[str]:
    links = "".join(f"  l{number} = local.l{number - 1}\n" for number in range(1, size))
    (folder / "main.tf").write_text(f'locals {{\n  l0 = "x"\n{links}}}\n')
    return CHECK


def resources(folder: Path, size: int) -> list[str]:
    links = (
        VOLUME.format(f"v{number}", f"{before}.size").replace("true", f"{before}.encrypted")
        for number in range(1, size)
        for before in [f"aws_ebs_volume.v{number - 1}"]
    )
    (folder / "main.tf").write_text(VOLUME.format("v0", 1) + "".join(links))
    return CHECK


def decoded_loop(folder: Path, size: int) -> list[str]:
    call = 'jsondecode(templatefile("${path.module}/rules.json", local.names))'
    (folder / "rules.json").write_text(json.dumps({f"k{number}": {"to": "${all}"} for number in range(size)}))
    (folder / "main.tf").write_text(
        'locals {\n  names = { all = "10.0.0.0/8" }\n' + f"  rules = {{ for k in keys({call}) : k => {call}[k] }}\n}}\n"
        'output "o" {\n  value = local.rules["k1"]\n}\n'
    )
    return CHECK


def policies(folder: Path, size: int) -> list[str]:
    chance = random.Random(1)
    services, verbs = ("s3", "ec2", "iam", "sqs", "kms", "logs"), ("Get", "List", "Put", "Delete")
    texts = []
    for number in range(size):
        actions = [f"{chance.choice(services)}:{chance.choice(verbs)}*" for _ in range(6)]
        statement = {"Effect": "Allow", "Action": actions, "Resource": f"arn:aws:s3:::b{number}/*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        texts.append(f'resource "aws_iam_policy" "p{number}" {{\n  policy = jsonencode({policy})\n}}\n')
    (folder / "main.tf").write_text("".join(texts))
    return CHECK


def actions(folder: Path, size: int) -> list[str]:
    """One policy of patterns for every service."""
    chance, letters = random.Random(1), "abcdefghijklmnopqrstuvwxyz"
    names = [f"*:Get{''.join(chance.choices(letters, k=3)).capitalize()}*" for _ in range(size)]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": names, "Resource": "*"}]})
    (folder / "main.tf").write_text(f'resource "aws_iam_policy" "p" {{\n  policy = jsonencode({policy})\n}}\n')
    return CHECK


def acl_entries(folder: Path, size: int) -> list[str]:
    """Entries of one network ACL, each judged by those before it."""
    entry = 'resource "aws_network_acl_rule" "r{0}" {{\n  network_acl_id = "acl-1"\n  rule_number = {0}\n'
    entry += (
        '  rule_action = "{1}"\n  protocol = "tcp"\n  from_port = 22\n  to_port = 22\n  cidr_block = "0.0.0.0/0"\n}}\n'
    )
    rules = (entry.format(number, "deny" if number % 2 else "allow") for number in range(1, size))
    (folder / "main.tf").write_text("".join(rules))
    return CHECK


def counts(folder: Path, size: int) -> list[str]:
    """Modules in a loop that call a module in a loop: what is past our bound is told, not gone through."""
    for name, source in (("one", "../two"), ("two", "../three"), ("three", "")):
        (folder / name).mkdir()
        call = f'module "m" {{\n  source = "{source}"\n  count = {size}\n}}\n'
        (folder / name / "main.tf").write_text(call if source else VOLUME.format("v", 1))
    (folder / "main.tf").write_text(f'module "m" {{\n  source = "./one"\n  count = {size}\n}}\n')
    return CHECK


def large_values(folder: Path, size: int) -> list[str]:
    """A large map, of which every key is asked for through a function."""
    entries = "".join(f'    k{number} = {{ a = "x", b = ["y", "z"] }}\n' for number in range(size))
    asks = "{ for k, v in local.m : k => lookup(merge(local.m, {}), k, null) }"
    text = f'locals {{\n  m = {{\n{entries}  }}\n  n = {asks}\n}}\noutput "o" {{\n  value = local.n["k1"]\n}}\n'
    (folder / "main.tf").write_text(text)
    return CHECK


def suppressions(folder: Path, size: int) -> list[str]:
    text = 'resource "aws_ebs_volume" "v{}" {{ # iacreview:ignore ENC001\n  size = 1\n}}\n'
    (folder / "main.tf").write_text("".join(map(text.format, range(size))))
    return CHECK


def letters(folder: Path, size: int) -> list[str]:
    (folder / "main.tf").write_text("\N{LATIN SMALL LETTER E WITH ACUTE}" * size + "\n", encoding="utf-8")
    return CHECK


INPUTS: dict[str, tuple[Callable[[Path, int], list[str]], int]] = {
    "addresses": (addresses, 10_000),
    "patterns": (patterns, 8_000),
    "blank-lines": (blank_lines, 40_000),
    "renames": (renames, 50),
    "alike": (alike, 10_000),
    "locals": (locals_, 10_000),
    "resources": (resources, 2_500),
    "decoded-loop": (decoded_loop, 800),
    "policies": (policies, 300),
    "actions": (actions, 2_500),
    "acl-entries": (acl_entries, 150),
    "counts": (counts, 500),
    "large-values": (large_values, 1_000),
    "suppressions": (suppressions, 500),
    "letters": (letters, 40_000),
}


def git(folder: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "x")


def cost(make: Callable[[Path, int], list[str]], size: int) -> tuple[float, int]:
    """CPU seconds and megabytes of one run; infinite where it was stopped."""
    program = (
        "import resource, sys; from iacreview.__main__ import main; "
        f"resource.setrlimit(resource.RLIMIT_CPU, ({PATIENCE}, {PATIENCE})); main()"
    )
    with tempfile.TemporaryDirectory() as name:
        arguments = make(Path(name), size)
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", program, *arguments]
        with subprocess.Popen(command, cwd=name, env=environment, stdout=subprocess.DEVNULL) as process:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    seconds = used.ru_utime + used.ru_stime
    return (seconds if process.returncode in (0, 1) else float("inf")), used.ru_maxrss // 1024


def main() -> None:
    print(f"{'input':<14} {'size':>7} {'CPU s':>7} {'twice':>7} {'ratio':>6} {'MB':>5} {'twice':>6}")
    for name, (make, size) in INPUTS.items():
        if not sys.argv[1:] or name in sys.argv[1:]:
            (one, memory), (two, more) = cost(make, size), cost(make, 2 * size)
            print(f"{name:<14} {size:>7} {one:>7.2f} {two:>7.2f} {two / one:>6.2f} {memory:>5} {more:>6}", flush=True)


if __name__ == "__main__":
    main()
