"""Inputs that nobody would write, made from those that people do: no exception, no secret shown, no long run.

python -m tests.fuzz 3000 7    # that many inputs, drawn from a seed
"""

from __future__ import annotations

import gc
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from traceback import format_exc
from typing import Any, NamedTuple

from iacreview import __version__
from iacreview.commands.finishing import rule_texts, shown_line
from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Report
from iacreview.options import Options
from iacreview.pipeline import check
from iacreview.report import Context, render
from iacreview.review.comparison import compare
from iacreview.review.sides import Side
from tests.evaluate.cloudformation.test_cdk import MANIFEST, NESTED, STACK
from tests.review.transforms import as_json, as_tf_json
from tests.trees import MemoryTree

Files = dict[str, str]

FIXTURES = Path(__file__).parent / "fixtures"
# The one password of the fixtures of secrets.
SECRET = "Sommer-2019!"
LONG_SECONDS = 2.0
_TOKEN = re.compile(r"\w+|\s+|.")
_SCRAPS = (
    '"', "'", "${", "}", "{", "[", "]", "(", ")", "=", ":", ",", "\n", "\t", "\r", "\0", "\ufeff", "\u202e", "\U0001f600", "*",
    "*:*", "0.0.0.0/0", "::/0", "-1", "1e309", "null", "true", "false", "~", "<<E\n", "<<-E\n", "%{ for x in y }", "%{ endif }",
    "var.x", "local.x", "each.key", "count.index", "module.m.o", "data.a.b.c", "path.module", "self", "dynamic", "for_each",
    "for x in y : x", "...", "?", "&a ", "*a ", "<<: ", "!Ref ", "!Sub ", "!GetAtt ", "!If ", "Fn::If", "Fn::ForEach::L", "Fn::Transform",
    "Fn::FindInMap", "Ref", "Condition", "DependsOn", "AWS::NoValue", "{{resolve:ssm:x}}", "!!binary ", "? ", "- ", "|\n", ">\n", "#", "//",
    "/*", "iacreview:ignore", "checkov:skip=all:", "\\", "\\u0000", "9" * 400, "a" * 5000, "[" * 200, "(" * 200, "{" * 200,
    'jsonencode(', 'templatefile("x", ', 'file("x")', 'regex("(", ', "cidrsubnet(", "merge(", "flatten(", "range(0, 100000)",
)  # fmt: skip


class Failure(NamedTuple):
    """What must not be, and the input that shows it."""

    what: str
    files: Files


@cache
def _options() -> Options:
    rules = load_rules()
    masking = [rule for rule in rules if rule.family == "secrets"]
    return Options(rules, load_catalog(), masking, profile="strict")


@cache
def _pieces() -> dict[str, list[str]]:
    """The resources of all fixtures, by the name of the file that they are of."""
    found: dict[str, list[str]] = {}
    for path in sorted(FIXTURES.glob("*/*.*")):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".tf":
            found.setdefault("tf", []).extend(re.split(r"(?<=\n}\n)\n?", text))
        elif path.suffix == ".yaml":
            found.setdefault("yaml", []).extend(re.split(r"\n(?=  \w+:\n)", text.partition("Resources:\n")[2]))
    return {suffix: [each for each in pieces if each.strip()] for suffix, pieces in found.items()}


def _terraform(draw: random.Random) -> Files:
    return {"main.tf": "\n".join(draw.choices(_pieces()["tf"], k=draw.randint(1, 3)))}


def _terraform_json(draw: random.Random) -> Files:
    files = _terraform(draw)
    try:
        return as_tf_json(files) or files
    except (AssertionError, ValueError, KeyError):
        return files


def _template(draw: random.Random) -> Files:
    return {"t.yaml": "Resources:\n" + "\n".join(draw.choices(_pieces()["yaml"], k=draw.randint(1, 3))) + "\n"}


def _template_json(draw: random.Random) -> Files:
    files = _template(draw)
    try:
        return as_json(files) or files
    except (AssertionError, ValueError, KeyError):
        return files


