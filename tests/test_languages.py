"""Nothing outside of the languages and the catalog names one; what is asked of a language is asked of each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from iacreview.languages import LANGUAGES, WRITTEN, language_named, language_of_text
from iacreview.languages.language import CandidateFile, Given
from tests.trees import MemoryTree

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "iacreview"

# A language's name, the ends of its files' names, or its own words, however they are spelled.
NAMED = re.compile(
    r"terraform(?!\.io)|opentofu|cloudformation(?!:[A-Z])|\bcdk\b|\bNoEcho\b|\.tf\b|tfvars|\.template\b|\.ya?ml\b",
    re.IGNORECASE,
)
OWN = ("languages", "parse/terraform", "parse/cloudformation", "evaluate", "catalog")
# Where a word of a language is something else.
EXCEPT = {
    "companions": "the words of other tools",
    "tree.py": "`.terraform` holds copies of what others wrote, as node_modules does",
    "suppress/names.py": "the names of other tools",
    "config.py": "the name of the settings' own file",
    "config_fields.py": "says in words what a setting is about",
    "commands/skips.py": "the names of the files of other tools",
    "commands/init.py": "writes the files that other tools read",
    "engine/load.py": "our own rules are YAML",
    "semantics/tokens.py": "the name of a kind of token",
}


def code_words(path: Path) -> Iterator[tuple[int, str]]:
    """The names and texts in a module's code; what its docstrings and comments say is for readers."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    spoken = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spoken:
            yield node.lineno, node.value
        elif isinstance(node, ast.Name | ast.Attribute):
            yield node.lineno, node.id if isinstance(node, ast.Name) else node.attr
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, f"{node.module} {' '.join(alias.name for alias in node.names)}"


def neutral() -> list[Path]:
    paths = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
    left_out = (*OWN, *EXCEPT)
    return [
        path
        for name, path in paths.items()
        if not any(name == each or name.startswith(f"{each}/") for each in left_out)
    ]


@pytest.mark.parametrize("path", neutral(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_language_is_named(path: Path) -> None:
    assert [(line, word) for line, word in code_words(path) if NAMED.search(word)] == []


def test_every_exception_is_needed() -> None:
    for name in EXCEPT:
        path = PACKAGE / name
        files = [path] if path.is_file() else sorted(path.rglob("*.py"))
        assert any(NAMED.search(word) for each in files for _, word in code_words(each)), name


PLANNED = '{"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {}}'
STATE = '{"format_version": "1.0", "terraform_version": "1.9.0", "values": {}}'
TEMPLATE = "Resources:\n  A: {Type: AWS::S3::Bucket}\n"


@pytest.mark.parametrize(
    ("path", "text", "claimed"),
    [
        ("main.tf", "", "terraform"),
        ("main.tofu.json", "{}", "terraform"),
        ("x.tfvars", "", "terraform"),
        ("terragrunt.hcl", "", "terraform"),
        ("x.tfcomponent.hcl", "", "terraform"),
        ("plan.json", PLANNED, "plan"),
        ("state.json", STATE, "plan"),
        ("a.yaml", TEMPLATE, "cloudformation"),
        ("a.template", TEMPLATE, "cloudformation"),
        ("params.json", '[{"ParameterKey": "A", "ParameterValue": "b"}]', "cloudformation"),
        ("prod.json", '{"Parameters": {"A": "b"}}', "cloudformation"),
        ("prod.yaml", "Parameters:\n  A: b\nTags: {}\n", "cloudformation"),
        ("deployment.yaml", "template-file-path: t.yaml\nparameters:\n  A: b\n", "cloudformation"),
        ("samconfig.toml", '[default.deploy.parameters]\nparameter_overrides = "A=b"\n', "cloudformation"),
        ("openapi.yaml", "paths:\n  /a:\n    get:\n      parameters:\n      - name: x\n", None),
        ("job.yaml", "parameters:\n- name: x\n", None),
        ("a.md", TEMPLATE, None),
        ("a.yaml", "kind: Deployment\n", None),
    ],
)
def test_a_file_is_claimed_by_one_language(path: str, text: str, claimed: str | None) -> None:
    tree = MemoryTree({path: text})
    found = [each.name for each in LANGUAGES if each.claim(CandidateFile(tree, path, named=False)) is not None]
    assert found[:1] == ([claimed] if claimed else [])


def test_a_file_is_read_once_and_only_when_asked() -> None:
    class Counting(MemoryTree):
        reads = 0

        def read(self, path: str) -> str:
            self.reads += 1
            return super().read(path)

    tree = Counting({"a.yaml": TEMPLATE, "main.tf": ""})
    for path in ("a.yaml", "main.tf"):
        file = CandidateFile(tree, path, named=True)
        next(claim for each in LANGUAGES if (claim := each.claim(file)) is not None)
    assert tree.reads == 1


@pytest.mark.parametrize(
    ("path", "text", "language"),
    [("infra", "", "terraform"), ("p.json", PLANNED, "plan"), ("a.txt", TEMPLATE, "cloudformation")],
)
def test_the_unit_of_a_path_is_evaluated_by_its_language(path: str, text: str, language: str) -> None:
    tree = MemoryTree({"infra/main.tf": "", path: text} if text else {"infra/main.tf": ""})
    target = next(found for each in LANGUAGES if (found := each.target(tree, path)) is not None)
    assert target.language == language
    assert language_named(language).evaluate(tree, target, Given(), deployed=True).path == path


def test_what_people_write_has_words_of_its_own() -> None:
    assert [each.title for each in WRITTEN] == ["CloudFormation", "Terraform"]
    assert len({each.separator for each in WRITTEN}) == len({each.hiding for each in WRITTEN}) == 2
    assert language_of_text("main.tf").name == "terraform"
    assert language_of_text("main.tf.json").name == language_of_text("policy.json").name == "cloudformation"
