"""The parser against independent readers: `terraform fmt`, `terraform console` and python-hcl2."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import hcl2
import pytest

from iacreview.model.source import Source
from iacreview.parse.terraform.nodes import Body, Literal, Object, Template, TemplateText, Tuple
from iacreview.parse.terraform.parser import parse_body
from tests.parse.terraform.samples import SAMPLES, TEMPLATES
from tests.parse.terraform.show import show
from tests.parse.terraform.tables import INVALID, ODD, VALID

terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason="the terraform binary is not installed")

FRAGMENTS = [
    *(
        '"',
        "${",
        "}",
        "{",
        "[",
        "]",
        "(",
        ")",
        "\n",
        "=",
        "==",
        ".",
        "..",
        "*",
        "<<E\n",
        "E\n",
        "%{",
        "if ",
        "for ",
        "in ",
    ),
    *(
        "~}",
        "${~",
        "%{ endif }",
        "$${",
        "\\",
        "\\n",
        "#",
        "//",
        "/*",
        "*/",
        ",",
        ":",
        "?",
        "=>",
        "...",
        "0",
        "1.2",
        "1e5",
    ),
    *(".0", "-", "!", "a", "é", "\r\n", "\r", "\t", "\x00", "\x0b", "a-b", "null", "&&", "<", "::", "%", "$", "<<-E\n"),
    *('"a" ', "b {", ";", "\xa0", "²", "\u0301", "else", "b = 1\n", ""),
]


def run_terraform(*args: str, cwd: Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1", "HOME": str(cwd)}
    return subprocess.run(
        ["terraform", *args],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=env,
        cwd=cwd,
        input=text,
        check=False,
    )


def valid_for_terraform(texts: list[str], folder: Path) -> list[bool]:
    """One process for all: its messages name the files it rejects."""
    for number, text in enumerate(texts):
        (folder / f"case{number:06}.tf").write_bytes(text.encode())
    result = run_terraform("fmt", "-no-color", "-write=false", "-list=false", ".", cwd=folder)
    rejected = {int(number) for number in re.findall(r"case(\d{6})\.tf", result.stderr)}
    return [number not in rejected for number in range(len(texts))]


def mutations(count: int) -> list[str]:
    chance = random.Random(20240229)
    seeds = [
        text for text in [*VALID.values(), *ODD.values(), *SAMPLES.values(), *TEMPLATES.values()] if len(text) < 900
    ]
    seeds += [text for text, _, _ in INVALID.values()]
    cases = []
    for _ in range(count):
        text = chance.choice(seeds)
        for _ in range(chance.choice([1, 1, 1, 2, 3])):
            start = chance.randrange(len(text) + 1)
            end = min(len(text), start + chance.choice([0, 0, 1, 1, 2, 5]))
            text = text[:start] + chance.choice(FRAGMENTS) + text[end:]
        cases.append(text)
    return cases


def disagreements(texts: list[str], folder: Path) -> list[tuple[bool, str]]:
    theirs = valid_for_terraform(texts, folder)
    ours = [not parse_body(Source("main.tf", text))[1] for text in texts]
    return [(valid, text) for text, valid, mine in zip(texts, theirs, ours, strict=True) if valid != mine]


@terraform
def test_the_tables_are_what_terraform_says(tmp_path: Path) -> None:
    accepted = {**VALID, **ODD, **SAMPLES, **{name: f"a = {text}\n" for name, text in TEMPLATES.items()}}
    answers = valid_for_terraform([*accepted.values(), *(text for text, _, _ in INVALID.values())], tmp_path)
    wrong = [name for name, valid in zip(accepted, answers, strict=False) if not valid]
    wrong += [name for name, valid in zip(INVALID, answers[len(accepted) :], strict=True) if valid]
    assert wrong == []


@terraform
def test_accepts_what_terraform_accepts(tmp_path: Path) -> None:
    assert disagreements(mutations(2500), tmp_path) == []


@terraform
def test_template_texts_are_those_of_terraform(tmp_path: Path) -> None:
    locals_ = "".join(f"  t{number} = {text}\n" for number, text in enumerate(TEMPLATES.values()))
    (tmp_path / "main.tf").write_text(f"locals {{\n{locals_}}}\n", encoding="utf-8", newline="")
    wanted = ", ".join(f"local.t{number}" for number in range(len(TEMPLATES)))
    result = run_terraform("console", cwd=tmp_path, text=f"jsonencode([{wanted}])\n")
    answers = json.loads(json.loads(result.stdout))
    body = parse_body(Source("main.tf", (tmp_path / "main.tf").read_bytes().decode()))[0].blocks[0].body
    ours = [rendered(body.attributes[f"t{number}"].expression) for number in range(len(TEMPLATES))]
    assert dict(zip(TEMPLATES, ours, strict=True)) == dict(zip(TEMPLATES, answers, strict=True))


def rendered(node: Any) -> str:
    """A template of the table evaluated: directives there have constant conditions and collections."""
    if isinstance(node, TemplateText):
        return node.value
    if isinstance(node, Template):
        return "".join(map(rendered, node.parts))
    if hasattr(node, "collection"):
        return "".join(map(rendered, node.body)) * len(node.collection.items)
    return "".join(map(rendered, node.then if node.condition.value else node.otherwise))


@pytest.mark.parametrize("text", SAMPLES.values(), ids=SAMPLES)
def test_structure_is_that_of_python_hcl2(text: str) -> None:
    body, problems = parse_body(Source("main.tf", text))
    assert problems == []
    assert plain_body(body) == without_marks(hcl2.loads(text))


def plain_body(body: Body) -> dict[str, Any]:
    result: dict[str, Any] = {name: plain(attribute.expression) for name, attribute in body.attributes.items()}
    for block in body.blocks:
        inner = plain_body(block.body)
        for label in reversed(block.labels):
            inner = {label.text: inner}
        result.setdefault(block.type, []).append(inner)
    return result


def plain(node: Any) -> Any:
    """Literal values; everything else is only `...`."""
    if isinstance(node, Literal) and node.value is not None:
        return node.value
    if isinstance(node, Template) and not node.heredoc and all(isinstance(part, TemplateText) for part in node.parts):
        return rendered(node)
    if isinstance(node, Tuple):
        return [plain(item) for item in node.items]
    if isinstance(node, Object):
        return {key_text(key): plain(value) for key, value in node.items}
    return "..."


def key_text(key: Any) -> str:
    return rendered(key) if isinstance(key, Template) else show(key)


def without_marks(value: Any) -> Any:
    """python-hcl2's result in the terms of `plain`: strings keep their quotes there, expressions are `${...}`."""
    if isinstance(value, dict):
        return {key.strip('"'): without_marks(item) for key, item in value.items() if key != "__is_block__"}
    if isinstance(value, list):
        return [without_marks(item) for item in value]
    if isinstance(value, str):
        quoted = value.startswith('"') and value.endswith('"') and "${" not in value and "<<" not in value
        return value[1:-1] if quoted else "..."
    return "..." if value is None else value
