#!/usr/bin/env python3
"""Every resource type of both languages, looked at once: what looks like a switch of security has a rule or an answer.

    coverage_page.py           writes docs/coverage.md
    coverage_page.py --check   fails where a proposal has no answer or one too many, or the page is another

coverage/proposals.yaml says which properties are proposed, coverage/answers.yaml why no rule asks for those that none
does, coverage/checks.yaml why a check of another tool has no counterpart.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "scripts"))

from schemas import cloudformation_paths, terraform_paths  # noqa: E402

from iacreview.catalog.catalog import Catalog, Kind, Property  # noqa: E402
from iacreview.catalog.path import Path as CatalogPath  # noqa: E402
from iacreview.engine.load import load_catalog, load_rules  # noqa: E402
from iacreview.engine.require import names  # noqa: E402
from iacreview.engine.rule import Row, Rule  # noqa: E402
from iacreview.suppress.names import names_of  # noqa: E402

DATA = ROOT / "coverage"
TARGET = ROOT / "docs" / "coverage.md"
DIALECTS = {"cloudformation": "cfn", "terraform": "tf"}


class Category(NamedTuple):
    """A sort of switch. `names` and `never` are searched in the words of a property's last name."""

    name: str
    family: str
    title: str
    names: re.Pattern[str]
    never: re.Pattern[str]


class Proposal(NamedTuple):
    """A property that looks like a switch."""

    category: str
    type: str
    path: str


class Answer(NamedTuple):
    """Why no rule asks for some proposals."""

    title: str
    why: str


def read(name: str) -> Any:
    return yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))


def categories() -> list[Category]:
    return [
        Category(each["category"], each["family"], each["title"], re.compile(each["names"]), re.compile(each["never"]))
        for each in read("proposals")
    ]


@cache
def words(name: str) -> str:
    """A property's name in lower case with underscores: LogPublishingOptions is log_publishing_options."""
    apart = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", apart).lower()


def proposals(types: Mapping[str, Sequence[str]]) -> Iterator[Proposal]:
    """The properties of the types that look like a switch; none inside another one of the same category."""
    for category in categories():
        for type, paths in types.items():
            found: list[str] = []
            for path in paths:
                last = words(path.rpartition(".")[2])
                if not category.names.search(last) or category.never.search(last):
                    continue
                if not any(path.startswith(f"{each}.") for each in found):
                    found.append(path)
            yield from (Proposal(category.name, type, path) for path in found)


class Judged(NamedTuple):
    """What the rules read: per type, the paths with the codes of the rules that ask for them."""

    paths: Mapping[str, Mapping[str, set[str]]]

    def codes(self, proposal: Proposal) -> set[str]:
        """The rules that read the proposal's property, or something inside it, or what holds it."""
        found: set[str] = set()
        for path, codes in self.paths.get(proposal.type, {}).items():
            one, other = f"{path}.", f"{proposal.path}."
            if one.startswith(other) or other.startswith(one) or not path:
                found |= codes
        return found


def judged(catalog: Catalog, rules: Iterable[Rule]) -> Judged:
    paths: dict[str, dict[str, set[str]]] = {}
    for rule in rules:
        for row in rule.rows:
            for type, path in _read_by(row, catalog.kind(row.kind)):
                paths.setdefault(type, {}).setdefault(path, set()).add(rule.code)
    return Judged(paths)


def asked(row: Row) -> set[str]:
    """The properties that a row names; `*` where its check reads what it needs."""
    given = [each for value in row.with_.values() for each in (value if isinstance(value, list) else [value])]
    found = {*names(row.require), *names(row.when), *(each for each in given if isinstance(each, str))}
    found.update(each for each in _inside(row.require) | _inside(row.when))
    return found | {"*"} if row.check else found


def _inside(requirements: Mapping[str, Any]) -> set[str]:
    """The properties of members of which requirements ask for one (`some`)."""
    found: set[str] = set()
    for name, predicate in requirements.items():
        if name == "some":
            found.update(each for wanted in predicate.values() for each in names(wanted))
        elif name in ("any", "all", "none"):
            found.update(each for part in predicate for each in _inside(part))
    return found


def _read_by(row: Row, kind: Kind) -> Iterator[tuple[str, str]]:
    wanted = asked(row)
    own = {name: kind.property(name) for name in kind.spec["properties"]}
    for dialect, key in DIALECTS.items():
        types = texts(kind.spec["types"].get(key))
        for path in _written(own, dialect, wanted, [""]):
            satellite, _, inside = path.rpartition("/")
            yield from ((type, inside) for type in ([satellite] if satellite else types))


