"""Every rule against its fixtures: tests/fixtures/<CODE>/{bad,good,unknown}.{tf,yaml} and <case>/ directories."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest
import yaml

from iacreview.catalog.catalog import Catalog
from iacreview.engine.load import load_catalog, load_rules
from iacreview.engine.require import names
from iacreview.engine.rule import Row, Rule
from iacreview.errors import RuleError
from iacreview.model.finding import Finding, Report
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import OWN, MemoryTree

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

FIXTURES = Path(__file__).parent / "fixtures"
EXPECT = re.compile(r"#\s*expect:\s*((?:[A-Z]+\d{3}\s*)+)(?:\"([^\"]*)\")?")
DIALECTS = {"tf": "terraform", "yaml": "cloudformation"}

# Rules whose answer is always known, and why.
ALWAYS_KNOWN = {"SEC002": "a default is written out, in both languages"}

RULES = {rule.code: rule for rule in load_rules()}


@cache
def catalog() -> Catalog:
    return load_catalog()


def run(files: dict[str, str], rule: Rule) -> Report:
    return check(MemoryTree(files), (), Options([rule], catalog(), profile="strict", operations=OWN))


def expectations(files: dict[str, str], code: str) -> tuple[Counter[tuple[str, int]], dict[tuple[str, int], str]]:
    places: Counter[tuple[str, int]] = Counter()
    messages: dict[tuple[str, int], str] = {}
    for path, text in files.items():
        for number, line in enumerate(text.splitlines(), 1):
            if match := EXPECT.search(line):
                places[path, number] += match[1].split().count(code)
                if match[2]:
                    messages[path, number] = match[2]
    return +places, messages


def at(finding: Finding) -> tuple[str, int]:
    return finding.span.path, finding.span.first.line


def inputs(name: str) -> list[tuple[str, Path]]:
    return [
        (code, FIXTURES / code / f"{name}.{suffix}")
        for code in sorted(RULES)
        for suffix in DIALECTS
        if RULES[code].only in ("", DIALECTS[suffix]) and kinds(code, suffix)
    ]


def kinds(code: str, suffix: str) -> set[str]:
    """The kinds that the rule judges in a language: those that have the type there, and what a row asks of it.

    `any.resource` is none of its own; its rows have cases in directories.
    """
    return {row.kind for row in RULES[code].rows if judged(row, suffix)} - {"any.resource"}


def judged(row: Row, suffix: str) -> bool:
    kind = catalog().kind(row.kind)
    if ("tf" if suffix == "tf" else "cfn") not in kind.spec["types"]:
        return False
    if row.each:
        return bool(kind.property(row.each.partition(".")[0]).paths[DIALECTS[suffix]])
    asked = (*names(row.require), row.with_.get("property"))
    found = [name for name in asked if isinstance(name, str) and kind.has(name)]
    return not found or any(kind.property(name).paths[DIALECTS[suffix]] for name in found)


def cases() -> list[tuple[str, Path]]:
    return [(code, each) for code in sorted(RULES) for each in sorted((FIXTURES / code).glob("*/"))]


def label(value: object) -> str:
    return value.relative_to(FIXTURES).as_posix() if isinstance(value, Path) else str(value)


def assert_as_expected(code: str, files: dict[str, str]) -> Report:
    report = run(files, RULES[code])
    wanted, messages = expectations(files, code)
    if problems := list(differences(report.findings, wanted, messages)):
        fail("\n".join(problems))
    return report


def differences(
    findings: Sequence[Finding], wanted: Counter[tuple[str, int]], messages: Mapping[tuple[str, int], str]
) -> Iterator[str]:
    """What is found and not expected, and the other way round, each by its line."""
    found = Counter(map(at, findings))
    for each in findings:
        if not wanted[at(each)]:
            yield f"{placed(at(each))}: found and not expected: {each.rule} {each.message}"
        elif messages.get(at(each), "") not in each.message:
            yield f'{placed(at(each))}: expected "{messages[at(each)]}", found: {each.message}'
    for place, count in sorted(wanted.items()):
        if found[place] != count:
            yield f"{placed(place)}: expected {count}, found {found[place]}"


def placed(place: tuple[str, int]) -> str:
    return f"{place[0]}:{place[1]}"


def fail(said: str) -> NoReturn:
    """Fails, and says first what else would explain it: the tests read what was compiled."""
    pytest.fail(f"{stale()}{said}", pytrace=False)


@cache
def stale() -> str:
    """That the compiled rules are not those that are written, in words; looked at only when something fails."""
    import compile_rules

    try:
        names = compile_rules.stale(compile_rules.compiled().files)
    except RuleError as error:
        return f"{error.message}\n\n"
    return f"{compile_rules.STALE}\n\n" if names else ""


@pytest.mark.parametrize(("code", "path"), inputs("bad"), ids=label)
def test_bad(code: str, path: Path) -> None:
    report = assert_as_expected(code, {path.name: path.read_text(encoding="utf-8")})
    reported = {each.resource.kind for each in report.findings if each.resource}
    expected = kinds(code, path.suffix[1:])
    if lacking := ", ".join(sorted(expected - reported)):
        fail(f"{label(path)} needs a bad resource of: {lacking}, with `# expect: {code}` where the finding starts")


@pytest.mark.parametrize(("code", "path"), inputs("good"), ids=label)
def test_good(code: str, path: Path) -> None:
    files = {path.name: path.read_text(encoding="utf-8")}
    report = assert_as_expected(code, files)
    assert not report.findings
    from iacreview.pipeline import graphs

    found = graphs(MemoryTree(files), (), catalog())
    present = {
        each.kind for graph in found for each in (*graph.resources.values(), *graph.unit.unread, *graph.unit.written)
    }
    expected = kinds(code, path.suffix[1:])
    if lacking := ", ".join(sorted(expected - present)):
        fail(f"{label(path)} needs a good resource of: {lacking}")


@pytest.mark.parametrize(
    ("code", "path"), [pair for pair in inputs("unknown") if pair[0] not in ALWAYS_KNOWN], ids=label
)
def test_unknown(code: str, path: Path) -> None:
    report = assert_as_expected(code, {path.name: path.read_text(encoding="utf-8")})
    assert not report.findings
    assert report.undecided


@pytest.mark.parametrize(("code", "path"), cases(), ids=label)
def test_case(code: str, path: Path) -> None:
    files = {
        each.relative_to(path).as_posix(): each.read_text(encoding="utf-8")
        for each in sorted(path.rglob("*"))
        if each.is_file()
    }
    assert_as_expected(code, files)


def reported_properties(code: str, suffix: str) -> set[tuple[str, str]]:
    path = FIXTURES / code / f"bad.{suffix}"
    if not path.exists():
        return set()
    report = run({path.name: path.read_text(encoding="utf-8")}, RULES[code])
    return {(each.resource.kind, each.property) for each in report.findings if each.resource}


@pytest.mark.parametrize("code", [code for code in sorted(RULES) if not RULES[code].only])
def test_parity(code: str) -> None:
    """Written once, a rule fires for the same (kind, property) in both languages."""

    def shared(pair: tuple[str, str]) -> bool:
        kind = catalog().kind(pair[0])
        if not {"tf", "cfn"} <= set(kind.spec["types"]):
            return False
        head = pair[1].partition(".")[0]
        paths = kind.property(head).paths if kind.has(head) else None
        return paths is None or all(paths.values())

    one = {pair for pair in reported_properties(code, "tf") if shared(pair)}
    other = {pair for pair in reported_properties(code, "yaml") if shared(pair)}
    if one != other:
        fail(unlike(one, other))


def unlike(tf: Set[tuple[str, str]], yaml: Set[tuple[str, str]]) -> str:
    """What one of the two files finds and the other does not."""
    sides = [("bad.tf", "bad.yaml", tf - yaml), ("bad.yaml", "bad.tf", yaml - tf)]
    return "\n".join(
        f"{one} finds {kind} {property}, {other} does not"
        for one, other, pairs in sides
        for kind, property in sorted(pairs)
    )


@pytest.mark.parametrize("code", sorted(path.name for path in FIXTURES.glob("*/")))
def test_fixtures_are_of_a_rule(code: str) -> None:
    if code not in RULES:
        fail(f"tests/fixtures/{code}: there is no rule {code}")


class TestWhatIsTold:
    """What whoever adds a rule reads where it and its fixtures differ."""

    BAD = 'resource "aws_ebs_volume" "v" {\n  encrypted = false\n}\n'

    def told(self, wanted: dict[tuple[str, int], int], messages: dict[tuple[str, int], str]) -> list[str]:
        findings = run({"bad.tf": self.BAD}, RULES["ENC001"]).findings
        return list(differences(findings, Counter(wanted), messages))

    def test_what_is_expected(self) -> None:
        assert self.told({("bad.tf", 2): 1}, {("bad.tf", 2): "not encrypted"}) == []

    def test_lines(self) -> None:
        found, missed = self.told({("bad.tf", 1): 1}, {})
        assert found.startswith("bad.tf:2: found and not expected: ENC001 The EBS volume")
        assert missed == "bad.tf:1: expected 1, found 0"

    def test_messages(self) -> None:
        (told,) = self.told({("bad.tf", 2): 1}, {("bad.tf", 2): "other words"})
        assert told.startswith('bad.tf:2: expected "other words", found: The EBS volume')

    def test_languages(self) -> None:
        pair = ("rds.instance", "encrypted")
        assert unlike({pair}, set()) == "bad.tf finds rds.instance encrypted, bad.yaml does not"
        assert unlike(set(), {pair}) == "bad.yaml finds rds.instance encrypted, bad.tf does not"


class _Loader(yaml.SafeLoader):
    pass


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> object:
    key = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: object = loader.construct_scalar(node)
        return {key: str(value).split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {key: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {key: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _intrinsic)
_Loader.yaml_implicit_resolvers = {
    key: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for key, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.mark.parametrize(("code", "path"), [pair for pair in inputs("bad") if pair[1].suffix == ".yaml"], ids=label)
def test_json_twin(code: str, path: Path) -> None:
    """The same template in JSON gives the same findings at the same resources and properties."""
    text = path.read_text(encoding="utf-8")
    twin = json.dumps(yaml.load(text, _Loader), indent=2)

    def told(report: Report) -> Counter[tuple[str, str, str]]:
        return Counter(
            (each.resource.address, each.property, each.message) for each in report.findings if each.resource
        )

    assert told(run({"twin.json": twin}, RULES[code])) == told(run({path.name: text}, RULES[code]))