def _plan(draw: random.Random) -> Files:
    """A plan whose values are what a template's resources have: every name is of no argument, or of one by chance."""
    values = [
        {
            "name": "x",
            "password": SECRET,
            "policy": '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
        },
        {"ingress": [{"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}]},
        {"storage_encrypted": False, "engine": "mysql", "password": SECRET, "publicly_accessible": None},
    ]
    types = ("aws_iam_policy", "aws_security_group", "aws_db_instance", "aws_s3_bucket", "aws_instance")
    resources = [
        {
            "address": f"{type}.r{number}",
            "mode": "managed",
            "type": type,
            "name": f"r{number}",
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "values": draw.choice(values),
            "sensitive_values": {},
        }
        for number, type in enumerate(draw.choices(types, k=3))
    ]
    changes = [
        {**each, "change": {"actions": ["create"], "after": each["values"], "after_unknown": {}}} for each in resources
    ]
    data = {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": resources}},
        "resource_changes": changes,
        "configuration": {"root_module": {}},
    }
    return {"plan.json": json.dumps(data, indent=draw.choice((None, 1)))}


def _assembly(draw: random.Random) -> Files:
    texts: dict[str, Any] = {"manifest": MANIFEST, "Shop.template": STACK, "ShopInner.nested.template": NESTED}
    return {f"cdk.out/{name}.json": json.dumps(data, indent=1) for name, data in texts.items()}


SEEDS: tuple[Callable[[random.Random], Files], ...] = (
    _terraform,
    _terraform_json,
    _template,
    _template_json,
    _plan,
    _assembly,
)


def _mutated(text: str, draw: random.Random) -> str:
    """A text with a few of its words taken out, doubled, moved, or with others in their place."""
    words = _TOKEN.findall(text)
    for _ in range(draw.choice((1, 1, 2, 3, 8))):
        at = draw.randrange(len(words) + 1)
        end = min(len(words), at + draw.choice((1, 1, 2, 5, 40)))
        match draw.randrange(6):
            case 0:
                del words[at:end]
            case 1:
                words[at:at] = words[at:end]
            case 2:
                words[at:end] = [draw.choice(_SCRAPS)]
            case 3:
                words.insert(at, draw.choice(_SCRAPS))
            case 4:
                words[at:at] = draw.choices(words or [""], k=draw.choice((1, 3, 10)))
            case _:
                words[at:end] = words[at:end][::-1]
    return "".join(words[: draw.randrange(len(words) + 1)] if draw.random() < 0.05 else words)


def inputs(number: int, seed: int) -> Iterator[tuple[Files, Files]]:
    """Files as they were, and as they have become."""
    draw = random.Random(seed)
    for _ in range(number):
        files = draw.choice(SEEDS)(draw)
        path = draw.choice(list(files))
        yield files, {**files, path: _mutated(files[path], draw)}


def _reviewed(before: Files, after: Files, as_change: bool) -> Report:
    if not as_change:
        return check(MemoryTree(after), (), _options())
    changed = {path for path in after if after[path] != before.get(path)}
    return compare(Side(MemoryTree(before), "base"), Side(MemoryTree(after), "head"), changed, (), _options())


def _shown(report: Report) -> str:
    context = Context(__version__, rule_texts(_options().rules), shown_line, show_undecided=True)
    return render("text", report, context) + render("json", report, context)


def failure(before: Files, after: Files, as_change: bool) -> Failure | None:
    """What is wrong with how an input is reviewed; None where nothing is.

    A secret counts as shown where the review knows one, or cannot read the file.
    """
    started = time.process_time()
    try:
        report = _reviewed(before, after, as_change)
        shown = _shown(report)
    except Exception:
        return Failure(format_exc(), after)
    spent = time.process_time() - started
    if spent > LONG_SECONDS:
        return Failure(f"{spent:.1f} s", after)
    known = any(each.family in ("secrets", "syntax") for each in report.findings)
    return Failure("the secret is shown", after) if known and SECRET in shown else None


def failures(number: int, seed: int) -> Iterator[Failure]:
    """The failures of that many inputs; every third one is reviewed as a change."""
    for index, (before, after) in enumerate(inputs(number, seed)):
        found = failure(before, after, index % 3 == 0)
        if found is not None:
            yield found


if __name__ == "__main__":
    counts: Counter[str] = Counter()
    gc.disable()
    check(MemoryTree({"main.tf": "", "t.yaml": "Resources: {B: {Type: AWS::S3::Bucket}}\n"}), (), _options())
    for each in failures(int(sys.argv[1]), int(sys.argv[2])):
        kind = each.what.strip().rpartition("\n")[2][:100]
        counts[kind] += 1
        if counts[kind] <= 3:
            print(each.what, json.dumps(each.files)[:3000], flush=True)
    print(f"{sys.argv[1]} inputs from seed {sys.argv[2]}: {dict(counts)}")
