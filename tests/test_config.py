from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import yaml

from iacreview.config import Config, load_config
from iacreview.config_fields import FIELDS, config_schema
from iacreview.errors import ConfigError
from iacreview.model.finding import Severity
from tests.trees import MemoryTree

FULL_YAML = """\
select: [ENC001, iam]
ignore:
  - no-access-log
profile: strict
severity:
  ENC001: critical
fail-on: high
exclude: ["examples/**", '*.gen.tf']
per-path-ignores:
  test/**: [SEC001, network]
rules: [policies]
"""
FULL_TOML = """\
[project]
name = "x"
[tool.iacreview]
select = ["ENC001", "iam"]
ignore = ["no-access-log"]
profile = "strict"
fail-on = "high"
exclude = ["examples/**", "*.gen.tf"]
rules = ["policies"]
[tool.iacreview.severity]
ENC001 = "critical"
[tool.iacreview.per-path-ignores]
"test/**" = ["SEC001", "network"]
"""
FULL = Config(
    select=("ENC001", "iam"),
    ignore=("no-access-log",),
    profile="strict",
    severity={"ENC001": Severity.CRITICAL},
    fail_on=Severity.HIGH,
    exclude=("examples/**", "*.gen.tf"),
    per_path_ignores={"test/**": ("SEC001", "network")},
    rules=("policies",),
)


def load(**files: str) -> Config:
    names = {"yaml": ".iacreview.yaml", "toml": "pyproject.toml"}
    return load_config(MemoryTree({names.get(name, name): text for name, text in files.items()}))


@pytest.mark.parametrize(
    ("files", "config"),
    [
        ({}, Config()),
        ({"yaml": ""}, Config()),
        ({"yaml": "# nothing yet\n"}, Config()),
        ({"yaml": "{}"}, Config()),
        ({"yaml": FULL_YAML}, FULL),
        ({"toml": FULL_TOML}, FULL),
        ({"toml": "[project]\nname = 'x'\n"}, Config()),
        ({"toml": "[project]\ndependencies = ['iacreview']\n"}, Config()),
        ({"toml": "[tool.iacreview]\n"}, Config()),
        ({"toml": "broken ["}, Config()),
        ({"toml": "[project]\ndependencies = ['iacreview']\n", "yaml": FULL_YAML}, FULL),
        ({"yaml": "select: ['123', 2024-01-01]"}, Config(select=("123", "2024-01-01"))),
    ],
)
def test_load(files: dict[str, str], config: Config) -> None:
    assert load(**files) == config