def _written(properties: Mapping[str, Property], dialect: str, wanted: set[str], outer: Sequence[str]) -> Iterator[str]:
    for name, prop in properties.items():
        own = [_joined(before, path) for path in prop.paths[dialect] for before in outer]
        if name in wanted or "*" in wanted:
            yield from own
        yield from _written(prop.items, dialect, wanted, own)


def _joined(outer: str, path: CatalogPath) -> str:
    """The names from the resource to a property, as far as a schema describes them."""
    names: list[str] = []
    for segment in path.segments:
        if segment.action != "name" or segment.name.startswith("@"):
            break
        names.append(segment.name)
    inside = ".".join(names)
    if path.satellite:
        return f"{path.satellite}/{inside}"
    return ".".join(part for part in (outer, inside) if part)


def texts(spec: Any) -> list[str]:
    return [spec] if isinstance(spec, str) else list(spec or ())


def answers() -> dict[Proposal, Answer]:
    """The answers of the data, by proposal."""
    found: dict[Proposal, Answer] = {}
    for group in read("answers"):
        answer = Answer(group["title"], group["why"])
        for type, paths in group["of"].items():
            for path in texts(paths):
                found[Proposal(group["category"], type, path)] = answer
    return found


def unanswered(found: Iterable[Proposal], known: Judged, given: Mapping[Proposal, Answer]) -> list[Proposal]:
    """The proposals for which there is neither a rule nor an answer."""
    return [each for each in found if each not in given and not known.codes(each)]


def needless(known: Judged, given: Iterable[Proposal]) -> list[tuple[Proposal, str]]:
    """The answers for what a rule asks meanwhile, with the codes of those that do."""
    return [(each, " ".join(sorted(codes))) for each in given if (codes := known.codes(each))]


def one_sided(catalog: Catalog, rules: Iterable[Rule]) -> Iterator[tuple[str, str, str, str]]:
    """(kind, property, dialect that has it, why) of properties that rows name and one dialect of their kind lacks."""
    seen: set[tuple[str, str]] = set()
    reasons = read("one_language")
    for row in (row for rule in rules if not rule.only for row in rule.rows):
        kind = catalog.kind(row.kind)
        if set(kind.spec["types"]) != set(DIALECTS.values()):
            continue
        for name, prop in _properties(kind, row.each).items():
            written = [dialect for dialect in DIALECTS if prop.paths[dialect]]
            if name in asked(row) and len(written) == 1 and (kind.name, name) not in seen:
                seen.add((kind.name, name))
                yield kind.name, name, written[0], reasons.get(f"{kind.name}.{name}", "")


def _properties(kind: Kind, collection: str) -> dict[str, Property]:
    found = {name: kind.property(name) for name in kind.spec["properties"]}
    return {**found, **(kind.members(collection) if collection else {})}


def peers(rules: Iterable[Rule]) -> dict[str, str]:
    """Per check of another tool that has no row: why."""
    rows = covered(rules)
    return {id: group["why"] for group in read("checks") for id in group["ids"] if id not in rows}


def covered(rules: Iterable[Rule]) -> set[str]:
    """The checks of other tools that rules ask: their aliases, the queries of KICS, and the ids of cdk-nag."""
    found = {alias for rule in rules for alias in rule.aliases}
    named = [names_of(rule.code, rule.aliases) for rule in rules]
    return found | {id for names in named for tool in ("KICS", "cdk-nag") for id in names.get(tool, ())}


def known_peers() -> set[str]:
    """The checks of other tools that are about AWS."""
    return {id for line in _lines("peers") for id in line.split()} | set(queries())


def queries() -> dict[str, str]:
    """The queries of KICS: language and name by id."""
    listed = (line.split(maxsplit=2) for line in _lines("kics"))
    return {id: f"{name} ({DIALECTS[language]})" for language, id, name in listed}


