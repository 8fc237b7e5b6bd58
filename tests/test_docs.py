"""Every command and output that the documentation shows is what happens.

A ```console block has commands (`$ ...`) and their output; a line `...` stands for any lines. A block whose language
is followed by a path (```yaml rules/...) is an excerpt of that file.
"""

from __future__ import annotations

import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

from iacreview.catalog.catalog import Catalog
from iacreview.engine.load import load_catalog
from iacreview.engine.rulefiles import File, catalog_spec, rule_specs
from scripts.render_review import make_repository
from tests.repositories import Runner

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
YAML = re.compile(r"^```yaml\n(.*?)^```$", re.M | re.S)
EXCERPT = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|#)([^)#\s]+)")
TUTORIAL = ROOT / "docs" / "first-review.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md")])


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def commands_of(page: Path) -> list[tuple[str, str]]:
    """The commands of a page, each with the output that it shows."""
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    parts = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.M)[1:]]
    return [(command, output) for command, _, output in (part.partition("\n") for part in parts)]


def commands() -> list[tuple[str, str, str]]:
    return [(name(page), *each) for page in PAGES if page != TUTORIAL for each in commands_of(page)]


def run(iacreview: Runner, command: str, folder: Path) -> str:
    """What a command prints. Only iacreview's own are shown with their output."""
    words = shlex.split(command)
    assert words[0] == "iacreview"
    done = iacreview(folder, *words[1:])
    assert done.status in (0, 1), done.err
    return done.out


def shows(output: str, printed: str) -> bool:
    pattern = ".*".join(re.escape(piece) for piece in re.split(r"^\.\.\.\n", output, flags=re.M))
    return re.fullmatch(pattern, printed, re.S) is not None


@pytest.mark.parametrize(("page", "command", "output"), commands(), ids=lambda value: value[:40].strip())
def test_commands(iacreview: Runner, page: str, command: str, output: str) -> None:
    printed = run(iacreview, command, ROOT)
    assert shows(output, printed), printed


def test_the_tutorial(tmp_path: Path, iacreview: Runner) -> None:
    make_repository(tmp_path)
    steps = commands_of(TUTORIAL)
    assert steps
    for command, output in steps:
        printed = run(iacreview, command, tmp_path)
        assert shows(output, printed), printed


def test_there_are_commands() -> None:
    assert "README.md" in {page for page, _, _ in commands()}


def excerpts() -> list[tuple[str, str, str]]:
    return [(name(page), *found) for page in PAGES for found in EXCERPT.findall(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("page", "path", "text"), excerpts(), ids=lambda value: value[:40].strip())
def test_excerpts(page: str, path: str, text: str) -> None:
    """A block that names a file of this repository shows what is in it."""
    assert text in (ROOT / path).read_text(encoding="utf-8"), f"{page} shows what is not in {path}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert not missing


def examples_of_the_format() -> tuple[list[File], list[File]]:
    """The catalog files and the rules that docs/rule-format.md shows."""
    page = ROOT / "docs" / "rule-format.md"
    files = [File("rule-format.md", block) for block in YAML.findall(page.read_text(encoding="utf-8"))]
    return [file for file in files if "kinds" in file.data], [file for file in files if "id" in file.data]


def test_the_rule_format_as_it_is_shown_loads() -> None:
    catalogs, rules = examples_of_the_format()
    shown = catalog_spec(catalogs)
    shipped = load_catalog()
    assert shown
    assert rule_specs(rules, Catalog({**{name: shipped.kind(name).spec for name in shipped}, **shown}))


LIMIT = re.compile(r"^\| [^|]+ \| ([\d,]+)[^|]* \| `([\w.]+)\.(\w+)` \|$", re.M)
LIMITS = LIMIT.findall((ROOT / "docs" / "limits.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("said", "module", "constant"), LIMITS, ids=lambda value: value.rpartition(".")[2])
def test_the_limits_are_those_of_the_code(said: str, module: str, constant: str) -> None:
    assert getattr(import_module(module), constant) == int(said.replace(",", ""))
