"""What differs on Windows, tried with its own path rules (ntpath) and line ends: what people read is the same there."""

from __future__ import annotations

import json
import ntpath
import posixpath
from pathlib import Path, PureWindowsPath
from types import ModuleType

import pytest

from iacreview.catalog.catalog import Catalog
from iacreview.commands.project import common_directory
from iacreview.engine.load import load_catalog, load_rules
from iacreview.errors import TreeError, UsageError
from iacreview.globs import PathPatterns
from iacreview.model.finding import Finding
from iacreview.options import Options
from iacreview.pipeline import check
from iacreview.report import FORMATS
from iacreview.suppress.policy import SuppressionPolicy
from iacreview.tree import normal_path, parts_of, path_in
from tests.outputs import outputs
from tests.trees import MemoryTree

ROOT = PureWindowsPath(r"C:\work\estate")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (ROOT, ""),
        (ROOT / "main.tf", "main.tf"),
        (ROOT / "modules" / "db" / "main.tf", "modules/db/main.tf"),
        (PureWindowsPath(r"c:\WORK\estate\main.tf"), "main.tf"),  # the case of a drive and of a directory says nothing
        (PureWindowsPath("C:/work/estate/a/b.tf"), "a/b.tf"),
    ],
)
def test_a_path_of_windows_has_slashes_in_the_tree(path: PureWindowsPath, found: str) -> None:
    assert path_in(str(ROOT), str(path), ntpath) == found


@pytest.mark.parametrize(
    "path", [r"C:\work\other\main.tf", r"C:\work", r"D:\work\estate\main.tf", r"\\host\share\a.tf"]
)
def test_what_is_elsewhere_is_not_in_the_tree(path: str) -> None:
    with pytest.raises(TreeError, match="leads out of the reviewed tree"):
        path_in(str(ROOT), path, ntpath)


def test_a_share_is_a_root() -> None:
    assert path_in(r"\\host\share\estate", r"\\host\share\estate\a\b.yaml", ntpath) == "a/b.yaml"


@pytest.mark.parametrize(
    ("path", "system", "found"),
    [
        (r"modules\db\..\net\main.tf", ntpath, "modules/net/main.tf"),
        (r".\main.tf", ntpath, "main.tf"),
        (r"a\b.tf", posixpath, r"a\b.tf"),  # there a backslash belongs to the name
    ],
)
def test_the_spelling_of_the_tree(path: str, system: ModuleType, found: str) -> None:
    assert normal_path(path, system) == found


@pytest.mark.parametrize("path", [r"C:\work\main.tf", "C:main.tf", r"\\host\share\a.tf", "/main.tf", r"..\main.tf"])
def test_no_way_out_of_the_tree(path: str) -> None:
    with pytest.raises(TreeError):
        normal_path(path, ntpath)


def test_both_slashes_are_between_parts() -> None:
    assert parts_of("a\\b/c", ntpath) == ["a", "b", "c"]
    assert parts_of("a\\b/c", posixpath) == ["a\\b", "c"]


def test_paths_on_two_drives() -> None:
    assert common_directory([r"C:\work\a", r"C:\work\b"], ntpath) == r"C:\work"
    with pytest.raises(UsageError, match="no directory in common"):
        common_directory([r"C:\work\a", r"D:\b"], ntpath)


def test_patterns_of_the_settings_have_slashes() -> None:
    path = path_in(str(ROOT), str(ROOT / "legacy" / "net" / "main.tf"), ntpath)
    assert PathPatterns(["legacy/**"]).matches(path)


FIXTURES = Path(__file__).parent / "fixtures"
SAMPLE = [
    *("NET001/bad.tf", "NET001/bad.yaml", "ENC001/bad.yaml", "IAM001/bad.tf"),
    *("SEC001/bad.tf", "SEC003/bad.yaml", "SEC003/bad.tf", "LOG002/bad.tf", "LOG002/bad.yaml"),
]


@pytest.fixture(scope="module")
def options() -> Options:
    rules = load_rules()
    return Options(rules, load_catalog(), [each for each in rules if each.family == "secrets"], profile="strict")


def told(finding: Finding) -> tuple[object, ...]:
    return finding.rule, finding.fingerprint, finding.span.first, finding.message


@pytest.mark.parametrize("name", SAMPLE)
def test_line_ends_change_nothing(name: str, options: Options) -> None:
    """Nor do they hide a suppression, or move a fingerprint, so that a baseline of Linux holds on Windows."""
    text = (FIXTURES / name).read_text(encoding="utf-8")
    unix, windows = (
        check(MemoryTree({f"stacks/{Path(name).name}": each}), (), options)
        for each in (text, text.replace("\n", "\r\n"))
    )
    assert unix.findings
    assert [told(each) for each in windows.findings] == [told(each) for each in unix.findings]
    assert [each.reason for each in windows.undecided] == [each.reason for each in unix.undecided]
    assert not windows.errors


def test_a_suppression_holds_with_either_line_end(options: Options) -> None:
    options = options._replace(
        suppression=SuppressionPolicy(options.rules, options.rules, "strict", "2026-01-01", True, True, False)
    )
    source = 'resource "aws_ebs_volume" "a" {\n  encrypted = false # iacreview:ignore ENC001 reason=scratch\n}\n'
    for text in (source, source.replace("\n", "\r\n")):
        report = check(MemoryTree({"main.tf": text}), (), options)
        assert [each.rule for each, _ in report.suppressed] == ["ENC001"]


def test_no_output_has_a_backslash_in_a_path() -> None:
    text = (FIXTURES / "NET001/bad.tf").read_text(encoding="utf-8")
    path = path_in(str(ROOT), str(ROOT / "stacks" / "net" / "main.tf"), ntpath)
    catalog: Catalog = load_catalog()
    _, printed = outputs({path: text.replace("\n", "\r\n")}, load_rules(), catalog)
    sarif = json.loads(printed["sarif"])
    uris = {
        place["physicalLocation"]["artifactLocation"]["uri"]
        for result in sarif["runs"][0]["results"]
        for place in result["locations"]
    }
    assert uris == {"stacks/net/main.tf"}
    assert not [name for name in FORMATS if "stacks\\" in printed[name]]
