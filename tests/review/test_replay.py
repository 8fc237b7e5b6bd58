"""A history of many changes: what a review says of each adds up to what a check says of both sides."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from iacreview.decisions import decided
from iacreview.model.finding import Finding, Report
from iacreview.pipeline import check
from iacreview.review.comparison import compare
from iacreview.review.sides import Side
from tests.review.test_metamorphic import changed, files_of, options, projects
from tests.trees import MemoryTree

STEPS = 12

SHARED = 'variable "on" {\n  default = true\n}\nresource "aws_ebs_volume" "v" {\n  availability_zone = "a"\n  encrypted = var.on\n}\n'
READER = (
    'variable "name" {\n  default = "a"\n}\nresource "aws_iam_policy" "p" {\n'
    '  policy = templatefile("${path.module}/policies/${var.name}.json", { star = "*" })\n}\n'
)
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "%s", "Resource": "${star}"}]}'


def call(name: str, on: str) -> str:
    return f'module "{name}" {{\n  source = "../../shared/volume"\n  on = {on}\n}}\n'


def start(chance: random.Random) -> dict[str, str]:
    """A repository with shared modules, files that are read, and roots and templates of the fixtures."""
    files = {"shared/volume/main.tf": SHARED, "reader/main.tf": READER, "reader/policies/a.json": POLICY % "s3:Get*"}
    for name in "abcd":
        files[f"live/{name}/main.tf"] = call(f"m_{name}", chance.choice(["true", "var.x"])) + 'variable "x" {}\n'
    for number, path in enumerate(chance.sample(projects(), 4)):
        files.update({f"p{number}/{name}": text for name, text in files_of(path).items()})
    return files


def step(files: dict[str, str], chance: random.Random) -> dict[str, str]:
    """One change, as people make them."""
    after = dict(files)
    path = chance.choice(sorted(files))
    action = chance.randrange(10)
    if action == 0:
        del after[path]
    elif action == 1:
        after[f"moved{chance.randrange(9)}/{path}"] = after.pop(path)
    elif action == 2:
        after["shared/volume/main.tf"] = SHARED.replace("= true", chance.choice(["= false", "= true"]))
    elif action == 3:
        after["reader/policies/a.json"] = POLICY % chance.choice(["*", "s3:*", "s3:Get*", "ec2:Describe*"])
    elif action == 4:
        name = chance.choice("abcdef")
        after[f"live/{name}/main.tf"] = call(f"{chance.choice('mn')}_{name}", chance.choice(["true", "false"]))
    elif action == 5:
        after[f"live/{chance.choice('abcd')}/terraform.tfvars"] = f"x = {chance.choice(['true', 'false'])}\n"
    elif action == 6:
        after[path] = "\n".join(line for line in files[path].split("\n") if chance.random() > 0.05)
    elif action == 7:
        after[path] = (
            files[path].replace("true", "false") if chance.random() < 0.5 else files[path].replace("false", "true")
        )
    elif action == 8:
        other = chance.choice(projects())
        after.update({f"p{chance.randrange(12)}/{name}": text for name, text in files_of(other).items()})
    else:
        after[path] = f"\n{files[path]}\n"
    return after


def counted(findings: Sequence[Finding], *statuses: str | None) -> Counter[tuple[str, str, str]]:
    return Counter(
        (each.rule, each.resource.address if each.resource else "", each.span.path)
        for each in findings
        if each.status in statuses
    )


def add_up(change: Report, base: Report, head: Report) -> None:
    """What is said of a change, decision by decision, is what is said of both sides."""
    assert change.change is not None
    told, old, new = (len_by_status(each) for each in (change, base, head))
    lasting = told["worsened"] + told["unchanged"]
    assert told["introduced"] + lasting == new[None]
    assert told["fixed"] + lasting - change.change.split + change.change.merged == old[None]
    assert change.change.split >= 0 <= change.change.merged


def len_by_status(report: Report) -> Counter[str | None]:
    within = {rule.code: rule.within for rule in options().rules}
    return Counter(each.status for each in decided(report, within).findings)


@pytest.mark.parametrize("seed", range(4))
def test_a_history(seed: int) -> None:
    chance = random.Random(seed)
    before = start(chance)
    checked = check(MemoryTree(before), (), options())
    for _ in range(STEPS):
        after = step(before, chance)
        base, head = Side(MemoryTree(before), "base"), Side(MemoryTree(after), "head")
        paths = changed(before, after)
        told = compare(base, head, paths, (), options(), everything=True)
        whole = told.findings
        reached = compare(base, head, paths, (), options()).findings
        new = check(MemoryTree(after), (), options())
        assert counted(whole, "introduced", "worsened", "unchanged") == counted(new.findings, None)
        add_up(told, checked, new)
        assert counted(whole, "fixed") <= counted(checked.findings, None)
        assert counted(reached, "fixed") == counted(whole, "fixed")
        assert counted(reached, "introduced", "worsened") == counted(whole, "introduced", "worsened")
        before, checked = after, new