def _lines(name: str) -> list[str]:
    lines = (DATA / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def page(catalog: Catalog, rules: Sequence[Rule], found: Sequence[Proposal], known: Judged) -> str:
    parts = [
        HEAD,
        _matrix(catalog, rules),
        _reasons(found, known),
        "## In one language only\n\nProperties that rows ask for and that one of the two languages lacks.\n\n"
        + _table(("kind", "property", "only in", "why"), sorted(one_sided(catalog, rules))),
        "## Checks of other tools that have no row\n\n" + _peers(rules),
    ]
    return "\n\n".join(parts) + "\n"


HEAD = """# What is covered

Made by `scripts/coverage_page.py` (`make generate`) from the rules, the catalog, the resource schemas of both languages
and the answers in `coverage/`. Every property of every resource type whose name looks like a switch of security has a
rule here, or a reason."""


def _matrix(catalog: Catalog, rules: Sequence[Rule]) -> str:
    """Per kind and family, the rules that judge it; `cfn` or `tf` where that is so in one language alone."""
    families = dict.fromkeys(rule.family for rule in rules)
    cells: dict[str, dict[str, dict[str, None]]] = {}
    for rule in rules:
        for row in rule.rows:
            cells.setdefault(row.kind, {}).setdefault(rule.family, {})[rule.code] = None
    lines = [
        (_kind_name(catalog.kind(name)), *(" ".join(sorted(cells[name].get(family, ()))) for family in families))
        for name in sorted(cells)
    ]
    return "## Kinds and their rules\n\n" + _table(("kind", *families), lines)


def _kind_name(kind: Kind) -> str:
    only = next((f" ({key})" for key in DIALECTS.values() if set(kind.spec["types"]) == {key}), "")
    return f"`{kind.name}`{only}"


def _reasons(found: Sequence[Proposal], known: Judged) -> str:
    """The answers, each with the types that it is for."""
    given = answers()
    groups: dict[tuple[str, Answer], dict[str, None]] = {}
    for each in found:
        if each in given and not known.codes(each):
            groups.setdefault((each.category, given[each]), {})[each.type] = None
    titles = {category.name: f"{category.title} ({category.family})" for category in categories()}
    parts = ["## Switches that no rule asks for, and why"]
    for (category, answer), types in sorted(groups.items(), key=lambda item: (list(titles).index(item[0][0]), item[0])):
        listed = ", ".join(f"`{each}`" for each in types)
        parts.append(f"**{titles[category]}: {answer.title}.** {answer.why}\n\n{listed}")
    return "\n\n".join(parts)


def _peers(rules: Sequence[Rule]) -> str:
    groups: dict[str, list[str]] = {}
    names = queries()
    for id, why in peers(rules).items():
        groups.setdefault(why, []).append(f"{id}` {names[id]}" if id in names else f"{id}`")
    return "\n\n".join(f"{why}\n\n{', '.join(f'`{id}' for id in sorted(ids))}" for why, ids in groups.items())


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *lines)]
    return "\n".join(rows)


def problems(catalog: Catalog, rules: Sequence[Rule], found: Sequence[Proposal], known: Judged) -> Iterator[str]:
    """What has no answer yet, and what needs none any more."""
    given = answers()
    for each in unanswered(found, known, given):
        yield f"{each.type}/{each.path} looks like a switch ({each.category}): add a row or an answer"
    for each, codes in needless(known, given):
        yield f"{each.type}/{each.path} has a rule now ({codes}): delete its answer in coverage/answers.yaml"
    lines = {id for group in read("checks") for id in group["ids"]} | covered(rules)
    for id in sorted(known_peers() - lines):
        yield f"{id} of another tool: add it to a row's aliases, or say in coverage/checks.yaml why there is none"
    for kind, name, dialect, why in one_sided(catalog, rules):
        if not why:
            yield f"{kind}.{name} has a path in {dialect} alone: say why in coverage/one_language.yaml"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fail where an answer is missing or the page is another")
    options = parser.parse_args()
    cloudformation = cloudformation_paths()
    if not cloudformation:
        print("skipped: no cfn-lint with CloudFormation's resource schemas is installed", file=sys.stderr)
        return 0 if options.check else 1
    catalog, rules = load_catalog(), load_rules()
    found = list(proposals({**cloudformation, **terraform_paths()}))
    known = judged(catalog, rules)
    lacking = list(problems(catalog, rules, found, known))
    for each in lacking:
        print(each, file=sys.stderr)
    text = page(catalog, rules, found, known)
    if not options.check:
        TARGET.write_text(text, encoding="utf-8")
    elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
        print("docs/coverage.md is out of date: run `make generate`", file=sys.stderr)
        return 1
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