@pytest.mark.parametrize(
    ("text", "line", "says", "hint"),
    [
        ("profile: strict\nselct: [a]", 2, "unknown key `selct`", "Did you mean `select`?"),
        ("fail_on: low", 1, "unknown key `fail_on`", "Did you mean `fail-on`?"),
        ("zzz: 1", 1, "unknown key `zzz`", "Use one of `select`, `ignore`,"),
        ("select: ENC001", 1, "`select` must be a list of strings, not a string", "Write a list: [ENC001]"),
        ("select:\n  - a\n  - 5", 3, "each item of `select` must be a string, not a number", "Put it in quotes."),
        ("select: [true]", 1, "not true or false", ""),
        ("select: [~]", 1, "not nothing", ""),
        ("select: [[a]]", 1, "not a list", ""),
        ("select: ['']", 1, "must not be empty", ""),
        ("select:", 1, "not nothing", ""),
        ("\nprofile: strickt", 2, "`profile` cannot be `strickt`", "Did you mean `strict`?"),
        ("fail-on: [low]", 1, "`fail-on` must be a string, not a list", ""),
        ("severity:\n  A: low\n  B: hgh", 3, "the severity of `B` cannot be `hgh`", "Did you mean `high`?"),
        ("severity: high", 1, "`severity` must be a mapping, not a string", ""),
        ("per-path-ignores:\n  a/**: SEC001", 2, "must be a list of strings", "Write a list"),
        ("per-path-ignores:\n  ../a: [x]", 2, "leads out of the project", ""),
        ("exclude: ['../x']", 1, "leads out of the project", ""),
        ("exclude: [/]", 1, "is the whole project", ""),
        ("rules:\n- a\n- ../../etc", 3, "leads out of the project", ""),
        ("- select", 1, "the settings must be a mapping, not a list", ""),
        ("just text", 1, "the settings must be a mapping, not a string", ""),
        ("select: [a]\nselect: [b]", 2, "`select` is there twice", ""),
        ("1: a", 1, "a key must be a string", ""),
        ("? [a]\n: b", 1, "a key must be a string", ""),
        ("select: &a [x]\nignore: *a", 1, "anchors, aliases and tags", ""),
        ("select: !!python/object/apply:os.system [x]", 1, "anchors, aliases and tags", ""),
        ("select: [a\nignore: b", 2, "not valid YAML", ""),
        ("a: b: c", 1, "not valid YAML", ""),
        ("select: [a]\n---\nselect: [b]", 2, "a second YAML document", ""),
        ("select: " + "[" * 10_000, 1, "nested too deeply", ""),
    ],
)
def test_yaml_errors(text: str, line: int, says: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(yaml=text)
    assert caught.value.message.startswith(f".iacreview.yaml:{line}: ")
    assert says in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("[tool.iacreview]\n\nselct = []\n", 3, "unknown key `selct`"),
        ("[x]\nselect = 1\n[tool.iacreview]\nselect = 'a'\n", 4, "must be a list"),
        ("[tool.iacreview.severity]\nA = 'low'\nB = 'x'\n", 3, "the severity of `B`"),
        ("tool.iacreview = 3\n", None, "the settings must be a mapping"),
        ("[tool.iacreview]\nselect = [2024-01-01]\n", 2, "not a date"),
        ("[tool.iacreview\n", None, "not valid TOML"),
        ("[tool.iacreview]\nselect = " + "[" * 10_000, None, ""),
        ("[tool.iacreview]\nselect = " + "9" * 10_000, None, "not valid TOML"),
    ],
)
def test_toml_errors(text: str, line: int | None, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(toml=text)
    where = f"pyproject.toml:{line}: " if line else "pyproject.toml: "
    assert caught.value.message.startswith(where)
    assert says in caught.value.message


def test_settings_in_both_files_are_an_error() -> None:
    with pytest.raises(ConfigError, match=r"pyproject.toml:1: there are also settings in .iacreview.yaml"):
        load(yaml="", toml="[tool.iacreview]\n")


def test_a_misspelt_file_name_is_an_error() -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(MemoryTree({".iacreview.yml": ""}))
    assert caught.value.hint == "Rename it to .iacreview.yaml."


def test_a_huge_file_is_an_error() -> None:
    with pytest.raises(ConfigError, match="longer than"):
        load(yaml="#" * 2_000_000)


def test_fields_are_those_of_the_config() -> None:
    assert tuple(field.key.replace("-", "_") for field in FIELDS) == Config._fields


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (FULL_YAML, True),
        ("{}", True),
        ("selct: []", False),
        ("profile: lax", False),
        ("fail-on: none", False),
        ("severity: {A: x}", False),
        ("per-path-ignores: {a: b}", False),
        ("select: a", False),
        ("select: ['']", False),
    ],
)
def test_schema_and_validation_agree(text: str, valid: bool) -> None:
    schema: dict[str, Any] = json.loads(json.dumps(config_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert jsonschema.Draft202012Validator(schema).is_valid(yaml.safe_load(text)) is valid
    if valid:
        load(yaml=text)
    else:
        with pytest.raises(ConfigError):
            load(yaml=text)


def test_accounts() -> None:
    found = load_config(MemoryTree({".iacreview.yaml": 'accounts: ["111122223333"]\n'}))
    assert found.accounts == ("111122223333",)
    with pytest.raises(ConfigError, match=r"line 1|:1: .*12 digits"):
        load_config(MemoryTree({".iacreview.yaml": 'accounts: ["1111-2222-3333"]\n'}))
