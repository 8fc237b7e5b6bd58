"""What must not be shown is not: marked constants in the places of the strings of every fixture, in every output."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from iacreview.catalog.catalog import Catalog
from iacreview.engine.load import load_catalog, load_rules
from iacreview.engine.rule import Rule
from iacreview.model.finding import Report
from iacreview.options import Given
from tests.outputs import outputs

FIXTURES = Path(__file__).parent / "fixtures"
MARK = "Qx7Marked"
# How many parts the strings of a file are marked in, one part at a time.
PARTS = 3

# A string of Terraform that is a value, and a scalar of a template that is one.
HCL_STRING = re.compile(r'(?<=[=\[,(:] )"([^"\\$%\n]+)"|(?<=[\[(])"([^"\\$%\n]+)"')
YAML_SCALAR = re.compile(
    r"""^(\ {6,}(?:-\ )?(?:[\w:]+:\ +)?)(['"]?)([A-Za-z0-9*](?:[^\#\n'"{}\[\]:]|:(?=\S))*?)\2(\ *(?:\#.*)?)$""",
    re.MULTILINE,
)


@cache
def catalog() -> Catalog:
    return load_catalog()


@cache
def rules() -> tuple[Rule, ...]:
    return tuple(load_rules())


def marked(text: str) -> str:
    """The text with the mark in it, where a pattern is least changed by it."""
    at = max(text.rfind(each) for each in ":/.") + 1
    return text[:at] + MARK + text[at:]


class Marking:
    """Puts inputs in place of every PARTS-th string of a file."""

    def __init__(self, part: int) -> None:
        self.part = part
        self.values: list[str] = []
        self.count = 0

    def place(self, text: str, written: str, reference: str) -> str:
        self.count += 1
        if self.count % PARTS != self.part:
            return written
        self.values.append(marked(text))
        return reference.format(len(self.values) - 1)


def terraform(text: str, part: int) -> tuple[str, Given]:
    marking = Marking(part)
    changed = HCL_STRING.sub(lambda found: marking.place(found[1] or found[2], found[0], "var.marked_{}"), text)
    declared = "".join(f'\nvariable "marked_{at}" {{\n  sensitive = true\n}}\n' for at in range(len(marking.values)))
    return changed + declared, Given(variables={f"marked_{at}": each for at, each in enumerate(marking.values)})


def template(text: str, part: int) -> str:
    marking = Marking(part)
    head, resources, body = text.partition("\nResources:")

    def placed(found: re.Match[str]) -> str:
        if found[1].strip(" -") in ("Type:", "Condition:", "DependsOn:") or not found[3].strip():
            return found[0]
        return f"{found[1]}{marking.place(found[3], found[2] + found[3] + found[2], '!Ref Marked{}')}{found[4]}"

    changed = YAML_SCALAR.sub(placed, body)
    declared = "".join(
        f"\n  Marked{at}: {{Type: String, NoEcho: true, Default: '{each}'}}" for at, each in enumerate(marking.values)
    )
    if "\nParameters:" in head:
        return head.replace("\nParameters:", f"\nParameters:{declared}", 1) + resources + changed
    return f"{head}\nParameters:{declared}{resources}{changed}"


def parts(path: Path) -> range:
    """All parts of a bad fixture; of another, which has less to say, one that its name chooses."""
    chosen = sum(path.relative_to(FIXTURES).as_posix().encode()) % PARTS
    return range(PARTS) if path.stem == "bad" else range(chosen, chosen + 1)


def reports(path: Path) -> Iterator[tuple[Report, dict[str, str]]]:
    text = path.read_text(encoding="utf-8")
    for part in parts(path):
        if path.suffix == ".tf":
            files, given = terraform(text, part)
            yield outputs({"main.tf": files}, rules(), catalog(), given)
        else:
            report, found = outputs({"t.yaml": template(text, part)}, rules(), catalog())
            # The default stands in the file: excerpts have a test of their own.
            yield report, {name: each for name, each in found.items() if name not in ("text", "markdown")}


FILES = sorted(path for path in FIXTURES.rglob("*") if path.suffix in (".tf", ".yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FIXTURES).as_posix())
def test_a_marked_value_is_shown_nowhere(path: Path) -> None:
    for report, shown in reports(path):
        assert report.units or "Resources:" not in path.read_text(encoding="utf-8")
        leaks = [(name, line) for name, text in shown.items() for line in text.splitlines() if MARK in line]
        assert not leaks
